"""The key by which push services know us."""
