"""Relying parties."""
