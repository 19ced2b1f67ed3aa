"""What the course's speed is, measured side by side: ``python -m benchmarks [name ...]``."""
