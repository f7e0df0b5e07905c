"""Counted attempts, locks and their ends."""
