"""What an edit is: asked for by row, planned against the database, and refused by row and field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from data.changes.editable import EditableTable
from data.scope import Scope


class RowChange(BaseModel):
    """What somebody wants of one row: the fields that they set, and the version of the row that they had before them.

    Without a version it is a new row, and `row` only tells it from other new ones. `removed` is for tables whose rows
    are not retired.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    row: str = Field(min_length=1, max_length=200)
    version: int | None = Field(default=None, ge=1)
    set: dict[str, JsonValue] = Field(default_factory=dict)
    removed: bool = False


@dataclass(frozen=True)
class Editor:
    """Who edits: a name for the revision, a role, and the stores that they are limited to."""

    username: str
    role: str
    scope: Scope


@dataclass(frozen=True)
class Fault:
    """A rule that a value breaks; `label` is the row as people know it."""

    row: str
    label: str
    field: str
    rule: str
    value: str

    def __str__(self) -> str:
        got = f"; got {self.value!r}" if self.value else ""
        return f"{self.label}, {self.field}: {self.rule}{got}"


@dataclass(frozen=True)
class FieldConflict:
    """A field that somebody else saved meanwhile: what it was, what it is now, and what you want it to be."""

    row: str
    label: str
    field: str
    original: Any
    current: Any
    yours: Any
    revision: int

    def __str__(self) -> str:
        return (
            f"{self.label}, {self.field}: {self.current!r} since revision {self.revision}; it was {self.original!r}, "
            f"yours is {self.yours!r}"
        )


@dataclass(frozen=True, eq=False)
class PlannedRow:
    """One row before and after, by column; `before` is None for a new row, `after` for one that is removed.

    `merged` are columns that somebody else changed meanwhile and that stay as they left them.
    """

    row: str
    label: str
    ids: tuple[Any, ...] | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    merged: tuple[str, ...] = ()

    @property
    def changed(self) -> tuple[str, ...]:
        """The columns that differ."""
        if self.before is None or self.after is None:
            return ()
        return tuple(name for name, value in self.after.items() if value != self.before[name])


@dataclass(frozen=True, eq=False)
class ChangeSet:
    """Checked changes of one table, ready to be written; `same` counts rows that already are as asked."""

    table: EditableTable
    rows: tuple[PlannedRow, ...]
    same: int = 0

    @property
    def added(self) -> tuple[PlannedRow, ...]:
        """The new rows."""
        return tuple(row for row in self.rows if row.before is None)

    @property
    def changed(self) -> tuple[PlannedRow, ...]:
        """The rows that stay and differ."""
        return tuple(row for row in self.rows if row.before is not None and row.after is not None)

    @property
    def removed(self) -> tuple[PlannedRow, ...]:
        """The rows that go."""
        return tuple(row for row in self.rows if row.after is None)


@dataclass(frozen=True, eq=False)
class Plan:
    """All that there is to say about wanted changes: what fits, what breaks a rule, what is in conflict."""

    fitting: ChangeSet
    faults: tuple[Fault, ...] = ()
    conflicts: tuple[FieldConflict, ...] = ()
    faulty: frozenset[str] = field(default=frozenset())
