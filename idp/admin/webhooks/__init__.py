"""Webhooks, as an administrator looks after them."""
