"""Rule trees over members, and their compilation to one query."""
