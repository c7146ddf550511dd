"""What a rollup may declare: dimensions and measures that can be told from what it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from data.errors import CatalogError
from data.semantic.expressions import Expression, columns_of, plain, tables_of
from data.semantic.graph import JoinGraph
from data.semantic.rollup_rows import COUNT, ROW_COUNT, finer_of
from data.semantic.rollups import members_of
from data.semantic.types import PERIOD, Aggregation, Dimension, Grain, Measure, Rollup

if TYPE_CHECKING:
    from data.semantic.checked import CheckedSubject


def check_rollup(checked: CheckedSubject, rollup: Rollup) -> None:
    """Raise CatalogError for what the rollup names and cannot answer, with the column that it lacks."""
    held = _Held(rollup, checked.graph, plain(checked.subject.business_date))
    held.check("the business date", [checked.subject.business_date])
    held.check_days()
    for name in rollup.dimensions:
        if name not in checked.dimensions:
            raise CatalogError(f"rollup {rollup.name!r}: no such dimension: {name!r}")
        held.check_dimension(checked.dimensions[name])
    for name in rollup.measures:
        if name not in checked.measures:
            raise CatalogError(f"rollup {rollup.name!r}: no such measure: {name!r}")
        held.check_measure(checked.measures[name])
    for name in rollup.counts:
        _check_count(checked, rollup, name)


def _check_count(checked: CheckedSubject, rollup: Rollup, name: str) -> None:
    """Rows tell a number of entities where each is in one place, and it is known which have several rows."""
    start = f"rollup {rollup.name!r}: measure {name!r}"
    measure = checked.measures.get(name)
    finer = finer_of(rollup, checked)
    if measure is None or finer is None or finer.repeats is None or name not in finer.measures:
        raise CatalogError(f"{start} is not counted by a rollup that tells what it repeats")
    if ROW_COUNT not in rollup.table.columns:
        raise CatalogError(f"{start} is counted by rows, and the table has no {ROW_COUNT}")
    for dimension in (PERIOD, *rollup.dimensions):
        if dimension not in measure.fixes and not _is_of(dimension, rollup.apart, checked):
            raise CatalogError(f"{start} is counted by rows, and does not fix {dimension!r}")
    if measure.ignores or not (rollup.apart or set(rollup.dimensions) <= set(finer.dimensions)):
        raise CatalogError(f"{start} is counted by rows, and looked at otherwise in {finer.name}")


def _is_of(name: str, apart: str, checked: CheckedSubject) -> bool:
    """Whether a dimension is the one whose members are counted one by one, or tells of its member what that is."""
    if not apart or name == PERIOD:
        return False
    dimension = checked.dimensions[name]
    if name == apart or dimension.bridge is not None:
        return name == apart
    key = checked.graph.nearest(checked.dimensions[apart].grouped_by)
    reached = _reached([checked.graph.nearest(dimension.grouped_by)], checked.graph)
    return bool(reached) and all(path and path[0].left is key for path in map(checked.graph.path, reached))


class _Held:
    """The columns that a rollup holds, and those of members that its stand-ins share with them."""

    def __init__(self, rollup: Rollup, graph: JoinGraph, dated: Expression) -> None:
        self.rollup = rollup
        self.graph = graph
        self.dated = dated
        self.members = members_of(rollup, graph)

    def check_days(self) -> None:
        """What is read by day beside whole weeks or months has the same columns; a fact counts as one line."""
        days = self.rollup.days
        if days is None:
            return
        for column in self.rollup.table.columns:
            of_facts = {COUNT, ROW_COUNT if self.rollup.apart else COUNT} if days is self.graph.facts else set()
            if column.name not in {*days.columns.keys(), *of_facts}:
                raise CatalogError(f"rollup {self.rollup.name!r}: {days.name} by day lacks {column.name}")

    def check_dimension(self, dimension: Dimension) -> None:
        read = [dimension.key, dimension.grouped_by, dimension.display]
        if dimension.bridge is not None:
            read = [dimension.bridge.condition]
        what = f"dimension {dimension.name!r}"
        expressions = [self.graph.nearest(expression) for expression in read if expression is not None]
        self.check(what, expressions)
        if self.rollup.grain is not Grain.DAY and self.dated in set(_columns_of(expressions)):
            raise CatalogError(f"rollup {self.rollup.name!r}: {what} reads {self.dated}, a whole {self.rollup.grain}")

    def check_measure(self, measure: Measure) -> None:
        if measure.expression is None:
            return
        what = f"measure {measure.name!r}"
        if measure.aggregation is Aggregation.DISTINCT:
            self.check(what, [measure.expression])
        else:  # what it adds up may depend on what all members have in common
            self._check_columns(what, _columns_of([measure.expression]), may_ask_members=True)

    def check(self, what: str, expressions: Iterable[Expression]) -> None:
        read = list(expressions)
        paths = [step for table in _reached(read, self.graph) for step in self.graph.path(table)]
        steps = [step.left for step in paths if step.left is not self.rollup.stands_for]
        self._check_columns(what, _columns_of([*read, *steps]))

    def _check_columns(self, what: str, columns: Iterator[sa.Column[Any]], *, may_ask_members: bool = False) -> None:
        rollup, stands_for = self.rollup, self.rollup.stands_for
        start = f"rollup {rollup.name!r}: {what} reads"
        for column in columns:
            if column is stands_for and not may_ask_members:
                raise CatalogError(f"{start} {column.name}, for which one member stands in")
            if column.table is self.graph.facts and column.name not in rollup.table.columns:
                raise CatalogError(f"{start} {column.name}, which the table does not have")
            if column.table is self.members and not column.primary_key and column not in set(rollup.shared):
                raise CatalogError(f"{start} {column.name} of {column.table.name}, which its members do not share")


def _columns_of(expressions: Iterable[Expression]) -> Iterator[sa.Column[Any]]:
    return (column for expression in expressions for column in columns_of(expression))


def _reached(expressions: Iterable[Expression], graph: JoinGraph) -> list[sa.Table]:
    found = {table for expression in expressions for table in tables_of(expression)}
    return sorted((table for table in found if table in graph.tables), key=lambda table: table.name)
