"""Approving sign-ins on other devices (F9)."""
