"""Alembic migrations: one intent each, models never imported."""
