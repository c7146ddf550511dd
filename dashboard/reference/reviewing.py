"""A draft held against the database: what it would do, what rests on it, and what stands in its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from dashboard.auth import User
from dashboard.reference.acting import editor_of
from data.changes.editable import EditableTable
from data.changes.effect import Effect
from data.changes.kept import parent_names
from data.changes.planning import plan_changes
from data.changes.touched import Rests, naming_rows, resting_facts
from data.changes.types import Plan, PlannedRow, RowChange
from data.changes.values import as_people_say
from data.queries.revisions import current_revision
from data.semantic.types import ColumnSpec, Unit

ADD, REMOVE, RETIRE = "add the row", "remove the row", "retire"


@dataclass(frozen=True, eq=False)
class Review:
    """What the page of a review shows, as of `revision`. `rests` are the facts on the changed rows, by subject."""

    table: EditableTable
    revision: int
    plan: Plan
    rests: tuple[Rests, ...]
    naming: dict[str, dict[str, int]]
    names: dict[str, dict[Any, Any]]

    @property
    def rows(self) -> tuple[PlannedRow, ...]:
        """The rows that fit."""
        return self.plan.fitting.rows

    @property
    def can_be_saved(self) -> bool:
        """Whether nothing stands in the way."""
        return bool(self.rows) and not self.plan.faults and not self.plan.conflicts

    @property
    def merged(self) -> int:
        """How many rows somebody else changed meanwhile in other fields."""
        return sum(bool(row.merged) for row in self.rows)

    @property
    def retired(self) -> tuple[PlannedRow, ...]:
        """Rows that would be retired."""
        return tuple(row for row in self.rows if "retired" in row.changed and row.after and row.after["retired"])


def review_of(conn: sa.Connection, table: EditableTable, changes: Sequence[RowChange], *, user: User) -> Review:
    """The review of these changes in the snapshot of `conn`; raises NotAllowed."""
    plan = plan_changes(conn, table, changes, editor=editor_of(user))
    ids = [row.ids for row in plan.fitting.rows if row.ids is not None]
    sides = [side for row in plan.fitting.rows for side in (row.before, row.after) if side is not None]
    return Review(
        table,
        current_revision(conn),
        plan,
        tuple(resting_facts(conn, table, ids, scope=user.scope)),
        naming_rows(conn, table, ids),
        parent_names(conn, table, sides),
    )


def difference(review: Review) -> tuple[pd.DataFrame, tuple[ColumnSpec, ...]]:
    """One row for each value that changes, and for each row that is added or removed: what it was, and would be.

    Columns: row (label), field, before, after (str), then facts (int64) and money (cents, int64) that rest on the row
    for each subject that has any, the rows with the most money first.
    """
    told = [_told(review, row, name) for row in review.rows for name in (row.changed or ("",))]
    columns = [
        ColumnSpec("label", "Row", Unit.TEXT),
        ColumnSpec("field", "What", Unit.TEXT),
        ColumnSpec("before", "Now", Unit.TEXT),
        ColumnSpec("after", "In your draft", Unit.TEXT),
    ]
    for rests in review.rests:
        columns.append(ColumnSpec(f"facts_{rests.subject}", rests.facts_label, Unit.COUNT, "that name the row"))
        if rests.money_label:
            columns.append(ColumnSpec(f"money_{rests.subject}", rests.money_label, Unit.CENTS, "over all dates"))
    frame = pd.DataFrame(told, columns=["row", *(column.name for column in columns)])
    money = [column.name for column in columns if column.unit is Unit.CENTS]
    return frame.sort_values(money, ascending=False, kind="stable", ignore_index=True) if money else frame, tuple(
        columns
    )


def _told(review: Review, row: PlannedRow, name: str) -> list[Any]:
    field = next((field for field in review.table.fields if field.column.name == name), None)
    resting: list[Any] = []
    for rests in review.rests:
        touched = rests.rows.get(row.row)
        resting.append(touched.facts if touched else 0)
        if rests.money_label:
            resting.append(touched.money if touched else 0)
    if field is None:
        what = ADD if row.before is None else REMOVE
        values = row.after if row.before is None else row.before
        said = _row_in_words(review, dict(values or {}))
        return [
            row.row,
            row.label,
            what,
            "" if row.before is None else said,
            said if row.before is None else "",
            *resting,
        ]
    known = review.names.get(field.name, {})
    before, after = (as_people_say(field, (side or {}).get(name), known) for side in (row.before, row.after))
    return [row.row, row.label, field.label, in_words(before), in_words(after), *resting]


def _row_in_words(review: Review, values: dict[str, Any]) -> str:
    said = [
        f"{field.label}: {in_words(as_people_say(field, values[field.column.name], review.names.get(field.name, {})))}"
        for field in review.table.fields
        if not field.fixed and values.get(field.column.name) is not None
    ]
    return ", ".join(said)


def in_words(value: Any) -> str:
    """A value as people read it in a list of changes."""
    if value is None:
        return "(empty)"
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def effect_frame(found: Sequence[Effect]) -> pd.DataFrame:
    """The effects under each other, money in units of currency: metric, by, member, before, after, change (float64)."""
    parts = []
    for effect in found:
        scale = 100 if effect.metric.unit is Unit.CENTS else 1
        numbers = effect.frame[["before", "after", "change"]] / scale
        parts.append(numbers.assign(metric=effect.metric.label, by=effect.dimension.label, member=effect.frame["key"]))
    columns = ["metric", "by", "member", "before", "after", "change"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
