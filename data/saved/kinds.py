"""What a kind of saved thing is: its tables, its words, and what it holds besides a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

import sqlalchemy as sa

from data.errors import DataError, Stale


class Content(Protocol):
    """What is saved: a frozen dataclass with these fields, and with those of its kind."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def description(self) -> str: ...  # noqa: D102
    @property
    def folder(self) -> str: ...  # noqa: D102
    @property
    def shared(self) -> bool: ...  # noqa: D102


C = TypeVar("C", bound=Any)


@dataclass(frozen=True)
class Saved(Generic[C]):
    """A thing's newest version, with whose it is and who saved it last (instants in UTC)."""

    number: int
    version: int
    content: C
    owner_id: int
    owner: str
    saved_by: str
    saved_at: datetime
    favourite: bool


@dataclass(frozen=True)
class SavedVersion(Generic[C]):
    """What a thing was when somebody saved it."""

    version: int
    content: C
    saved_by: str
    saved_at: datetime


S = TypeVar("S", bound=Saved[Any])


@dataclass(frozen=True, eq=False)
class Kind(Generic[S, C]):
    """The tables of a kind, joined by its key, and how rows become what people saved, and back.

    `read` takes a row of the versions and the newest state; `written` gives the columns that versions keep besides
    name, description, folder and whether it is shared; `fixed` those that are written once, with the first version.
    `tidy` raises the kind's error for what cannot be kept.
    """

    noun: str
    table: sa.Table
    versions: sa.Table
    favourites: sa.Table
    key: str
    make: Callable[..., S]
    read: Callable[[Any, C | None], C]
    written: Callable[[C], Mapping[str, object]]
    tidy: Callable[[C], C]
    unknown: type[DataError]
    not_yours: type[DataError]
    invalid: type[DataError]
    stale: type[Stale]
    fixed: Callable[[C], Mapping[str, object]] = lambda _: {}

    @property
    def id(self) -> sa.Column[int]:
        """The key in the table of newest states."""
        return self.table.c[self.key]
