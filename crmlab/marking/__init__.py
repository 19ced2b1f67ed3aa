"""Graded exercises: what they are, how they reach a student, how an answer is asked for and handed in."""
