"""The FastAPI application: mounted beside the pages, or served alone by many workers."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI

from dashboard.api.health import router as health
from dashboard.api.metrics import router as metrics
from dashboard.api.problems import PROBLEM_TYPE, Problem, add_handlers
from dashboard.api.v1 import drafts, figures, history, loads, login, reference, saved
from dashboard.observing.middleware import Observed

ROOT = "/api/v1"
_PROBLEMS = (401, 403, 404, 406, 409, 413, 422, 429, 503)


def create_app() -> FastAPI:
    """The HTTP API."""
    app = FastAPI(
        title="Daybook",
        summary="Sales figures that can be pinned, replayed and explained.",
        version="1",
        openapi_url=f"{ROOT}/openapi.json",
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
    )
    app.add_middleware(Observed)
    app.include_router(health)
    app.include_router(metrics)
    first = APIRouter(prefix=ROOT, responses=_problems())
    for module in (login, figures, history, reference, drafts, loads, saved):
        first.include_router(module.router)
    app.include_router(first)
    add_handlers(app)
    return app


def _problems() -> dict[int | str, dict[str, Any]]:
    """What the documentation says of refusals: the same of all of them."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {status: {"model": Problem, "content": {PROBLEM_TYPE: schema}} for status in _PROBLEMS}
