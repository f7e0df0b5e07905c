"""Answers that a caller may ask for again, because the first one was lost on its way."""
