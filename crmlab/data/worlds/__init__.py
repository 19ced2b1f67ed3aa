"""The made-up worlds behind the course's data sets: one module a set, each with ``make(rng) -> {table: frame}``."""
