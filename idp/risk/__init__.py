"""Observation in, signals and score out."""
