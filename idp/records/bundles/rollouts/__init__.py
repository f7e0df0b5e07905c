"""Versions at work beside the live one: shadow, canary, scheduled."""
