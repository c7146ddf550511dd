"""A staged reference file into its table: names resolved, rows judged, and only what differs written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from data.loading.parse import FileColumn, Parsed
from data.loading.progress import Progress
from data.loading.reference import Parent, ReferenceTable
from data.loading.staging import Staging

_COUNTED = {"preserve_rowcount": True}  # SQLAlchemy drops it for INSERT unless asked


def stage_reference(
    conn: sa.Connection,
    table: ReferenceTable,
    parts: Iterable[Parsed],
    columns: list[FileColumn],
    show: Progress,
    total: int | None,
) -> tuple[Staging, int]:
    """Stage a file's rows, with empty columns for the keys of their parents; gives the number of rows too."""
    types = {"row": pa.int64()} | {column.target: column.kind.type for column in columns}
    keys = [parent.column for parent in table.parents if parent.column not in types]
    types |= dict.fromkeys(keys, pa.int32())
    for parent in table.parents:
        types |= {name: pa.string() for name in parent.names.values() if name not in types}
    staging = Staging(conn, pa.schema(types.items()))
    rows = staging.fill(_with_empty(parts, table, staging), show, total)
    return staging, rows


def resolve_parents(staging: Staging, table: ReferenceTable) -> dict[str, int]:
    """Put the parents' keys into the staged rows, making parents where that is allowed; gives how many were made."""
    made = {}
    for parent in table.parents:
        if parent.made and (count := _make(staging, parent)):
            made[parent.table] = count
        if parent.column not in parent.names.values():
            staging.conn.execute(_resolving(staging.rows, parent))
        staging.reject(_unresolved(staging.rows, parent))
    return made


def judge(staging: Staging, table: ReferenceTable) -> None:
    """Reject rows that name the same thing twice, and ranges that end before they start."""
    rows = staging.rows.c
    if table.ordered:
        told = sa.literal("must not lie before first_day", sa.Text)
        last = sa.cast(rows.end_on - 1, sa.Text)
        staging.reject(sa.select(rows.row, _text("last_day"), told, last).where(rows.end_on <= rows.start_on))
    if table.numbered:
        return
    key = [rows[name] for name in table.key]
    first = sa.func.min(rows.row).over(partition_by=key)
    numbered = sa.select(rows.row, first.label("first"), sa.func.concat_ws(", ", *key).label("value")).subquery()
    where = sa.func.format("is named twice; first in row %s", numbered.c.first)
    header = next(column.name for column in table.columns if column.target == table.key[-1])
    again = sa.select(numbered.c.row, _text(header), where, numbered.c.value)
    staging.reject(again.where(numbered.c.row != numbered.c.first))


def upsert(staging: Staging, table: ReferenceTable) -> tuple[int, int]:
    """Write rows that are new or differ; gives how many of each. Rows that the file does not name are left alone."""
    target = table.target
    values = _values(staging, table)
    unique = _conflict_columns(table)
    source = sa.select(*(value.label(name) for name, value in values.items())).order_by(staging.rows.c.row).subquery()
    same = sa.and_(*(target.c[name] == source.c[name] for name in unique))
    known = staging.conn.execute(sa.select(sa.func.count()).select_from(source.join(target, same))).scalar_one()
    staged = staging.conn.execute(sa.select(sa.func.count()).select_from(source)).scalar_one()
    stmt = insert(target).from_select(list(values), sa.select(source))
    settable = {name: stmt.excluded[name] for name in values if name not in unique}
    if settable:
        differs = sa.or_(*(target.c[name].is_distinct_from(value) for name, value in settable.items()))
        stmt = stmt.on_conflict_do_update(index_elements=unique, set_=settable, where=differs)
    else:
        stmt = stmt.on_conflict_do_nothing(index_elements=unique)
    written = staging.conn.execute(stmt, execution_options=_COUNTED).rowcount
    added = staged - known
    return added, written - added


def _values(staging: Staging, table: ReferenceTable) -> dict[str, sa.ColumnElement[Any]]:
    rows = staging.rows.c
    named = {"category": "name"} if table.name == "categories" else {}
    values: dict[str, sa.ColumnElement[Any]] = {}
    for column in rows:
        name = named.get(column.name, column.name)
        if name in table.target.columns and name not in values:
            values[name] = column
    values |= {name: sa.literal(value) for name, value in table.constant.items()}
    if table.numbered:
        number = sa.func.row_number().over(partition_by=[rows[name] for name in table.key], order_by=rows.row)
        values["occurrence"] = sa.cast(number, sa.SmallInteger)
    return values


def _conflict_columns(table: ReferenceTable) -> list[str]:
    """The columns by which a row is known again: those of a unique constraint of the target."""
    if table.name == "categories":
        return ["department_id", "name"]
    return [*table.key, "occurrence"] if table.numbered else list(table.key)


def _with_empty(parts: Iterable[Parsed], table: ReferenceTable, staging: Staging) -> Iterator[Parsed]:
    empty = {
        column.name: pa.int32() if isinstance(column.type, sa.Integer) else pa.string() for column in staging.rows.c
    }
    for part in parts:
        prepared = table.prepare(part)
        rows = prepared.rows
        for column in staging.rows.columns:
            if column.name not in rows.column_names:
                rows = rows.append_column(column.name, pa.nulls(rows.num_rows, empty[column.name]))
        yield Parsed(rows, prepared.rejects)


def _same(rows: sa.FromClause, parent: Parent) -> sa.ColumnElement[bool]:
    found = parent.source.c
    return sa.and_(*(found[column] == rows.c[staged] for column, staged in parent.names.items()))


def _resolving(rows: sa.Table, parent: Parent) -> sa.Update:
    key = next(iter(parent.source.primary_key))
    return sa.update(rows).values({parent.column: key}).where(_same(rows, parent))


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
