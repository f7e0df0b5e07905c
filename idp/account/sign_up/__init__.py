"""Signing up, where the service is open to everybody (E11)."""
