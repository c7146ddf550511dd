"""The rules that a changed row has to keep as a whole: the table's checks, what is unique, and who may edit what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from data.changes.editable import EditableTable, Field
from data.changes.types import Editor, Fault, PlannedRow
from data.errors import NotAllowed
from data.loading.constraints import checks_of
from data.models.accounts import ROLES

_WORD = re.compile(r"[a-z_][a-z0-9_]*")
_TEXTS = re.compile(r"'[^']*'")
ORDERED = "must not lie before first_day"
TAKEN = "is there already"
TWICE = "is given twice"
FOREIGN = "belongs to a store that is not among yours"


def check_editor(table: EditableTable, editor: Editor) -> None:
    """Raise NotAllowed where the editor may not edit the table at all."""
    if ROLES.index(editor.role) < ROLES.index(table.editors):
        raise NotAllowed(f"{table.label} may be edited by the role {table.editors}; yours is {editor.role}")
    if editor.scope.stores is not None and table.store_column is None:
        raise NotAllowed(f"{table.label} concern every store; you are limited to {len(editor.scope.stores):,} of them")


def check_undoer(editor: Editor) -> None:
    """Raise NotAllowed where the editor may not undo a load, which concerns every store."""
    if ROLES.index(editor.role) < ROLES.index("manager"):
        raise NotAllowed(f"a load may be undone by the role manager; yours is {editor.role}")
    if editor.scope.stores is not None:
        raise NotAllowed(f"a load concerns every store; you are limited to {len(editor.scope.stores):,} of them")


def foreign(table: EditableTable, editor: Editor, rows: Sequence[PlannedRow]) -> Iterator[Fault]:
    """Rows of stores that the editor is not responsible for, before or after the change."""
    column = table.store_column
    if editor.scope.stores is None or column is None:
        return
    for row in rows:
        for side in (row.before, row.after):
            if side is not None and side.get(column.name) not in editor.scope.stores:
                yield Fault(row.row, row.label, _named(table, column.name), FOREIGN, str(side.get(column.name) or ""))
                break


def broken_checks(conn: sa.Connection, table: EditableTable, rows: Sequence[PlannedRow]) -> list[Fault]:
    """Rows that break a check of the table; the database is asked, and nothing is written."""
    judged = [row for row in rows if row.after is not None]
    faults: list[Fault] = []
    for check in checks_of(table.table):
        condition = str(check.sqltext.compile(compile_kwargs={"literal_binds": True, "include_table": False}))
        words = dict.fromkeys(_WORD.findall(_TEXTS.sub("", condition)))
        named = [word for word in words if word in table.table.columns]
        asked = [row for row in judged if row.after is not None and all(name in row.after for name in named)]
        if not named or not asked:
            continue
        for at in _unfit(conn, table, condition, named, asked):
            faults.append(_broken(table, asked[at], str(check.name), condition, named))
    return faults


def taken(conn: sa.Connection, table: EditableTable, rows: Sequence[PlannedRow]) -> list[Fault]:
    """Rows whose key, or another unique combination, a row that stays as it is has already, or that come twice."""
    constraints = [item for item in table.table.constraints if isinstance(item, sa.UniqueConstraint)]
    keys = [tuple(column.name for column in item.columns) for item in constraints]
    if not table.numbered:
        keys.append(tuple(column.name for column in table.ids))
    touched = {row.ids for row in rows if row.ids is not None}
    return [fault for key in keys for fault in _taken(conn, table, key, rows, touched)]


def _taken(
    conn: sa.Connection, table: EditableTable, key: tuple[str, ...], rows: Sequence[PlannedRow], touched: set[Any]
) -> Iterator[Fault]:
    wanted: dict[tuple[Any, ...], PlannedRow] = {}
    for row in rows:
        if row.after is None or (row.before is not None and not set(key) & set(row.changed)):
            continue
        values = tuple(row.after.get(name) for name in key)
        if None in values:
            continue
        if values in wanted:
            yield _clash(table, row, key, TWICE)
        wanted.setdefault(values, row)
    if not wanted:
        return
    columns = [table.table.c[name] for name in key]
    stmt = sa.select(*columns, *(column.label(f"id_{column.name}") for column in table.ids))
    for found in conn.execute(stmt.where(sa.tuple_(*columns).in_(list(wanted)))):
        if tuple(found[len(key) :]) not in touched:
            yield _clash(table, wanted[tuple(found[: len(key)])], key, TAKEN)


def _clash(table: EditableTable, row: PlannedRow, key: tuple[str, ...], rule: str) -> Fault:
    return Fault(row.row, row.label, _named(table, key[-1]), rule, row.label)


def _unfit(
    conn: sa.Connection, table: EditableTable, condition: str, named: list[str], rows: list[PlannedRow]
) -> list[int]:
    """The places of the rows for which the condition is false; as in the database, unknown is not false."""
    arrays = [
        sa.literal([row.after[name] for row in rows if row.after is not None], sa.ARRAY(table.table.c[name].type))
        for name in named
    ]
    values = sa.func.unnest(*arrays).table_valued(*named, with_ordinality="place").render_derived()
    stmt = sa.select(values.c.place).where(sa.text(f"not ({condition})"))
    return [int(place) - 1 for place in conn.scalars(stmt)]


def _broken(table: EditableTable, row: PlannedRow, check: str, condition: str, named: list[str]) -> Fault:
    after = row.after or {}
    if set(named) == {"start_on", "end_on"}:
        return Fault(row.row, row.label, _named(table, "end_on"), ORDERED, str(after["start_on"]))
    told = f"must fit the rule {check.removeprefix(f'ck_{table.name}_')}: {condition}"
    return Fault(row.row, row.label, _named(table, named[-1]), told, ", ".join(str(after[name]) for name in named))


def _named(table: EditableTable, column: str) -> str:
    field: Field | None = next((found for found in table.fields if found.column.name == column), None)
    return field.name if field is not None else column
