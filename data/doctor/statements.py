"""Statements that took long, where the server counts them."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from data.doctor.findings import Finding, notice, well

SLOW_MS = 500.0
_MOST = 5
_LONGEST = 100
_SCHEMA = sa.text(
    "select n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace"
    " where e.extname = 'pg_stat_statements'"
)
HOW = (
    "not counted; to see which statements are slow, set shared_preload_libraries = 'pg_stat_statements' in its"
    " postgresql.conf, start it again, and run `create extension pg_stat_statements` as a superuser"
)


def slow_statements(conn: sa.Connection, *, least_ms: float = SLOW_MS) -> Iterator[Finding]:
    """The statements of this database that take `least_ms` on average, those that took most in all first.

    Values in them are replaced by numbers. Where the server does not count, how to make it.
    """
    schema = conn.scalar(_SCHEMA)
    if schema is None:
        yield well("slow statements", HOW)
        return
    try:
        found = conn.execute(_slow_stmt(str(schema), least_ms)).all()
    except DBAPIError as error:
        yield notice("slow statements", f"{str(error.orig).splitlines()[0]}; {HOW}")
        return
    for row in found:
        text = " ".join(str(row.query).split())
        shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."
        yield notice("slow statements", f"{row.mean_exec_time:,.0f} ms on average, {row.calls:,} times: {shown}")
    if not found:
        yield well("slow statements", f"none takes {least_ms:,.0f} ms on average")


def _slow_stmt(schema: str, least_ms: float) -> sa.Select[str, int, float]:
    counted = sa.table(
        "pg_stat_statements",
        *(sa.column(name) for name in ("query", "calls", "mean_exec_time", "total_exec_time", "dbid")),
        schema=schema,
    )
    here = sa.text("dbid = (select oid from pg_database where datname = current_database())")
    return (
        sa.select(counted.c.query, counted.c.calls, counted.c.mean_exec_time)
        .where(here, counted.c.mean_exec_time >= least_ms)
        .order_by(counted.c.total_exec_time.desc())
        .limit(_MOST)
    )
