"""Watches looked at, told and shown."""
