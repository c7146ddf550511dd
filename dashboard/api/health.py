"""Whether the process is alive, and whether it can answer with figures."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from sqlalchemy.exc import SQLAlchemyError

from dashboard.load import Resources, database
from dashboard.observing.disk import LEAST_BYTES, free_bytes
from data.config import load_settings
from data.errors import DataError
from data.migrating import current_version, head_version
from data.replica import Replica, State

router = APIRouter(tags=["health"])
_log = logging.getLogger(__name__)


class Alive(BaseModel):
    """The process runs."""

    status: str = "alive"


class Check(BaseModel):
    """One thing that must be well, or should be; `detail` says what is wrong, and the remedy."""

    name: str
    ok: bool
    detail: str | None = None
    required: bool = Field(True, description="Whether requests cannot be answered where it is not well.")


class Ready(BaseModel):
    """Whether requests for figures can be answered; what was checked, and the first reason where they cannot.

    `degraded` is ready, too: something that is not required is not well.
    """

    status: str
    reason: str | None
    checks: list[Check]


@router.get("/healthz")
def healthz() -> Alive:
    """Answer as long as the process runs, whatever the database does."""
    return Alive()


@router.get("/readyz", responses={503: {"model": Ready}})
def readyz(response: Response) -> Ready:
    """Answer 200 where the database answers, has the schema of this code and room on its disk; else 503 with why.

    A replica that is down is told, and takes nothing away: the primary answers in its place.
    """
    checks = list(_checks())
    reason = next((check.detail for check in checks if check.required and not check.ok), None)
    if reason is not None:
        response.status_code = 503
        return Ready(status="not ready", reason=reason, checks=checks)
    return Ready(status="ready" if all(check.ok for check in checks) else "degraded", reason=None, checks=checks)


def _checks() -> Iterator[Check]:
    try:
        version = current_version(database().probe)
    except (SQLAlchemyError, DataError) as error:
        _log.warning("not ready: the database does not answer (%s)", type(error).__name__)
        yield Check(name="database", ok=False, detail="the database does not answer")
        yield Check(name="migrations", ok=False, detail="unknown while the database does not answer")
    else:
        yield Check(name="database", ok=True)
        yield _migrations(version)
    free = free_bytes(load_settings())
    if free is not None:
        yield _disk(free)
    replica = None if Resources.database is None else Resources.database.replica
    if replica is not None:
        yield _replica(replica)


def _migrations(version: str | None) -> Check:
    if version == head_version():
        return Check(name="migrations", ok=True)
    detail = f"the schema is at {version or 'nothing'}, this code needs {head_version()}; run `daybook migrate`"
    return Check(name="migrations", ok=False, detail=detail)


def _disk(free: int) -> Check:
    if free >= LEAST_BYTES:
        return Check(name="disk", ok=True)
    least, left = LEAST_BYTES // 1024**2, free // 1024**2
    return Check(
        name="disk", ok=False, detail=f"{left:,} MB are free where DAYBOOK_HOME is; at least {least} MB needed"
    )


def _replica(replica: Replica) -> Check:
    replica.watch()
    standing = replica.standing
    if standing.state is State.UP:
        return Check(name="replica", ok=True, required=False)
    return Check(name="replica", ok=False, detail=standing.detail, required=False)
