"""Webhooks: who is told of events, and what is on its way to them."""
