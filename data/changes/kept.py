"""Rows as the database keeps them: now, and as they were in a version that somebody started from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from data.changes.editable import EditableTable
from data.changes.names import names_by_key, natural_columns, row_id
from data.changes.values import as_people_say
from data.models import history_of
from data.semantic.catalog import catalog
from data.semantic.expressions import is_one_of
from data.semantic.members import every_member
from data.semantic.sources import current

Row = Mapping[str, Any]
_BATCH = 10_000


def rows_now(conn: sa.Connection, table: EditableTable, ids: Iterable[tuple[Any, ...]]) -> dict[str, Row]:
    """The current rows with these keys, by row id, each with its `revision`."""
    found: dict[str, Row] = {}
    for some in _batches(sorted(set(ids))):
        for row in conn.execute(sa.select(table.table).where(is_one_of(table.ids, some))).mappings():
            found[row_id([row[column.name] for column in table.ids])] = dict(row)
    return found


def rows_at(
    conn: sa.Connection, table: EditableTable, versions: Collection[tuple[tuple[Any, ...], int]]
) -> dict[str, Row]:
    """The rows with these keys in these superseded versions, by row id."""
    past = history_of(table.table)
    keys = [past.c[column.name] for column in table.ids]
    found: dict[str, Row] = {}
    for some in _batches(sorted({(*ids, version) for ids, version in versions})):
        stmt = sa.select(past).where(is_one_of((*keys, past.c.revision), some))
        for row in conn.execute(stmt).mappings():
            found[row_id([row[column.name] for column in table.ids])] = dict(row)
    return found


def parent_names(conn: sa.Connection, table: EditableTable, rows: Iterable[Row]) -> dict[str, dict[Any, Any]]:
    """For each field that names a row of another table: the names of all keys in `rows`."""
    rows = list(rows)
    return {
        field.name: names_by_key(conn, field.parent, (row.get(field.column.name) for row in rows))
        for field in table.fields
        if field.parent is not None
    }


def row_labels(conn: sa.Connection, table: EditableTable, rows: Mapping[str, Row]) -> dict[str, str]:
    """What people call these rows: their label in charts where there is one, their natural key otherwise."""
    labels = _chart_labels(conn, table, [row[table.ids[0].name] for row in rows.values()])
    fields = [field for name in natural_columns(table.table) for field in table.fields if field.column.name == name]
    names = parent_names(conn, table, rows.values())
    found = {}
    for row, values in rows.items():
        said = [str(as_people_say(f, values.get(f.column.name), names.get(f.name, {}))) for f in fields]
        found[row] = labels.get(values[table.ids[0].name], ", ".join(said))
    return found


def _chart_labels(conn: sa.Connection, table: EditableTable, keys: list[Any]) -> dict[Any, str]:
    if len(table.ids) > 1 or table.numbered or not keys:
        return {}
    for checked in catalog().subjects:
        for dimension in checked.dimensions.values():
            if dimension.member is table.ids[0] and dimension.display is not None:
                listed = every_member(dimension, checked.graph, current).subquery()
                stmt = sa.select(listed.c.key, listed.c.label)
                return {key: label for some in _batches(keys)
                        for key, label in conn.execute(stmt.where(listed.c.key.in_(some)))}  # fmt: skip
    return {}


def _batches(items: list[Any]) -> Iterable[list[Any]]:
    for start in range(0, len(items), _BATCH):
        yield items[start : start + _BATCH]
