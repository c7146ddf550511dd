"""Whether the process is alive, and whether it can answer with figures."""

from __future__ import annotations

import logging

from fastapi import APIRouter, Response
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from dashboard.load import database
from data.errors import DataError
from data.migrating import current_version, head_version

router = APIRouter(tags=["health"])
_log = logging.getLogger(__name__)


class Alive(BaseModel):
    """The process runs."""

    status: str = "alive"


class Ready(BaseModel):
    """Whether requests for figures can be answered; the reason where they cannot."""

    status: str
    reason: str | None = None


@router.get("/healthz")
def healthz() -> Alive:
    """Answer as long as the process runs, whatever the database does."""
    return Alive()


@router.get("/readyz", responses={503: {"model": Ready}})
def readyz(response: Response) -> Ready:
    """Answer 200 where the database answers and has the schema of this code, 503 with the reason otherwise."""
    reason = _hindrance()
    if reason is None:
        return Ready(status="ready")
    response.status_code = 503
    return Ready(status="not ready", reason=reason)


def _hindrance() -> str | None:
    try:
        version = current_version(database().owner)
    except (SQLAlchemyError, DataError):
        _log.warning("not ready: the database does not answer", exc_info=True)
        return "the database does not answer"
    if version != head_version():
        return f"the schema is at {version or 'nothing'}, this code needs {head_version()}; run `daybook migrate`"
    return None
