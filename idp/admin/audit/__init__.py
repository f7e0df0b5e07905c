"""The audit trail: looked through, and taken away as a file."""
