"""The vocabulary everyone shares."""
