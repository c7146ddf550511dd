"""The dashboard: ASGI application, login, charts, filters and commands."""
