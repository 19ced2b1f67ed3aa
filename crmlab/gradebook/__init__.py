"""The gradebook: every mark of a class, in one file, with its history; sheets out of it and back."""
