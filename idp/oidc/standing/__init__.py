"""Whether what was granted still stands, and what it is worth now."""
