"""A restated period, line by line: which lines were removed, restated and new, and what each kind contributed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data.errors import UsageError
from data.frames import read_frame
from data.models import Base, history_of
from data.revisions.asked import Asked
from data.revisions.causes import Cause, FactLoad
from data.scope import Scope
from data.semantic.details import Lines, detail_columns, line_count_stmt, lines_stmt
from data.semantic.expressions import Source
from data.semantic.question import Query
from data.semantic.sources import as_of


class LineKind(StrEnum):
    """What became of lines whose period was replaced."""

    REMOVED = "removed"
    RESTATED = "restated"
    NEW = "new"


@dataclass(frozen=True, eq=False)
class LineChange:
    """So many lines of one kind in the slice, and what they contributed."""

    kind: LineKind
    lines: int
    contribution: Decimal


def line_changes(conn: sa.Connection, query: Query, cause: Cause, *, scope: Scope) -> list[LineChange]:
    """What became of the lines of a replaced period: removed, restated and new ones, each with its contribution.

    Lines are the same by their key. The contributions, taken in this order, add up to the cause's.
    """
    load = _load_of(cause)
    before = as_of(cause.revision - 1)
    asked = Asked(conn, query, scope, None)
    value, found = asked.over(before) or Decimal(0), []
    for kind, source in _in_turn(load, before, as_of(cause.revision)):
        after = asked.over(source) or Decimal(0)
        found.append(LineChange(kind, _count(conn, query, load, kind, cause, scope), after - value))
        value = after
    return found


def changed_lines(
    conn: sa.Connection, query: Query, cause: Cause, *, kind: LineKind, scope: Scope, limit: int = 100
) -> pd.DataFrame:
    """The lines of one kind in the slice, as they are after the cause; removed ones as they were.

    One row is a line with the details that its subject declares.
    """
    load, subject = _load_of(cause), Asked(conn, query, scope, None).subject
    rows = Lines(subject.subject.name, query.start, query.end, query.filters, limit)
    stmt = lines_stmt(rows, subject, _only(load, kind, cause), scope)
    return read_frame(conn, stmt, detail_columns(subject))


def _load_of(cause: Cause) -> FactLoad:
    if cause.load is None:
        raise UsageError(f"revision {cause.revision} loaded no facts")
    return cause.load


def _count(conn: sa.Connection, query: Query, load: FactLoad, kind: LineKind, cause: Cause, scope: Scope) -> int:
    subject = Asked(conn, query, scope, None).subject
    rows = Lines(subject.subject.name, query.start, query.end, query.filters)
    return int(conn.execute(line_count_stmt(rows, subject, _only(load, kind, cause), scope)).scalar_one())


def _only(load: FactLoad, kind: LineKind, cause: Cause) -> Source:
    """The tables with no facts but the lines of one kind: removed ones as of before, others as of after."""
    below = as_of(cause.revision - 1 if kind is LineKind.REMOVED else cause.revision)
    return _facts_instead(load, below, lambda table: _lines(table, load, kind))


def _in_turn(load: FactLoad, before: Source, after: Source) -> list[tuple[LineKind, Source]]:
    """The tables after the removed lines went, after others were restated, and after the new ones came."""

    def without(table: sa.Table, *kinds: LineKind) -> sa.Select[Any]:
        rows = before(table)
        gone = sa.union_all(*(_keys(table, _lines(table, load, kind)) for kind in kinds)).subquery("gone")
        same = sa.and_(*(rows.c[name] == gone.c[name] for name in _key_names(table)))
        return sa.select(*(rows.c[column.name] for column in table.columns)).where(~sa.exists().where(same))

    def restated(table: sa.Table) -> sa.CompoundSelect[Any]:
        kept = without(table, LineKind.REMOVED, LineKind.RESTATED)
        return sa.union_all(kept, _lines(table, load, LineKind.RESTATED))

    return [
        (LineKind.REMOVED, _facts_instead(load, before, lambda table: without(table, LineKind.REMOVED))),
        (LineKind.RESTATED, _facts_instead(load, before, restated)),
        (LineKind.NEW, after),
    ]


def _facts_instead(load: FactLoad, source: Source, rows: Callable[[sa.Table], sa.SelectBase]) -> Source:
    @cache
    def read(table: sa.Table) -> sa.FromClause:
        return rows(table).subquery(table.name) if table is Base.metadata.tables[load.table] else source(table)

    return read


def _lines(table: sa.Table, load: FactLoad, kind: LineKind) -> sa.Select[Any]:
    """The lines of one kind with the facts' columns: what the load ended, or what it brought."""
    past = history_of(table)
    columns = [column.name for column in table.columns]
    now, was = (sa.select(*(rows.c[name] for name in columns)) for rows in (table, past))
    ended = was.where(past.c.ended_by_load == load.load_id).subquery("ended")
    mine = [now.where(table.c.load_id == load.load_id), was.where(past.c.load_id == load.load_id)]
    brought = sa.union_all(*mine).subquery("brought")
    own, other = (ended, brought) if kind is LineKind.REMOVED else (brought, ended)
    same = [own.c[name] == other.c[name] for name in _key_names(table)]
    stmt = sa.select(*(own.c[name] for name in columns))
    if kind is not LineKind.RESTATED:
        return stmt.where(~sa.exists().where(*same))
    content = [name for name in columns if name not in {*_key_names(table), "load_id"}]
    differs = sa.or_(*(own.c[name].is_distinct_from(other.c[name]) for name in content))
    return stmt.where(sa.exists().where(*same, differs))


def _keys(table: sa.Table, rows: sa.Select[Any]) -> sa.Select[Any]:
    found = rows.subquery()
    return sa.select(*(found.c[name] for name in _key_names(table)))


def _key_names(table: sa.Table) -> list[str]:
    return [column.name for column in table.primary_key.columns]
