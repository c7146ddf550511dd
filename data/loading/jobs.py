"""Loads that outlive the request that asked for them: how far they are, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from data.models.load_jobs import LoadJob

SILENT_FOR = timedelta(minutes=2)
_KEPT = timedelta(days=30)
LOST = "the server that loaded the file has ended; send it again: what was loaded by then is refused, not doubled"


@dataclass(frozen=True)
class LoadJobRecord:
    """A job, waiting, running, done or failed; `told` is its outcome, or what was wrong. Instants are UTC."""

    job_id: int
    table_name: str
    file_name: str
    state: str
    phase: str
    rows_done: int
    rows_total: int | None
    told: dict[str, Any] | None
    created_at: datetime
    ended_at: datetime | None


_COLUMNS = tuple(getattr(LoadJob, name) for name in LoadJobRecord.__dataclass_fields__)


def add_load_job(conn: sa.Connection, *, account_id: int, table: str, file_name: str) -> LoadJobRecord:
    """A new job that waits; jobs of long ago are forgotten."""
    conn.execute(sa.delete(LoadJob).where(LoadJob.created_at < sa.func.now() - _KEPT))
    values = {"account_id": account_id, "table_name": table, "file_name": file_name[:200]}
    return _record(conn.execute(sa.insert(LoadJob).values(**values).returning(*_COLUMNS)).one())


def load_job(conn: sa.Connection, *, job_id: int, account_id: int) -> LoadJobRecord | None:
    """The account's job; None where there is none. One that nobody has heard of for two minutes has failed."""
    silent = LoadJob.alive_at < sa.func.now() - SILENT_FOR
    lost = sa.update(LoadJob).where(LoadJob.job_id == job_id, LoadJob.ended_at.is_(None), silent)
    conn.execute(lost.values(state="failed", told={"detail": LOST}, ended_at=sa.func.now()))
    mine = (LoadJob.job_id == job_id, LoadJob.account_id == account_id)
    row = conn.execute(sa.select(*_COLUMNS).where(*mine)).first()
    return None if row is None else _record(row)


def note_progress(conn: sa.Connection, *, job_id: int, phase: str, rows: int, total: int | None) -> None:
    """How far the job is; also that its server lives."""
    values = {"state": "running", "phase": phase, "rows_done": rows, "rows_total": total}
    stmt = sa.update(LoadJob).where(LoadJob.job_id == job_id, LoadJob.ended_at.is_(None))
    conn.execute(stmt.values(alive_at=sa.func.now(), **values))


def note_waiting(conn: sa.Connection, *, job_ids: list[int]) -> None:
    """That the server for which the jobs wait lives."""
    conn.execute(sa.update(LoadJob).where(LoadJob.job_id.in_(job_ids)).values(alive_at=sa.func.now()))


def end_load_job(conn: sa.Connection, *, job_id: int, told: dict[str, Any], failed: bool) -> None:
    """The end of the job, with its outcome or what was wrong."""
    state = "failed" if failed else "done"
    stmt = sa.update(LoadJob).where(LoadJob.job_id == job_id)
    conn.execute(stmt.values(state=state, told=told, ended_at=sa.func.now(), alive_at=sa.func.now()))


def _record(row: sa.Row[*tuple[Any, ...]]) -> LoadJobRecord:
    return LoadJobRecord(**row._mapping)
