"""Refresh families: one row for all the refresh tokens that followed each other on one grant."""
