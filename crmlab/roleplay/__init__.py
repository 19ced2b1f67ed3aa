"""Role plays: scenes as data, proven before they are played, and marked by playing them again."""
