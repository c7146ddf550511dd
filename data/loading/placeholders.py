"""Which tables can hold a member that nobody has described yet, and what such a member's row says."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from data.models.products import UNASSIGNED


def key_of(table: sa.Table) -> sa.Column[Any]:
    """The first column of the table's primary key."""
    return next(iter(table.primary_key.columns))


def takes_inferred(table: sa.Table) -> bool:
    """Whether a number alone can become a member: the table flags such rows, and all else it needs can be made up."""
    single = len(table.primary_key.columns) == 1 and key_of(table).identity is None
    return single and "inferred" in table.columns and all(map(_can_be_unassigned, _needed(table)))


def placeholder_values(conn: sa.Connection, table: sa.Table) -> dict[str, object]:
    """What a row needs besides its key and its defaults: names are Unassigned, as are the rows that it refers to."""
    return {column.name: _unassigned(conn, column) for column in _needed(table)}


def _needed(table: sa.Table) -> list[sa.Column[Any]]:
    return [
        column
        for column in table.columns
        if not (column.nullable or column.primary_key or column.server_default is not None)
    ]


def _can_be_unassigned(column: sa.Column[Any]) -> bool:
    if not column.foreign_keys:
        return isinstance(column.type, sa.Text)
    parent = _parent(column)
    return key_of(parent).identity is not None and all(map(_can_be_unassigned, _needed(parent)))


def _unassigned(conn: sa.Connection, column: sa.Column[Any]) -> object:
    if not column.foreign_keys:
        return UNASSIGNED
    parent = _parent(column)
    return _found_or_made(conn, parent, placeholder_values(conn, parent))


def _parent(column: sa.Column[Any]) -> sa.Table:
    return next(iter(column.foreign_keys)).column.table


def _found_or_made(conn: sa.Connection, table: sa.Table, values: dict[str, object]) -> int:
    key = key_of(table)
    found = conn.scalar(sa.select(key).where(*(table.c[name] == value for name, value in values.items())))
    if found is None:
        found = conn.execute(sa.insert(table).values(**values).returning(key)).scalar_one()
    return int(found)
