"""Benchmarks: `python -m tests.benchmarks` (`make bench`)."""
