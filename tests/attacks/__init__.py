"""The rows of security.md by id: each probe is refused, and nothing was issued."""
