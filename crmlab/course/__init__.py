"""For authors and instructors: chapters written once, built in two languages, and checked."""
