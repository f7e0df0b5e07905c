"""The codes of a list of backup codes, one row each, by their hashes."""
