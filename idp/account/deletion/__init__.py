"""Deleting one's own account (E11)."""
