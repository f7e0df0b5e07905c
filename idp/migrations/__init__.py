"""Alembic migrations: forward, with data."""
