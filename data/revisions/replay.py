"""The tables as they would be, had only some of the causes between two revisions happened.

A cause is applied the way it was: an edit assigns fields and does nothing to a row that is not there; a load adds its
lines, a restating one removes all lines of its period first; an undo of a load removes that load's lines and adds
those it brought back. With all causes applied in their order, that is the state after the last of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from data.changes.editable import EditableTable, editable_tables
from data.changes.kept import Row
from data.changes.steps import Step, steps
from data.models import Load, history_of
from data.revisions.causes import Cause, FactLoad
from data.scope import Scope
from data.semantic.checked import CheckedSubject
from data.semantic.expressions import Source
from data.semantic.rollups import facts_of, is_stood_for
from data.semantic.sources import as_of, with_changes


class Replay:
    """Gives the tables after any selection of `causes` on top of the revision `base`."""

    def __init__(self, conn: sa.Connection, causes: Sequence[Cause], *, base: int) -> None:
        self.base = base
        self._steps = {table: _steps_by_row(conn, table, causes) for table in _reference_tables(causes)}

    def by_rollups(self, subject: CheckedSubject) -> bool:
        """Whether rollups of the subject give what its facts do, whatever is chosen.

        Members that one stands in for had each change in the same revision, so they stay alike in any selection. Not
        where one of them came or went: the facts of a member that is not there are not joined, those of others are.
        """
        return all(
            step.before is not None and step.after is not None
            for table, by_row in self._steps.items()
            if is_stood_for(table.table, subject)
            for found in by_row.values()
            for step in found
        )

    def source(self, chosen: Collection[Cause]) -> Source:
        """The tables with the chosen causes applied, in the order in which they happened."""
        applied = sorted(chosen, key=lambda cause: cause.revision)
        source = _with_facts(as_of(self.base), self.base, applied)
        for table, by_row in self._steps.items():
            revisions = {cause.revision for cause in applied if table.name in cause.tables}
            if revisions:
                source = _with_rows(source, table, by_row, revisions)
        return source


def _reference_tables(causes: Iterable[Cause]) -> list[EditableTable]:
    named = {name for cause in causes for name in cause.tables}
    return [table for name, table in editable_tables().items() if name in named]


def _steps_by_row(conn: sa.Connection, table: EditableTable, causes: Iterable[Cause]) -> dict[str, list[Step]]:
    """What happened to each row, oldest first. What a caller may see of the facts is the facts' own matter."""
    revisions = sorted({cause.revision for cause in causes if table.name in cause.tables})
    by_row: dict[str, list[Step]] = defaultdict(list)
    for step in reversed(steps(conn, table, scope=Scope.everything(), revisions=revisions)):
        by_row[step.row].append(step)
    return by_row


def _with_rows(source: Source, table: EditableTable, by_row: Mapping[str, list[Step]], revisions: set[int]) -> Source:
    rows: list[Row] = []
    gone: list[tuple[Any, ...]] = []
    keys = [column.name for column in table.ids]
    for found in by_row.values():
        row = _row_after(found, revisions)
        if row is not None:
            rows.append(row)
        else:
            known = found[0].before or found[0].after or {}
            gone.append(tuple(known[name] for name in keys))
    return with_changes(source, table.table, rows, gone)


def _row_after(found: Sequence[Step], revisions: set[int]) -> Row | None:
    """The row with the assignments of some revisions; None where it is not there."""
    row = found[0].before
    for step in found:
        if step.revision not in revisions:
            continue
        if step.after is None:
            row = None
        elif step.before is None:
            row = {**(row or {}), **step.after}
        elif row is not None:
            row = {**row, **{name: step.after[name] for name in step.changed}}
    return row


def _with_facts(source: Source, base: int, applied: Sequence[Cause]) -> Source:
    loads: dict[str, list[FactLoad]] = defaultdict(list)
    for cause in applied:
        if cause.load is not None:
            loads[cause.load.table].append(cause.load)

    @cache
    def read(table: sa.Table) -> sa.FromClause:
        name = facts_of(table)
        if name not in loads or "load_id" not in table.columns or table.schema is not None:
            return source(table)
        return _facts(table, base, loads[name]).subquery(table.name)

    return read


def _facts(table: sa.Table, base: int, loads: Sequence[FactLoad]) -> sa.CompoundSelect[Any]:
    """Lines known at the base that no chosen load ended, and the lines of the chosen loads that no later one ended."""
    past = history_of(table)
    known = sa.select(Load.load_id).where(Load.revision <= base)
    branches = []
    for rows in (table, past):
        kept = [rows.c.load_id.in_(known), *(sa.not_(_ended(rows, load)) for load in loads)]
        if rows is past:
            kept.append(past.c.ended_by_load.in_(sa.select(Load.load_id).where(Load.revision > base)))
        added = [_of_load(rows, load, loads[at + 1 :]) for at, load in enumerate(loads)]
        columns = [rows.c[column.name] for column in table.columns]
        branches += [sa.select(*columns).where(*kept), sa.select(*columns).where(sa.or_(*added))]
    return sa.union_all(*branches)


def _of_load(rows: sa.FromClause, load: FactLoad, later: Sequence[FactLoad]) -> sa.ColumnElement[bool]:
    found = [rows.c.load_id == load.load_id, *(sa.not_(_ended(rows, other)) for other in later)]
    dated = rows.c[load.dated]
    if load.since is not None:
        found.append(dated >= load.since)
    if load.before is not None:
        found.append(dated < load.before)
    return sa.and_(*found)


def _ended(rows: sa.FromClause, load: FactLoad) -> sa.ColumnElement[bool]:
    """Whether the load ends a line that was there before it."""
    if load.reverts is not None:
        mine = rows.c.load_id == load.reverts
        # Lines of the load that came back by an earlier undo carry that one's number; the history knows who ended them.
        return sa.or_(mine, rows.c.ended_by_load == load.load_id) if "ended_by_load" in rows.c else mine
    if load.replaced is None:
        return sa.false()
    dated = rows.c[load.dated]
    return sa.and_(dated >= load.replaced[0], dated < load.replaced[1])
