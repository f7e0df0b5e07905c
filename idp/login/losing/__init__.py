"""Somebody has lost every second factor: what they prove, and how long it takes (E7)."""
