"""How the database is, in a few figures for whoever watches it."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from data.accounts.sessions import live_session_count
from data.models import Load, Revision


@dataclass(frozen=True)
class DatabaseState:
    """Figures of now. Instants are seconds since 1970 in UTC; `loads` holds count and newest beginning by table."""

    revision: int
    revised_at: float | None
    loads: dict[str, tuple[int, float]]
    sessions: int
    size_bytes: int
    connections: int


def database_state(conn: sa.Connection) -> DatabaseState:
    """The state of the database that the owner's `conn` is of.

    Sources: history.revisions, loads (each file is one; its undoing is none), accounts.sessions, PostgreSQL's own.
    """
    revision, revised_at = conn.execute(_newest_stmt()).first() or (0, None)
    size_bytes, connections = conn.execute(_SERVER).one()
    loads = {row.table_name: (int(row.count_), float(row.newest)) for row in conn.execute(_loads_stmt())}
    conn.execute(_AS_ACCOUNTS)
    sessions = live_session_count(conn)
    return DatabaseState(
        int(revision), None if revised_at is None else float(revised_at), loads, sessions, int(size_bytes),
        int(connections),
    )  # fmt: skip


_AS_ACCOUNTS = sa.text(
    "select set_config('role', pg_get_userbyid(nspowner), true) from pg_namespace where nspname = 'accounts'"
)
_SERVER = sa.text(
    "select pg_database_size(current_database()), numbackends from pg_stat_database where datname = current_database()"
)


def _newest_stmt() -> sa.Select[int, float]:
    at = sa.cast(sa.extract("epoch", Revision.opened_at), sa.Float)
    return sa.select(Revision.revision, at).order_by(Revision.revision.desc()).limit(1)


def _loads_stmt() -> sa.Select[str, int, float]:
    newest = sa.cast(sa.extract("epoch", sa.func.max(Load.started_at)), sa.Float)
    return (
        sa.select(Load.table_name, sa.func.count().label("count_"), newest.label("newest"))
        .where(Load.source != "")
        .group_by(Load.table_name)
    )
