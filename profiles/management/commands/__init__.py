"""Commands of operators and nightly jobs."""
