"""Rows of other tables that a file's rows name: found, made where that is allowed, or told as a fault."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from data.loading.columns import width_of
from data.loading.parse import FileColumn, Parsed
from data.loading.placeholders import key_of
from data.loading.reference import Parent
from data.loading.staging import Staging

_COUNTED = {"preserve_rowcount": True}  # SQLAlchemy drops it for INSERT unless asked


def staging_for(conn: sa.Connection, columns: Sequence[FileColumn], parents: Sequence[Parent]) -> Staging:
    """Temporary tables for a file's columns, with empty columns for the keys and the names of parents."""
    types = {"row": pa.int64()} | {column.target: column.kind.type for column in columns}
    for parent in parents:
        types.setdefault(parent.column, width_of(key_of(parent.source)))
    for parent in parents:
        types |= {name: pa.string() for name in parent.names.values() if name not in types}
    return Staging(conn, pa.schema(types.items()))


def with_empty(parts: Iterable[Parsed], staging: Staging) -> Iterator[Parsed]:
    """The same rows, with nothing in those columns of the staged rows that they lack."""
    empty = {
        column.name: pa.int32() if isinstance(column.type, sa.Integer) else pa.string() for column in staging.rows.c
    }
    for part in parts:
        rows = part.rows
        for name, kind in empty.items():
            if name not in rows.column_names:
                rows = rows.append_column(name, pa.nulls(rows.num_rows, kind))
        yield Parsed(rows, part.rejects)


def resolve_parents(staging: Staging, parents: Sequence[Parent]) -> dict[str, int]:
    """Put the parents' keys into the staged rows, making parents where that is allowed; gives how many were made."""
    made = {}
    for parent in parents:
        if parent.made and (count := _make(staging, parent)):
            made[parent.table] = count
        if parent.column not in parent.names.values():
            staging.conn.execute(_resolving(staging.rows, parent))
        staging.reject(_unresolved(staging.rows, parent))
    return made


def _same(rows: sa.FromClause, parent: Parent) -> sa.ColumnElement[bool]:
    found = parent.source.c
    return sa.and_(*(found[column] == rows.c[staged] for column, staged in parent.names.items()))


def _resolving(rows: sa.Table, parent: Parent) -> sa.Update:
    return sa.update(rows).values({parent.column: key_of(parent.source)}).where(_same(rows, parent))


def _unresolved(rows: sa.Table, parent: Parent) -> sa.Select[Any]:
    named = list(parent.names.values())[-1]
    missing = ~sa.exists().where(_same(rows, parent))
    told = sa.literal(f"is not known; load {parent.table} first", sa.Text)
    value = sa.cast(rows.c[named], sa.Text)
    return sa.select(rows.c.row, _text(parent.header), told, value).where(rows.c[named].is_not(None), missing)


def _make(staging: Staging, parent: Parent) -> int:
    rows = staging.rows
    named = [rows.c[staged] for staged in parent.names.values()]
    missing = sa.select(*named).distinct().where(~sa.exists().where(_same(rows, parent)), named[-1].is_not(None))
    stmt = insert(parent.source).from_select(list(parent.names), missing.order_by(*named))
    return staging.conn.execute(stmt.on_conflict_do_nothing(), execution_options=_COUNTED).rowcount


def _text(value: str) -> sa.ColumnElement[str]:
    return sa.literal(value, sa.Text)
