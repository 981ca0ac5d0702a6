"""Benchmarks: ratios to the standard library and to peers, measured in the same run; `python -m benchmarks`."""
