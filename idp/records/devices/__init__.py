"""Browsers that have succeeded before: known devices."""
