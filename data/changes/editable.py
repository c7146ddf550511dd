"""The tables that people may edit, and their fields: read off the models and the declarations of their files.

What a value must be is declared once, for files and for edits alike (`data.loading`). A model adds what only people
need to read, or takes a table or a column out of editing, by `info`:

- of a table: `label`, `help`; `editable`: False for what only files fill; `editors`: who may edit (`manager`).
- of a column: `label`, `help`; `editable`: False for what the database or loading keeps.

Without `help`, it is the column's comment, and the first line of the model's docstring.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast

import sqlalchemy as sa

from data.errors import UnknownName
from data.loading.checks import Kind
from data.loading.columns import header_of, in_files, kind_of
from data.loading.reference import ReferenceTable
from data.loading.tables import loaded_table, reference_names
from data.models import Base

RETIRED = "retired"
_KEPT = ("inferred", "sample")


@dataclass(frozen=True, eq=False)
class Field:
    """One value of a row as people see it; `name` is what files and changes call it.

    `key` fields say which row it is and are given when it is added, never changed. `parent` is the table whose rows
    the value names. `fixed` fields are shown and kept by the database. An empty value becomes `default`, or nothing
    where `nullable`.
    """

    name: str
    label: str
    help: str
    column: sa.Column[Any]
    kind: Kind
    key: bool = False
    fixed: bool = False
    nullable: bool = False
    default: str | None = None
    parent: sa.Table | None = None

    @property
    def required(self) -> bool:
        """Whether a new row has to give it."""
        return not (self.nullable or self.fixed or self.default is not None or self.column.server_default is not None)


@dataclass(frozen=True, eq=False)
class EditableTable:
    """A reference table that people edit; `editors` is the least role that may."""

    name: str
    label: str
    help: str
    table: sa.Table
    fields: tuple[Field, ...]
    editors: str = "manager"
    constant: dict[str, object] = field(default_factory=dict)

    @property
    def ids(self) -> tuple[sa.Column[Any], ...]:
        """The primary key's columns, in order."""
        return tuple(self.table.primary_key.columns)

    @property
    def numbered(self) -> bool:
        """Whether the database numbers the rows."""
        return self.ids[0].identity is not None

    @property
    def retirable(self) -> bool:
        """Whether rows are retired; those of other tables are removed."""
        return RETIRED in self.table.columns

    @property
    def store_column(self) -> sa.Column[Any] | None:
        """The column that says which store a row belongs to, for people who are limited to stores."""
        return self.table.columns.get("store_id")

    def field(self, name: str) -> Field:
        """The field of that name; raises UnknownName with those that there are."""
        for found in self.fields:
            if found.name == name:
                return found
        names = ", ".join(found.name for found in self.fields)
        raise UnknownName(f"{self.name} has no column {name!r}; it has {names}")


@cache
def editable_tables() -> dict[str, EditableTable]:
    """Every editable table by name, in the order in which they are declared."""
    names = [name for name in reference_names() if Base.metadata.tables[name].info.get("editable", True)]
    return {name: _editable(name) for name in names}


def editable_table(name: str) -> EditableTable:
    """The table of that name; raises UnknownName with those that there are."""
    tables = editable_tables()
    if name not in tables:
        raise UnknownName(f"table must be one of {', '.join(tables)}; got {name!r}")
    return tables[name]


def _editable(name: str) -> EditableTable:
    table, declared = Base.metadata.tables[name], cast("ReferenceTable", loaded_table(name))
    shown = [column for column in table.columns if in_files(column) or column.name in _KEPT]
    return EditableTable(
        name,
        str(table.info.get("label") or _words(name)),
        str(table.info.get("help") or _first_line(table)),
        table,
        tuple(_field(column, declared) for column in shown),
        str(table.info.get("editors", "manager")),
        declared.constant,
    )


def _field(column: sa.Column[Any], declared: ReferenceTable) -> Field:
    file = next((found for found in declared.columns if found.target == column.name), None)
    key = next(iter(column.foreign_keys), None)
    name = file.name if file is not None else header_of(column)
    given = getattr(column.server_default, "arg", None)
    return Field(
        name,
        str(column.info.get("label") or _words(name)),
        str(column.info.get("help") or column.comment or ""),
        column,
        file.kind if file is not None else kind_of(column),
        key=column.primary_key,
        fixed=column.name in _KEPT or not column.info.get("editable", True),
        nullable=bool(column.nullable),
        default=given if isinstance(given, str) and isinstance(column.type, sa.Text) else None,
        parent=None if key is None else key.column.table,
    )


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _first_line(table: sa.Table) -> str:
    for mapper in Base.registry.mappers:
        if mapper.local_table is table:
            return (mapper.class_.__doc__ or "").strip().splitlines()[0].replace("`", "")
    return ""
