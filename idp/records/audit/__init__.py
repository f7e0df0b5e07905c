"""Audit events, written with what they describe."""
