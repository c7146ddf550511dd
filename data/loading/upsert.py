"""A staged reference file into its table: rows are judged, and only what differs is written."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from data.loading.reference import ReferenceTable
from data.loading.staging import Staging

_COUNTED = {"preserve_rowcount": True}  # SQLAlchemy drops it for INSERT unless asked


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
    header = table.header_of(table.key[-1])
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


def _text(value: str) -> sa.ColumnElement[str]:
    return sa.literal(value, sa.Text)
