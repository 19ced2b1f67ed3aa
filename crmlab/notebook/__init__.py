"""What appears in a notebook's cell: the explorer and the quiz. No model knows of it."""
