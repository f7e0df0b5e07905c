"""Telling webhooks of events (A7)."""
