"""The join paths of a subject: from its facts to every table that its measures and dimensions read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import sqlalchemy as sa

from data.errors import CatalogError
from data.semantic.expressions import Expression
from data.semantic.types import Join


class JoinGraph:
    """Many-to-one steps out of a fact table: those declared, and the foreign keys of the tables reached by them."""

    def __init__(self, facts: sa.Table, declared: tuple[Join, ...]) -> None:
        self.facts = facts
        self._arrival: dict[sa.Table, Join] = {}
        self._grow(declared)

    def reaches(self, table: sa.Table) -> bool:
        """Whether a path of many-to-one steps leads from the facts to the table."""
        return table is self.facts or table in self._arrival

    @property
    def tables(self) -> frozenset[sa.Table]:
        """Every table that a path leads to, without the facts."""
        return frozenset(self._arrival)

    def path(self, table: sa.Table) -> list[Join]:
        """The steps from the facts to the table, first step first."""
        steps: list[Join] = []
        while table is not self.facts:
            if table not in self._arrival:
                raise CatalogError(f"there is no join path from {self.facts.name} to {table.name}")
            step = self._arrival[table]
            steps.append(step)
            table = _table(step.left)
        return steps[::-1]

    def nearest(self, column: Expression) -> Expression:
        """The same value, read one join earlier where the column is the key that a join arrives at."""
        if isinstance(column, sa.Column):
            step = self._arrival.get(column.table)
            if step is not None and step.right is column:
                return step.left
        return column

    def _grow(self, declared: tuple[Join, ...]) -> None:
        reached = [self.facts]
        for table in reached:
            for step in _steps_from(table, declared):
                target = _table(step.right)
                if target is self.facts or target in self._arrival:
                    continue
                self._arrival[target] = step
                reached.append(target)
        for step in declared:
            if not self.reaches(_table(step.left)):
                raise CatalogError(f"the join from {step.left} starts at a table that {self.facts.name} does not reach")


def _steps_from(table: sa.Table, declared: tuple[Join, ...]) -> Iterator[Join]:
    yield from (step for step in declared if _table(step.left) is table)
    for key in sorted(table.foreign_keys, key=lambda key: str(key.parent)):
        if not key.parent.nullable:  # a step that may lead nowhere would lose rows
            yield Join(key.parent, key.column)


def _table(column: Expression) -> sa.Table:
    return cast("sa.Column[Any]", column).table
