"""What a file of a table looks like, read off its model: its columns, and what its rows name in other tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from data.errors import CatalogError
from data.loading.columns import file_column, header_of, in_files
from data.loading.parse import FileColumn
from data.loading.placeholders import key_of, takes_inferred
from data.loading.reference import Parent, ReferenceTable
from data.loading.texts import Text


@dataclass(frozen=True)
class Shape:
    """The columns of a file; the rows that it names (`parents`, by name or key), and the members that it may add.

    `members` are tables by column: what a row names there and the table lacks becomes an inferred member of it.
    """

    columns: tuple[FileColumn, ...]
    parents: tuple[Parent, ...]
    members: dict[str, str]


def shape_of(table: sa.Table, joined: Mapping[str, sa.Column[Any]] | None = None) -> Shape:
    """The shape of the table's files; `joined` are columns of other tables, by the column that refers to them."""
    columns: list[FileColumn] = []
    parents: list[Parent] = []
    members: dict[str, str] = {}
    for column in filter(in_files, table.columns):
        target = _target(column) if joined is None or column.name not in joined else joined[column.name]
        read = file_column(column)
        if target is not None and takes_inferred(target.table) and target is key_of(target.table):
            members[column.name] = target.table.name
        elif target is not None:
            parent = _parent(column, target)
            parents.append(parent)
            if column.name not in parent.names.values():
                staged = next(iter(parent.names.values()))
                read = FileColumn(read.name, Text(), staged, required=read.required, nullable=read.nullable)
        columns.append(read)
    return Shape(tuple(columns), tuple(parents), members)


def derived_reference(table: sa.Table) -> ReferenceTable:
    """How files of a reference table are loaded that has no declaration of its own."""
    shape = shape_of(table)
    named = {column.name for column in table.columns}
    return ReferenceTable(
        table.name,
        shape.columns,
        _natural_key(table),
        parents=shape.parents,
        members=shape.members,
        constant={"inferred": False} if "inferred" in named else {},
        ordered={"start_on", "end_on"} <= named,
        derived=True,
    )


def _target(column: sa.Column[Any]) -> sa.Column[Any] | None:
    key = next(iter(column.foreign_keys), None)
    return None if key is None else key.column


def _parent(column: sa.Column[Any], target: sa.Column[Any]) -> Parent:
    """By its name where the database numbers its rows, for no file knows those numbers; by the key otherwise."""
    table = target.table
    name = _name_of(table)
    if target.identity is not None and name is not None:
        return Parent(table.name, column.name, {name: f"named_{column.name}"}, header_of(column))
    return Parent(table.name, column.name, {target.name: column.name}, header_of(column))


def _name_of(table: sa.Table) -> str | None:
    """The one text by which people know the table's rows."""
    for key in _unique_keys(table):
        if len(key) == 1 and isinstance(table.c[key[0]].type, sa.Text):
            return key[0]
    return None


def _natural_key(table: sa.Table) -> tuple[str, ...]:
    if key_of(table).identity is None:
        return tuple(column.name for column in table.primary_key.columns)
    keys = _unique_keys(table)
    if not keys:
        raise CatalogError(f"{table.name}: its rows have no key that a file could give; declare one as unique")
    return keys[0]


def _unique_keys(table: sa.Table) -> list[tuple[str, ...]]:
    constraints = [item for item in table.constraints if isinstance(item, sa.UniqueConstraint)]
    return sorted(tuple(column.name for column in constraint.columns) for constraint in constraints)
