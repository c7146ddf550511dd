"""Wanted changes against the database: merged with what others saved, checked as a whole, and nothing written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from data.changes import merging
from data.changes.editable import EditableTable
from data.changes.kept import Row, parent_names, row_labels, rows_at, rows_now
from data.changes.names import ids_of
from data.changes.rules import broken_checks, check_editor, foreign, taken
from data.changes.types import (
    ChangeSet,
    Editor,
    Fault,
    FieldConflict,
    Plan,
    PlannedRow,
    RowChange,
)
from data.changes.values import as_people_say, read_values, retired_among
from data.errors import InvalidChange, StaleChange
from data.loading.checks import EMPTY

NO_ROW = "is not a row of this table"
GONE = "was removed meanwhile"
NO_VERSION = "never had this version"
REMOVED = "cannot be removed, only retired: facts and old revisions still name it"


def plan_changes(conn: sa.Connection, table: EditableTable, changes: Sequence[RowChange], *, editor: Editor) -> Plan:
    """What the changes come to now; raises NotAllowed, and tells all else: rows that fit, faults and conflicts.

    A row with any fault or conflict is left out of what fits. Reads the table, its history and the tables that it
    names, all in the snapshot of `conn`.
    """
    check_editor(table, editor)
    ids = {change.row: ids_of(table, change.row) for change in changes if change.version is not None}
    now = rows_now(conn, table, (key for key in ids.values() if key is not None))
    labels = row_labels(conn, table, now)
    labels |= {change.row: _new_label(table, change) for change in changes if change.row not in labels}
    read = read_values(conn, table, changes, labels)
    stale = [
        (key, change.version)
        for change in changes
        if change.version is not None
        and (key := ids[change.row]) is not None
        and change.row in now
        and now[change.row]["revision"] != change.version
    ]
    past = rows_at(conn, table, stale)
    drawn = [_drawn(table, change, read.values[change.row], ids, now, past, labels) for change in changes]
    return _judged(conn, table, drawn, read.faults, editor)


def fitting(plan: Plan) -> ChangeSet:
    """The whole plan, ready to be written; raises InvalidChange for faults and StaleChange for conflicts."""
    if plan.faults:
        raise InvalidChange(plan.faults)
    if plan.conflicts:
        raise StaleChange(plan.conflicts)
    return plan.fitting


@dataclass(frozen=True)
class _Drawn:
    """What one change comes to: a row to write, or nothing to do, or why not."""

    row: PlannedRow | None = None
    faults: tuple[Fault, ...] = ()
    clashes: tuple[tuple[str, Row, Row, Row], ...] = ()
    same: bool = False
    key: str = ""
    label: str = ""


def _drawn(
    table: EditableTable,
    change: RowChange,
    values: Mapping[str, Any],
    ids: Mapping[str, tuple[Any, ...] | None],
    now: Mapping[str, Row],
    past: Mapping[str, Row],
    labels: Mapping[str, str],
) -> _Drawn:
    label = labels[change.row]
    if change.version is None:
        return _added(table, change, values, label)
    found = now.get(change.row)
    base = found if found is not None and found["revision"] == change.version else past.get(change.row)
    rule = _refusal(table, change, ids, found, base)
    if rule or found is None or base is None:
        return _Drawn(faults=(Fault(change.row, label, "", rule, change.row),))
    if change.removed:
        others = merging.merged(base, found, {})
        clashes = tuple((name, base, found, {name: None}) for name in others)
        gone = PlannedRow(change.row, label, ids[change.row], found, None)
        return _Drawn(None if clashes else gone, clashes=clashes, key=change.row, label=label)
    clashing = merging.conflicting(base, found, values)
    if clashing:
        return _Drawn(clashes=tuple((name, base, found, values) for name in clashing), key=change.row, label=label)
    after = {**found, **values}
    if after == found:
        return _Drawn(same=True)
    after |= table.constant
    kept = merging.merged(base, found, values)
    return _Drawn(PlannedRow(change.row, label, ids[change.row], found, after, kept))


def _added(table: EditableTable, change: RowChange, values: Mapping[str, Any], label: str) -> _Drawn:
    faults = tuple(
        Fault(change.row, label, field.name, EMPTY, "")
        for field in table.fields
        if field.required and field.name not in change.set
    )
    after = {**values, **table.constant}
    return _Drawn(None if faults else PlannedRow(change.row, label, None, None, after), faults)


def _refusal(
    table: EditableTable,
    change: RowChange,
    ids: Mapping[str, tuple[Any, ...] | None],
    now: Row | None,
    base: Row | None,
) -> str:
    if ids[change.row] is None:
        return NO_ROW
    if now is None:
        return GONE
    if base is None:
        return f"{NO_VERSION}: {change.version}"
    return REMOVED if change.removed and table.retirable else ""


def _judged(
    conn: sa.Connection, table: EditableTable, drawn: Sequence[_Drawn], told: tuple[Fault, ...], editor: Editor
) -> Plan:
    """The rows held against each other and the rest of the table, those without a broken value."""
    faults = [*told, *(fault for one in drawn for fault in one.faults)]
    broken = {fault.row for fault in faults}
    rows = [one.row for one in drawn if one.row is not None and one.row.row not in broken]
    faults += _retired(conn, table, rows)
    faults += foreign(table, editor, rows)
    faults += broken_checks(conn, table, rows)
    faults += taken(conn, table, rows)
    bad = {fault.row for fault in faults}
    conflicts = _conflicts(conn, table, drawn)
    fits = tuple(row for row in rows if row.row not in bad)
    same = sum(one.same for one in drawn)
    return Plan(ChangeSet(table, fits, same), tuple(dict.fromkeys(faults)), conflicts, frozenset(bad))


def _retired(conn: sa.Connection, table: EditableTable, rows: Sequence[PlannedRow]) -> list[Fault]:
    """Newly named rows of other tables that are no longer offered."""
    faults = []
    for field in table.fields:
        if field.parent is None:
            continue
        name = field.column.name
        newly = [row for row in rows if row.after is not None and (row.before is None or name in row.changed)]
        gone = retired_among(conn, field.parent, ((row.after or {}).get(name) for row in newly))
        told = f"is retired among the {field.parent.name}; choose another"
        faults += [
            Fault(row.row, row.label, field.name, told, "") for row in newly if (row.after or {}).get(name) in gone
        ]
    return faults


def _conflicts(conn: sa.Connection, table: EditableTable, drawn: Sequence[_Drawn]) -> tuple[FieldConflict, ...]:
    clashes = [(one, *clash) for one in drawn for clash in one.clashes]
    if not clashes:
        return ()
    names = parent_names(conn, table, (side for _, _, *sides in clashes for side in sides))
    fields = {field.column.name: field for field in table.fields}
    conflicts = []
    for one, column, base, now, wanted in clashes:
        field = fields[column]
        original, current, yours = (
            as_people_say(field, side.get(column), names.get(field.name, {})) for side in (base, now, wanted)
        )
        conflicts.append(FieldConflict(one.key, one.label, field.name, original, current, yours, now["revision"]))
    return tuple(conflicts)


def _new_label(table: EditableTable, change: RowChange) -> str:
    """What a row is called that is not there (yet): the values of its key, where they are given."""
    keys = [field for field in table.fields if field.key] or list(table.fields[:2])
    said = [str(change.set[field.name]) for field in keys if change.set.get(field.name) is not None]
    return ", ".join(said) or f"new {table.name} row" if change.version is None else change.row
