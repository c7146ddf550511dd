"""Revisions as people read them, and the last one of each table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by

from data.errors import UnknownName
from data.frames import read_frame
from data.measured import timed
from data.models import Load, Revision, RevisionTable
from data.semantic.expressions import Statement
from data.semantic.types import ColumnSpec, Unit

COLUMNS = (
    ColumnSpec("revision", "Revision", Unit.INTEGER),
    ColumnSpec("opened_at", "When", Unit.INSTANT, "UTC"),
    ColumnSpec("kind", "Kind", Unit.TEXT),
    ColumnSpec("author", "Who", Unit.TEXT, "the account, or the database user where it was typed into the database"),
    ColumnSpec("reason", "Why", Unit.TEXT),
    ColumnSpec("rows_added", "Added", Unit.COUNT),
    ColumnSpec("rows_changed", "Changed", Unit.COUNT),
    ColumnSpec("rows_removed", "Removed", Unit.COUNT),
    ColumnSpec("tables", "Tables", Unit.TEXT),
)
TABLE_COLUMNS = (
    ColumnSpec("table_name", "Table", Unit.TEXT),
    ColumnSpec("rows_added", "Added", Unit.COUNT),
    ColumnSpec("rows_changed", "Changed", Unit.COUNT),
    ColumnSpec("rows_removed", "Removed", Unit.COUNT),
)

_LAST_REVISIONS = "daybook_last_revisions"
_NEWEST = ""  # no table's name
_NEWEST_STMT = sa.select(sa.func.max(Revision.revision))


def last_revisions(conn: sa.Connection, *, tables: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """The last revision of each of `tables`, in the order of their names; 0 where there is none.

    A snapshot is asked once for each table: every figure of a page rests on them. It tells its newest revision, too.
    """
    known = _known(conn)
    missing = sorted(set(tables) - known.keys())
    if missing:
        for name, last, newest in conn.execute(_last_stmt(), {"tables": missing}):
            known[name], known[_NEWEST] = int(last), int(newest)
    return tuple((name, known[name]) for name in sorted(tables))


def _known(conn: sa.Connection) -> dict[str, int]:
    """What was read in this transaction; nothing where others may have saved since."""
    transaction = conn.get_transaction()
    if transaction is None or conn.get_execution_options().get("isolation_level") != "REPEATABLE READ":
        return {}
    kept: tuple[object, dict[str, int]] | None = conn.info.get(_LAST_REVISIONS)
    if kept is None or kept[0] is not transaction:  # the connection is a pool's, and others had it before
        kept = conn.info[_LAST_REVISIONS] = (transaction, {})
    return kept[1]


@cache
def _last_stmt() -> Statement:
    tables = sa.bindparam("tables", type_=sa.ARRAY(sa.Text))
    named = sa.select(sa.func.unnest(tables).label("table_name")).subquery()
    last = (
        sa.select(sa.func.max(RevisionTable.revision))
        .where(RevisionTable.table_name == named.c.table_name)
        .scalar_subquery()
    )
    newest = sa.select(sa.func.max(Revision.revision)).scalar_subquery()
    return sa.select(named.c.table_name, sa.func.coalesce(last, 0), sa.func.coalesce(newest, 0))


def current_revision(conn: sa.Connection) -> int:
    """The newest revision; 0 in an empty database. A snapshot is asked once."""
    known = _known(conn)
    if _NEWEST not in known:
        known[_NEWEST] = conn.scalar(_NEWEST_STMT) or 0
    return known[_NEWEST]


def check_revision(conn: sa.Connection, *, revision: int) -> None:
    """Raise UnknownName for a number that is no revision (yet)."""
    newest = current_revision(conn)
    if not 1 <= revision <= newest:
        raise UnknownName(f"no such revision: {revision}; there are 1 to {newest}")


@timed("revisions")
def revision_list(
    conn: sa.Connection,
    *,
    limit: int = 50,
    before: int | None = None,
    tables: Sequence[str] = (),
    author: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> pd.DataFrame:
    """Revisions, newest first.

    One row is a revision; columns as in COLUMNS, `opened_at` in UTC, row counts over all tables but `loads`, to
    which a load adds a row. At most `limit` rows, those below `before` where it is given; only those that changed
    one of `tables`, are by `author`, or were opened in `[since, until)`, where these are given. Empty where there
    are none. Sources: history.revisions and history.revision_tables.
    """
    stmt = _revision_list_stmt(limit, before)
    if tables:
        changed = sa.exists().where(
            RevisionTable.revision == Revision.revision, RevisionTable.table_name.in_(list(tables))
        )
        stmt = stmt.where(changed)
    if author:
        stmt = stmt.where(sa.func.coalesce(Revision.author, Revision.login_name) == author)
    if since is not None:
        stmt = stmt.where(Revision.opened_at >= since)
    if until is not None:
        stmt = stmt.where(Revision.opened_at < until)
    return read_frame(conn, stmt, COLUMNS)


def revision_authors(conn: sa.Connection) -> list[str]:
    """Everybody who made a revision, by name."""
    author = sa.func.coalesce(Revision.author, Revision.login_name)
    return list(conn.scalars(sa.select(author).distinct().order_by(author)))


def revision_detail(conn: sa.Connection, *, revision: int) -> tuple[dict[str, Any], pd.DataFrame]:
    """One revision's row with its hash, and a frame with what it did to each table; raises UnknownName."""
    row = conn.execute(
        _revision_list_stmt(1, revision + 1).add_columns(Revision.hash, Revision.role_name, Revision.reverts)
    ).first()
    if row is None or row.revision != revision:
        raise UnknownName(f"no such revision: {revision}; the newest is {current_revision(conn)}")
    stmt = (
        sa.select(
            RevisionTable.table_name, RevisionTable.rows_added, RevisionTable.rows_changed, RevisionTable.rows_removed
        )
        .where(RevisionTable.revision == revision)
        .order_by(RevisionTable.table_name)
    )
    return dict(row._mapping), read_frame(conn, stmt, TABLE_COLUMNS)


def _revision_list_stmt(limit: int, before: int | None) -> Statement:
    per_revision = (
        sa.select(
            *(
                sa.cast(sa.func.coalesce(sa.func.sum(column), 0), sa.BigInteger).label(column.name)
                for column in (RevisionTable.rows_added, RevisionTable.rows_changed, RevisionTable.rows_removed)
            ),
            sa.func.string_agg(
                RevisionTable.table_name, aggregate_order_by(sa.literal(", "), RevisionTable.table_name)
            ).label("tables"),
        )
        .where(RevisionTable.revision == Revision.revision, RevisionTable.table_name != Load.__tablename__)
        .lateral()
    )
    stmt = (
        sa.select(
            Revision.revision,
            Revision.opened_at,
            Revision.kind,
            sa.func.coalesce(Revision.author, Revision.login_name).label("author"),
            sa.func.coalesce(Revision.reason, "").label("reason"),
            per_revision.c.rows_added,
            per_revision.c.rows_changed,
            per_revision.c.rows_removed,
            sa.func.coalesce(per_revision.c.tables, "").label("tables"),
        )
        .join(per_revision, sa.true())
        .order_by(Revision.revision.desc())
        .limit(limit)
    )
    return stmt if before is None else stmt.where(Revision.revision < before)
