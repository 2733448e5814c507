"""Benchmarks: `python -m bench`. What is measured and how: docs/benchmarks.md."""
