"""What rests on reference rows: the facts of each, their money, and rows of other tables that name them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from data.changes.editable import EditableTable
from data.changes.names import row_id
from data.models import versioned_tables
from data.scope import Scope
from data.semantic.catalog import catalog
from data.semantic.checked import CheckedSubject
from data.semantic.expressions import is_one_of, tables_of
from data.semantic.facts import FactRows
from data.semantic.rollups import rollup_by
from data.semantic.sources import current
from data.semantic.streams import Stream
from data.semantic.types import Aggregation, Measure, Unit

_FACTS = Measure("facts", Aggregation.ROWS)  # for a subject that does not count them


@dataclass(frozen=True)
class Touched:
    """The facts that name a row, directly or through other tables; `money` is the subject's first amount, in cents."""

    row: str
    facts: int
    money: int


@dataclass(frozen=True)
class Rests:
    """The facts of a subject on some rows: what they are called, and how many there are of each row."""

    subject: str
    facts_label: str
    money_label: str
    rows: dict[str, Touched]

    @property
    def facts(self) -> int:
        """The facts on all of the rows together."""
        return sum(row.facts for row in self.rows.values())

    @property
    def money(self) -> int:
        """Their money, in cents."""
        return sum(row.money for row in self.rows.values())


def resting_facts(
    conn: sa.Connection, table: EditableTable, ids: Sequence[tuple[Any, ...]], *, scope: Scope
) -> list[Rests]:
    """For each subject whose facts reach the table: facts and money on each of these rows, over all dates.

    Rows without facts are left out. A caller limited to stores sees what rests on those stores.
    """
    if len(table.ids) != 1 or not ids:
        return []
    found = []
    for subject in catalog().subjects:
        if subject.graph.reaches(table.table):
            found.append(_rests(conn, table, subject, [key for (key,) in ids], scope))
    return found


def naming_rows(conn: sa.Connection, table: EditableTable, ids: Sequence[tuple[Any, ...]]) -> dict[str, dict[str, int]]:
    """How many rows of each other table name each of these rows: by row id, by table."""
    found: dict[str, dict[str, int]] = {}
    if len(table.ids) != 1 or not ids:
        return found
    for other in versioned_tables():
        for key in other.foreign_keys:
            if key.column is not table.ids[0] or "revision" not in other.columns:
                continue
            stmt = sa.select(key.parent, sa.func.count()).where(is_one_of([key.parent], list(ids))).group_by(key.parent)
            for named, count in conn.execute(stmt):
                kept = found.setdefault(row_id([named]), {})
                kept[other.name] = kept.get(other.name, 0) + int(count)
    return found


def _rests(conn: sa.Connection, table: EditableTable, subject: CheckedSubject, keys: list[Any], scope: Scope) -> Rests:
    money = _money(subject)
    counted = next((m for m in subject.subject.measures if m.aggregation is Aggregation.ROWS), _FACTS)
    measures = (counted,) if money is None else (counted, money)
    stream = Stream(subject, subject.graph, measures)
    rows = FactRows(replace(stream, rollup=rollup_by(stream, table.ids[0], scope)), current)
    key = sa.type_coerce(rows.read(table.ids[0]), table.ids[0].type)
    found = [rows.aggregate(measure) for measure in measures]
    stmt = sa.select(key, found[0], sa.literal(0) if money is None else found[1])
    stmt = stmt.where(is_one_of([key], [(value,) for value in keys]), *rows.conditions(None, None, (), scope))
    told = {
        row_id([named]): Touched(row_id([named]), int(count), int(cents))
        for named, count, cents in conn.execute(stmt.select_from(rows.from_clause()).group_by(key))
    }
    label = next((metric.label for metric in subject.subject.metrics if money and metric.measure == money.name), "")
    called = next((m.label for m in subject.subject.metrics if m.measure == counted.name), "facts")
    return Rests(subject.subject.name, called, label, told)


def _money(subject: CheckedSubject) -> Measure | None:
    """The measure of the subject's first metric that is an amount of money in its facts."""
    measures = {
        measure.name: measure
        for measure in subject.subject.measures
        if measure.expression is not None and tables_of(measure.expression) == {subject.subject.facts}
    }
    for metric in subject.subject.metrics:
        found = measures.get(metric.measure or "")
        if metric.unit is Unit.CENTS and found is not None and found.plan is None:
            return found
    return None
