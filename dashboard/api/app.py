"""The FastAPI application: mounted beside the pages, or served alone by many workers."""

from __future__ import annotations

from fastapi import FastAPI

from dashboard.api.health import router as health


def create_app() -> FastAPI:
    """The HTTP API."""
    app = FastAPI(title="Daybook", docs_url=None, redoc_url=None)
    app.include_router(health)
    return app
