"""Failures of the last minutes, as keyed hashes: how fast somebody tries, and how many accounts."""
