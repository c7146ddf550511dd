"""How people and files name rows: by number where files give one, by name otherwise, `DEPARTMENT > CATEGORY` for two.

A row's id is the text of its primary key, joined by commas; keys are numbers and dates, so the text is unambiguous.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from data.changes.editable import EditableTable
from data.loading.hierarchy import SEPARATOR

_MOST_KEY = 60


class Naming(NamedTuple):
    """A table with what the names of its rows need: the rows, the table itself among them, and a name."""

    rows: sa.FromClause
    own: sa.FromClause
    name: sa.ColumnElement[Any]


def naming(table: sa.Table) -> Naming:
    """The name of each row is a number where files give one, and a text otherwise."""
    own = table.alias()
    keys = list(table.primary_key.columns)
    if len(keys) == 1 and keys[0].identity is None:
        return Naming(own, own, own.c[keys[0].name])
    rows: sa.FromClause = own
    parts: list[sa.ColumnElement[Any]] = []
    for name in natural_columns(table):
        key = next(iter(table.c[name].foreign_keys), None)
        if key is None:
            parts.append(sa.cast(own.c[name], sa.Text))
            continue
        parent = naming(key.column.table)
        rows = rows.join(parent.rows, parent.own.c[key.column.name] == own.c[name])
        parts.append(sa.cast(parent.name, sa.Text))
    return Naming(rows, own, parts[0] if len(parts) == 1 else sa.func.concat_ws(SEPARATOR, *parts))


def natural_columns(table: sa.Table) -> tuple[str, ...]:
    """The columns by which files know a row again."""
    keys = list(table.primary_key.columns)
    if keys[0].identity is None:
        return tuple(column.name for column in keys)
    unique = [item for item in table.constraints if isinstance(item, sa.UniqueConstraint)]
    return min(tuple(column.name for column in item.columns) for item in unique)


def names_stmt(table: sa.Table) -> sa.Select[Any]:
    """Every row's key and name (`key`, `name`), and whether it is retired."""
    named = naming(table)
    key = named.own.c[next(iter(table.primary_key.columns)).name]
    retired = named.own.c.retired if "retired" in table.columns else sa.false()
    return sa.select(key.label("key"), named.name.label("name"), retired.label("retired")).select_from(named.rows)


def names_by_key(conn: sa.Connection, table: sa.Table, keys: Iterable[Any]) -> dict[Any, Any]:
    """The names of the rows with these keys."""
    wanted = sorted({key for key in keys if key is not None})
    if not wanted:
        return {}
    named = names_stmt(table).subquery()
    stmt = sa.select(named.c.key, named.c.name).where(named.c.key.in_(wanted))
    return {row.key: row.name for row in conn.execute(stmt)}


def offered_names(conn: sa.Connection, table: sa.Table, *, most: int) -> list[Any] | None:
    """The names that a new value may be, in order; None where there are more than `most`."""
    named = names_stmt(table).subquery()
    stmt = sa.select(named.c.name).where(~named.c.retired).order_by(named.c.name).limit(most + 1)
    found = list(conn.scalars(stmt))
    return None if len(found) > most else found


def row_id(values: Sequence[Any]) -> str:
    """The id of a row with these primary key values."""
    return ",".join(str(value) for value in values)


def ids_of(table: EditableTable, row: str) -> tuple[Any, ...] | None:
    """The primary key values that an id stands for; None for a text that is no id of this table."""
    parts = row.split(",")
    if len(parts) != len(table.ids) or len(row) > _MOST_KEY:
        return None
    try:
        return tuple(_value(column, part) for column, part in zip(table.ids, parts, strict=True))
    except ValueError:
        return None


def _value(column: sa.Column[Any], text: str) -> Any:
    if isinstance(column.type, sa.Date):
        return date.fromisoformat(text)
    number = int(text) if text.lstrip("-").isascii() and text.lstrip("-").isdigit() else None
    bits = 16 if isinstance(column.type, sa.SmallInteger) else 64 if isinstance(column.type, sa.BigInteger) else 32
    if number is None or not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1) or str(number) != text:
        raise ValueError(text)
    return number
