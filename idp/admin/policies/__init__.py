"""Policies: drafts, the gate before publication, publication itself, and what runs beside the live one."""
