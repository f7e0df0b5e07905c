"""Tests of what APIs and relying parties import."""
