"""Where the rows of a table come from: as they are now, as they were at a revision, or with a draft laid over them.

A source gives the same object for the same table each time, so that a statement that reads a table twice means the
same rows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from data.models import Load, history_of, rollup_tables, versioned_tables
from data.models.versioned import ROLLUP_OF
from data.semantic.expressions import Source, is_one_of


def current(table: sa.Table) -> sa.FromClause:
    """The table as it stands now."""
    return table


def rows_at(revision: int | None, unchanged: Collection[str] = ()) -> Source:
    """Every table as of `revision`, or as it stands now where that is None."""
    return current if revision is None else as_of(revision, unchanged)


def as_of(revision: int, unchanged: Collection[str] = ()) -> Source:
    """Every versioned table as it stood right after `revision`; other tables as they are.

    A reference row counts from the revision that wrote it until the one that replaced it; a fact from the revision of
    its load until that of the load that ended it. Tables named as `unchanged` since then are read as they stand.
    """
    known = (*versioned_tables(), *rollup_tables())
    versioned = {table for table in known if table.info.get(ROLLUP_OF, table.name) not in unchanged}

    @cache
    def source(table: sa.Table) -> sa.FromClause:
        if table not in versioned:
            return table
        read = _rows_as_of if "revision" in table.columns else _facts_as_of
        return read(table, revision).subquery(table.name)

    return source


def with_changes(
    source: Source, table: sa.Table, rows: Sequence[Mapping[str, Any]], gone: Sequence[tuple[Any, ...]]
) -> Source:
    """`source` with rows of one table laid over it: those of `rows` by key, and without those of `gone`.

    Each row has every column of the table; one whose key is not there yet is added.
    """
    keys = [column.name for column in table.primary_key.columns]

    @cache
    def laid(wanted: sa.Table) -> sa.FromClause:
        if wanted is not table:
            return source(wanted)
        below = source(table)
        replaced = [*(tuple(row[name] for name in keys) for row in rows), *gone]
        columns = [below.c[column.name] for column in table.columns]
        kept = sa.select(*columns).where(sa.not_(is_one_of([below.c[name] for name in keys], replaced)))
        return sa.union_all(kept, _as_rows(table, rows)).subquery(table.name) if rows else kept.subquery(table.name)

    return laid


def _rows_as_of(table: sa.Table, revision: int) -> sa.CompoundSelect[Any]:
    past = history_of(table)
    now = sa.select(*table.columns).where(table.c.revision <= revision)
    was = sa.select(*(past.c[column.name] for column in table.columns)).where(
        past.c.revision <= revision, past.c.until_revision > revision
    )
    return sa.union_all(now, was)


def _facts_as_of(table: sa.Table, revision: int) -> sa.CompoundSelect[Any]:
    past = history_of(table)
    known = sa.select(Load.load_id).where(Load.revision <= revision)
    later = sa.select(Load.load_id).where(Load.revision > revision)
    now = sa.select(*table.columns).where(table.c.load_id.in_(known))
    was = sa.select(*(past.c[column.name] for column in table.columns)).where(
        past.c.load_id.in_(known), past.c.ended_by_load.in_(later)
    )
    return sa.union_all(now, was)


def _as_rows(table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> sa.Select[Any]:
    arrays = [sa.literal([row[column.name] for row in rows], sa.ARRAY(column.type)) for column in table.columns]
    names = [sa.column(column.name, column.type) for column in table.columns]
    laid = sa.func.unnest(*arrays).table_valued(*names).render_derived("laid")
    return sa.select(*(laid.c[column.name] for column in table.columns))
