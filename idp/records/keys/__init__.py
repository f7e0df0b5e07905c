"""Signing keys: sealed private halves, public snapshots, rotation."""
