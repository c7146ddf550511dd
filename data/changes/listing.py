"""The rows of an editable table as people read them: searched, filtered, sorted, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data.changes.editable import EditableTable, Field
from data.changes.names import ids_of, naming, row_id
from data.changes.values import is_number
from data.errors import UsageError
from data.loading.instants import LastDay, Month
from data.loading.numbers import Money
from data.queries.quality import check_named
from data.scope import Scope
from data.semantic.expressions import is_one_of

ROW, VERSION = "row", "version"


@dataclass(frozen=True)
class Asked:
    """Which rows: with `search` in any of their texts, with one of the values of each filter, or just these.

    Filters are field and values as people write them; None stands for no value. `work` names a point of the
    data-quality list. Without `sort`, rows come by their keys.
    """

    search: str = ""
    filters: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    rows: tuple[str, ...] | None = None
    work: str = ""
    sort: str = ""
    descending: bool = False

    @property
    def is_everything(self) -> bool:
        """Whether no row is left out."""
        return replace(self, sort="", descending=False) == Asked()


def listed_rows(
    conn: sa.Connection,
    table: EditableTable,
    asked: Asked,
    *,
    scope: Scope,
    limit: int | None = None,
    offset: int = 0,
    after: str = "",
) -> pd.DataFrame:
    """The rows asked for; those that follow the row `after` by their keys, where one is named.

    One row is a row of the table; columns `row` (str, its id), `version` (int64, the revision that wrote it) and a
    column for each field: whole numbers Int64, money float64 in units of currency, flags bool, dates datetime64[s],
    everything else str, where rows of other tables are named. A caller limited to stores sees the rows of those stores
    where the table has a store. Source: the table and those that it names. Raises UnknownName.
    """
    view = _View.of(table)
    stmt = view.select(*(view.fields[field.name].label(field.name) for field in table.fields), *view.kept())
    stmt = _ordered(view, table, _asked_for(view, table, stmt, asked, scope), asked).limit(limit).offset(offset)
    if after:
        stmt = stmt.where(_follows(view, table, after))
    rows = conn.execute(stmt).mappings().all()
    ids = [row_id([row[f"id {column.name}"] for column in table.ids]) for row in rows]
    columns: dict[str, Any] = {ROW: pd.Series(ids, dtype="str")}
    columns[VERSION] = pd.Series([row["id revision"] for row in rows], dtype="int64")
    for field in table.fields:
        columns[field.name] = _series(field, [row[field.name] for row in rows])
    return pd.DataFrame(columns)


def listed_count(conn: sa.Connection, table: EditableTable, asked: Asked, *, scope: Scope) -> int:
    """How many rows are asked for; raises UnknownName."""
    view = _View.of(table)
    stmt = _asked_for(view, table, view.select(sa.func.count()), asked, scope)
    return int(conn.execute(stmt).scalar_one())


def listed_versions(conn: sa.Connection, table: EditableTable, asked: Asked, *, scope: Scope) -> list[tuple[str, int]]:
    """Id and version of every row that is asked for, by key; raises UnknownName."""
    view = _View.of(table)
    stmt = _ordered(view, table, _asked_for(view, table, view.select(*view.kept()), asked, scope), Asked())
    rows = conn.execute(stmt).mappings()
    return [(row_id([row[f"id {c.name}"] for c in table.ids]), row["id revision"]) for row in rows]


@dataclass(frozen=True, eq=False)
class _View:
    """The table joined to those that its fields name, and each field as people read it."""

    table: EditableTable
    own: sa.FromClause
    rows: sa.FromClause
    fields: dict[str, sa.ColumnElement[Any]]

    @classmethod
    def of(cls, table: EditableTable) -> _View:
        own = table.table.alias("own")
        rows: sa.FromClause = own
        fields = {}
        for field in table.fields:
            column = own.c[field.column.name]
            if field.parent is not None and not is_number(field):
                parent = naming(field.parent)
                key = parent.own.c[next(iter(field.parent.primary_key.columns)).name]
                rows = rows.join(parent.rows, key == column, isouter=field.nullable)
                fields[field.name] = parent.name
            else:
                fields[field.name] = _read(field, column)
        return cls(table, own, rows, fields)

    def select(self, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
        return sa.select(*columns).select_from(self.rows)

    def kept(self) -> list[sa.ColumnElement[Any]]:
        ids = [self.own.c[column.name].label(f"id {column.name}") for column in self.table.ids]
        return [*ids, self.own.c.revision.label("id revision")]


def _read(field: Field, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    if isinstance(field.kind, LastDay):
        return column - sa.literal(1)
    return sa.func.to_char(column, "YYYY-MM") if isinstance(field.kind, Month) else column


def _asked_for(view: _View, table: EditableTable, stmt: sa.Select[Any], asked: Asked, scope: Scope) -> sa.Select[Any]:
    for name, values in asked.filters:
        shown = view.fields[table.field(name).name]
        given = [value for value in values if value is not None]
        conditions = [shown.in_(given)] if given else []
        stmt = stmt.where(sa.or_(*conditions, *([shown.is_(None)] if None in values else [])))
    if asked.search:
        texts = [sa.cast(view.fields[field.name], sa.Text) for field in table.fields if _is_searched(field)]
        stmt = stmt.where(sa.or_(*(text.icontains(asked.search, autoescape=True) for text in texts)))
    if asked.rows is not None:
        ids = [found for found in (ids_of(table, row) for row in asked.rows) if found is not None]
        stmt = stmt.where(is_one_of([view.own.c[column.name] for column in table.ids], ids))
    if asked.work:
        stmt = stmt.where(view.own.c[table.ids[0].name].in_(check_named(asked.work).keys_stmt(scope=scope)))
    store = table.store_column
    if scope.stores is not None and store is not None:
        stmt = stmt.where(view.own.c[store.name].in_(sorted(scope.stores)))
    return stmt


def _follows(view: _View, table: EditableTable, after: str) -> sa.ColumnElement[bool]:
    """Whether a row comes later by its key; raises UsageError where no row could be called so."""
    key = ids_of(table, after)
    if key is None:
        raise UsageError(f"after must be the row that a page ended with; got {after!r}")
    columns = [view.own.c[column.name] for column in table.ids]
    values = [sa.literal(value, column.type) for value, column in zip(key, columns, strict=True)]
    return sa.tuple_(*columns) > sa.tuple_(*values)


def _ordered(view: _View, table: EditableTable, stmt: sa.Select[Any], asked: Asked) -> sa.Select[Any]:
    keys = [view.own.c[column.name] for column in table.ids]
    if not asked.sort:
        return stmt.order_by(*keys)
    by = view.fields[table.field(asked.sort).name]
    return stmt.order_by(by.desc().nulls_last() if asked.descending else by.asc().nulls_last(), *keys)


def _is_searched(field: Field) -> bool:
    """Flags, dates and money have filters; a search for 2017 means a number or a name."""
    return isinstance(field.column.type, sa.Text) or field.parent is not None or (is_number(field) and field.key)


def _series(field: Field, values: list[Any]) -> pd.Series[Any]:
    if isinstance(field.kind, Money):
        return pd.Series([None if value is None else value / 100 for value in values], dtype="float64")
    if is_number(field):
        return pd.Series(values, dtype="Int64")
    if isinstance(field.column.type, sa.Boolean):
        return pd.Series(values, dtype="bool")
    if isinstance(field.column.type, sa.Date) and not isinstance(field.kind, Month):
        return pd.to_datetime(pd.Series(values, dtype=object)).astype("datetime64[s]")
    return pd.Series(values, dtype="str")
