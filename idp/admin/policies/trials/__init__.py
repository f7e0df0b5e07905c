"""Versions at work beside the live one: what they would have changed, and how to end them."""
