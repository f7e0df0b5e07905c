"""Trusted devices: browsers on which a person wished not to be asked for a second step, for a while."""
