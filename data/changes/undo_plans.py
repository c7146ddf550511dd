"""What undoing a revision of reference data would write, and what stands in its way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from data.changes.editable import EditableTable, editable_tables
from data.changes.kept import Row, row_labels, rows_now
from data.changes.names import ids_of
from data.changes.rules import broken_checks, check_editor, foreign, taken
from data.changes.steps import Step, steps
from data.changes.touched import resting_facts
from data.changes.types import ChangeSet, Editor, Fault, PlannedRow
from data.errors import CannotUndo, UnknownName
from data.loading.tables import members_of
from data.loading.undoing import LoadedFile
from data.models import Load, Revision, RevisionTable
from data.scope import Scope

_MOST_SHOWN = 5


def plan_undo(
    conn: sa.Connection,
    revision: int,
    *,
    editor: Editor,
    rows: Sequence[str] | None = None,
    table: str | None = None,
) -> list[ChangeSet]:
    """What undoing an edit would write, table by table; raises CannotUndo where it cannot be undone (any more)."""
    tables = [found for found in _tables(conn, revision) if table is None or found.name == table]
    plans, reasons = _plans(conn, tables, revision, rows, editor)
    for plan in plans:
        reasons += named_by_facts(conn, plan)
    refuse(revision, reasons)
    kept = [plan for plan in plans if plan.rows]
    if not kept:
        raise CannotUndo(f"revision {revision} has nothing left to undo: everything is as it was before it")
    return kept


def plan_undo_file(conn: sa.Connection, loaded: LoadedFile, *, editor: Editor) -> list[ChangeSet]:
    """What undoing the load of a reference file would write, rows that stay first; nothing where all is as before.

    Members that the file named and nobody knew stay. Facts may still name rows that would go: those that are written
    back first may be what they name them through.
    """
    plans, reasons = _plans(conn, _tables(conn, loaded.revision, loaded.table), loaded.revision, None, editor)
    refuse(loaded.revision, reasons)
    kept = [ChangeSet(plan.table, tuple(row for row in plan.rows if row.after is not None)) for plan in plans]
    gone = [ChangeSet(plan.table, plan.removed) for plan in reversed(plans)]
    return [plan for plan in (*kept, *gone) if plan.rows]


def refuse(revision: int, reasons: Sequence[str]) -> None:
    """Raise CannotUndo where there are reasons."""
    if reasons:
        more = f"; and {len(reasons) - _MOST_SHOWN:,} more" if len(reasons) > _MOST_SHOWN else ""
        raise CannotUndo(f"revision {revision} cannot be undone: {'; '.join(reasons[:_MOST_SHOWN])}{more}")


def named_by_facts(conn: sa.Connection, plan: ChangeSet) -> list[str]:
    """Rows that undoing would remove although facts name them by now."""
    table = plan.table
    gone = {row.row: row for row in plan.removed if row.ids is not None}
    told = []
    for rests in resting_facts(conn, table, [row.ids for row in gone.values() if row.ids], scope=Scope.everything()):
        for row, touched in rests.rows.items():
            told.append(f"{table.label}, {gone[row].label}: {touched.facts:,} {rests.facts_label.lower()} name it")
    return told


def _tables(conn: sa.Connection, revision: int, loaded: str | None = None) -> list[EditableTable]:
    """The tables that the revision changed, in an order in which rows can be written back."""
    if conn.scalar(sa.select(Revision.revision).where(Revision.revision == revision)) is None:
        raise UnknownName(f"no such revision: {revision}")
    stmt = sa.select(RevisionTable.table_name).where(RevisionTable.revision == revision)
    named = set(conn.scalars(stmt))
    known = editable_tables()
    if strange := named - set(known) - {Load.__tablename__}:
        raise CannotUndo(f"revision {revision} changed {', '.join(sorted(strange))}, which nobody edits")
    if loaded is not None:
        named -= {Load.__tablename__, *members_of(loaded)}
    order = [table.name for table in next(iter(known.values())).table.metadata.sorted_tables]
    return [known[name] for name in sorted(named, key=order.index)]


def _plans(
    conn: sa.Connection, tables: Sequence[EditableTable], revision: int, rows: Sequence[str] | None, editor: Editor
) -> tuple[list[ChangeSet], list[str]]:
    plans, reasons = [], []
    for table in tables:
        check_editor(table, editor)
        plan, told = _plan(conn, table, revision, rows, editor)
        plans.append(plan)
        reasons += told
    return plans, reasons


def _plan(
    conn: sa.Connection, table: EditableTable, revision: int, rows: Sequence[str] | None, editor: Editor
) -> tuple[ChangeSet, list[str]]:
    wanted = None if rows is None else [ids for ids in (ids_of(table, row) for row in rows) if ids is not None]
    found = steps(conn, table, scope=Scope.everything(), revisions=[revision], ids=wanted)
    now = rows_now(conn, table, [_ids(table, step) for step in found])
    labels = row_labels(conn, table, {step.row: step.after or step.before or {} for step in found})
    planned: list[PlannedRow] = []
    reasons: list[str] = []
    for step in found:
        row, reason = _undone(table, step, now.get(step.row), labels[step.row])
        if reason:
            reasons.append(f"{table.label}, {labels[step.row]}: {reason}")
        elif row is not None:
            planned.append(row)
    faults: list[Fault] = [*foreign(table, editor, planned)]
    faults += broken_checks(conn, table, planned)
    faults += taken(conn, table, planned)
    reasons += [f"{table.label}, {fault}" for fault in faults]
    return ChangeSet(table, tuple(planned)), reasons


def _undone(table: EditableTable, step: Step, now: Row | None, label: str) -> tuple[PlannedRow | None, str]:
    """The row as it should be again; or why a later edit stands in the way."""
    if step.after is None:
        if now is not None:
            return None, f"it was added again in revision {now['revision']}"
        before = {name: value for name, value in (step.before or {}).items() if name != "revision"}
        return PlannedRow(step.row, label, None, None, before), ""
    if step.before is None:
        if now is not None and any(now[name] != value for name, value in step.after.items() if name != "revision"):
            return None, f"it was changed again in revision {now['revision']}"
        return None if now is None else PlannedRow(step.row, label, _ids(table, step), now, None), ""
    if now is None:
        return None, "it was removed since"
    return _changed_back(table, step, step.before, step.after, now, label)


def _changed_back(
    table: EditableTable, step: Step, before: Row, after: Row, now: Row, label: str
) -> tuple[PlannedRow | None, str]:
    later = [name for name in step.changed if now[name] not in (after[name], before[name])]
    if later:
        fields = {field.column.name: field.name for field in table.fields}
        named = ", ".join(fields.get(name, name) for name in later)
        return None, f"{named} was changed again in revision {now['revision']}"
    wanted = {**now, **{name: before[name] for name in step.changed}}
    return (None if wanted == now else PlannedRow(step.row, label, _ids(table, step), now, wanted)), ""


def _ids(table: EditableTable, step: Step) -> tuple[Any, ...]:
    kept = step.after or step.before or {}
    return tuple(kept[column.name] for column in table.ids)
