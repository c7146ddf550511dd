"""The fact tables that files may fill: what their files look like, and which of their columns is the business date."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from data.errors import CatalogError
from data.loading.constraints import checks_of
from data.loading.parse import FileColumn
from data.loading.shapes import Shape, shape_of
from data.models import versioned_tables
from data.semantic.catalog import catalog

_BY_DATE = re.compile(r"range \((\w+)\)\Z", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Facts:
    """A table of facts: what people call it, and the columns of other tables that its columns refer to."""

    name: str
    table: sa.Table
    joined: Mapping[str, sa.Column[Any]]

    @cached_property
    def shape(self) -> Shape:
        """The columns of its files, and what their rows name; raises CatalogError where the model does not say."""
        if checks_of(self.table):
            raise CatalogError(
                f"{self.table.name}: facts have no checks, or no month could be added; use info least, most"
            )
        shape = shape_of(self.table, self.joined)
        filled = {column.target for column in shape.columns} | {parent.column for parent in shape.parents}
        if self.instant is not None:
            if self.instant not in filled or self.table.c[self.instant].nullable:
                raise CatalogError(f"{self.table.name}.{self.dated}: date_of must name a column that every row fills")
            filled.add(self.dated)
        lacking = [name for name in self.key if name not in filled]
        if lacking:
            raise CatalogError(f"{self.table.name}: files must fill its whole key; not {', '.join(lacking)}")
        return shape

    @property
    def key(self) -> list[str]:
        """The columns by which a row is known again."""
        return [column.name for column in self.table.primary_key.columns]

    @property
    def dated(self) -> str:
        """The column that holds the business date: the one by which the table is partitioned."""
        found = _BY_DATE.match(str(partitioning(self.table)))
        if found is None or found[1] not in self.table.columns:
            raise CatalogError(f"{self.table.name} must be partitioned by range of its business date")
        return found[1]

    @property
    def instant(self) -> str | None:
        """The column whose instant decides the business date; None where files give the date itself."""
        given = self.table.c[self.dated].info.get("date_of")
        return None if given is None else str(given)

    def header_of(self, target: str) -> str:
        """The header of the file's column that fills, names or decides the column `target`."""
        if target == self.dated and self.instant is not None:
            target = self.instant
        headers = {parent.column: parent.header for parent in self.shape.parents}
        return headers.get(target) or self._column(target).name

    def _column(self, target: str) -> FileColumn:
        return next(column for column in self.shape.columns if column.target == target)


def partitioning(table: sa.Table) -> str | None:
    """How the table is partitioned; None where it is not."""
    given = table.dialect_options["postgresql"].get("partition_by")
    return None if given is None else str(given)


def fact_tables() -> dict[str, Facts]:
    """Every fact table by the name of its subject, or by its own where no subject is about it."""
    found = {}
    for table in versioned_tables():
        if "load_id" in table.columns and partitioning(table) is not None:
            facts = _facts(table)
            found[facts.name] = facts
    return found


def _facts(table: sa.Table) -> Facts:
    for subject in (checked.subject for checked in catalog().subjects):
        if subject.facts is table:
            joins = [(join.left, join.right) for join in subject.joins]
            joined = {
                left.name: right
                for left, right in joins
                if isinstance(left, sa.Column) and isinstance(right, sa.Column) and left.table is table
            }
            return Facts(subject.name, table, joined)
    return Facts(table.name, table, {})
