"""What revisions did to the rows of a table: each row before and after, field by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from data.changes.editable import EditableTable
from data.changes.kept import Row, parent_names, row_labels
from data.changes.names import row_id
from data.changes.values import as_people_say
from data.models import history_of
from data.scope import Scope
from data.semantic.expressions import is_one_of

ADDED, CHANGED, REMOVED = "added", "changed", "removed"


@dataclass(frozen=True, eq=False)
class Step:
    """One row in one revision; `before` is None where it was added, `after` where it was removed."""

    revision: int
    row: str
    before: Row | None
    after: Row | None

    @property
    def kind(self) -> str:
        """`added`, `changed` or `removed`."""
        return ADDED if self.before is None else REMOVED if self.after is None else CHANGED

    @property
    def changed(self) -> tuple[str, ...]:
        """The columns that differ, where the row was there before and after."""
        if self.before is None or self.after is None:
            return ()
        before = self.before
        return tuple(name for name, value in self.after.items() if name != "revision" and value != before[name])


@dataclass(frozen=True)
class FieldStep:
    """One field of one row in one revision, as people write it; `field` is empty for a row added or removed."""

    revision: int
    row: str
    label: str
    kind: str
    field: str
    before: Any
    after: Any


def steps(
    conn: sa.Connection,
    table: EditableTable,
    *,
    scope: Scope,
    revisions: Sequence[int] | None = None,
    ids: Sequence[tuple[Any, ...]] | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[Step]:
    """What the revisions did to the table, or to rows with these keys; newest revision first, rows by key.

    A caller limited to stores sees the rows of those stores where the table has a store.
    """
    past = history_of(table.table)
    names = [column.name for column in table.table.columns]
    now = sa.select(*(table.table.c[name] for name in names))
    was = sa.select(*(past.c[name] for name in names))
    gone = sa.select(past.c.until_revision, *(past.c[name] for name in names))
    if revisions is not None:
        numbers = sa.literal(list(revisions), sa.ARRAY(sa.BigInteger))
        now = now.where(table.table.c.revision == sa.func.any(numbers))
        was = was.where(past.c.revision == sa.func.any(numbers))
        gone = gone.where(past.c.until_revision == sa.func.any(numbers))
    if ids is not None:
        now = now.where(is_one_of([table.table.c[name] for name in _keys(table)], list(ids)))
        was, gone = (stmt.where(is_one_of([past.c[name] for name in _keys(table)], list(ids))) for stmt in (was, gone))
    return _paired(conn, table, sa.union_all(now, was).subquery("after"), gone.subquery("ended"), scope, limit, offset)


def _paired(
    conn: sa.Connection,
    table: EditableTable,
    after: sa.Subquery,
    ended: sa.Subquery,
    scope: Scope,
    limit: int | None,
    offset: int,
) -> list[Step]:
    """Each version that a revision wrote beside the one that it ended; either may be missing."""
    same = sa.and_(*(ended.c[name] == after.c[name] for name in _keys(table)))
    number = sa.func.coalesce(after.c.revision, ended.c.until_revision)
    row_keys = [sa.func.coalesce(after.c[name], ended.c[name]) for name in _keys(table)]
    sides = [column.label(f"{side}_{column.name}") for side, rows in (("a", after), ("b", ended)) for column in rows.c]
    stmt = (
        sa.select(number.label("number"), *sides)
        .select_from(after.join(ended, sa.and_(same, ended.c.until_revision == after.c.revision), full=True))
        .order_by(number.desc(), *row_keys)
        .limit(limit)
        .offset(offset)
    )
    store = table.store_column
    if scope.stores is not None and store is not None:
        allowed = sorted(scope.stores)
        stmt = stmt.where(sa.or_(ended.c[store.name].in_(allowed), after.c[store.name].in_(allowed)))
    return [_step(table, row) for row in conn.execute(stmt).mappings()]


def _step(table: EditableTable, row: Mapping[Any, Any]) -> Step:
    sides = []
    for side in "ba":
        values = {column.name: row[f"{side}_{column.name}"] for column in table.table.columns}
        sides.append(None if values["revision"] is None else values)
    before, after = sides
    kept = after or before or {}
    return Step(row["number"], row_id([kept[name] for name in _keys(table)]), before, after)


def _keys(table: EditableTable) -> list[str]:
    return [column.name for column in table.ids]


def field_steps(conn: sa.Connection, table: EditableTable, found: Sequence[Step]) -> list[FieldStep]:
    """The same, a field at a time and as people write values; keys of other rows become the names they have now."""
    sides = [side for step in found for side in (step.before, step.after) if side is not None]
    names = parent_names(conn, table, sides)
    labels = row_labels(conn, table, {step.row: step.after or step.before or {} for step in found})
    told: list[FieldStep] = []
    for step in found:
        label = labels[step.row]
        if step.kind != CHANGED:
            told.append(FieldStep(step.revision, step.row, label, step.kind, "", None, None))
            continue
        for field in table.fields:
            if field.column.name in step.changed:
                known = names.get(field.name, {})
                old, new = (
                    as_people_say(field, (side or {}).get(field.column.name), known)
                    for side in (step.before, step.after)
                )
                told.append(FieldStep(step.revision, step.row, label, step.kind, field.name, old, new))
    return told
