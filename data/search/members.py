"""The members of every dimension by what people call them, those that fit best first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

import pandas as pd
import sqlalchemy as sa

from data.cache import ResultCache
from data.scope import Scope
from data.search.index import NOWHERE, Revisions, Searched, member_texts, member_words, met_lately, places_of, searched
from data.search.words import Asked, Place
from data.semantic.members import belongs_to, members_in_scope
from data.semantic.types import Dimension


@dataclass(frozen=True)
class FoundMember:
    """A member, and how well it fits; `facts` says how many facts of the last 28 days name it, where that is known."""

    dimension: Dimension
    key: Any
    label: str
    place: Place
    retired: bool = False
    inferred: bool = False
    facts: int | None = None


@dataclass(frozen=True)
class FoundMembers:
    """The best members of one dimension, and how many there are in all."""

    dimension: Dimension
    best: tuple[FoundMember, ...]
    count: int


class MemberSearch:
    """The members that a caller may see, in one snapshot; each dimension is read once.

    What is searched is kept in `cache` until a table that names members changes, so that a search of all dimensions
    takes one statement, and one more for each dimension with more than it shows whose facts were not counted yet.
    Members of stores outside of `scope`, and regions without any store in it, are not found.
    """

    def __init__(self, conn: sa.Connection, *, scope: Scope, cache: ResultCache | None) -> None:
        self._conn, self._scope, self._cache = conn, scope, cache
        self._revisions = Revisions.read(conn)
        self._frames: dict[str, pd.DataFrame] = {}  # what the caller may see
        self._whole: dict[str, pd.DataFrame] = {}

    def found(self, asked: Asked, *, most: int, dimensions: Iterable[str] | None = None) -> list[FoundMembers]:
        """The members that fit, at most so many of each dimension; dimensions without any are left out.

        The exact name or key first, then names that begin so, then those that have the words; of equals those that
        facts name most often lately, and retired ones last.
        """
        wanted = None if dimensions is None else set(dimensions)
        if not asked.words:
            return []
        every = (one for one in searched() if wanted is None or one.dimension.name in wanted)
        groups = (self._of(one, asked, most) for one in every)
        return [group for group in groups if group.count]

    def words(self) -> set[str]:
        """Every word by which a member that the caller may see can be called."""
        return set[str]().union(*(self._words(one) for one in searched()))

    def _of(self, one: Searched, asked: Asked, most: int) -> FoundMembers:
        frame = self._frame(one)
        places = places_of(frame["text"], asked.words)
        fits = places < NOWHERE
        found = frame[fits].assign(place=places[fits])
        facts = None
        if one.counted and len(found):
            counted = met_lately(self._conn, one, self._revisions, scope=self._scope, cache=self._cache)
            facts = found["member"].map(counted).fillna(0).astype("int64")
        ranked = found.assign(facts=0 if facts is None else facts, long=found["label"].str.len()).sort_values(
            ["place", "retired", "facts", "long", "label"], ascending=[True, True, False, True, True]
        )
        best = tuple(
            FoundMember(
                one.dimension, _plain(row.key), str(row.label), Place(row.place), bool(row.retired),
                bool(row.inferred), None if facts is None else int(row.facts),
            )
            for row in cast("Iterable[Any]", ranked.head(most).itertuples(index=False))
        )  # fmt: skip
        return FoundMembers(one.dimension, best, len(found))

    def _words(self, one: Searched) -> frozenset[str]:
        frame = self._frame(one)
        # The words of a part of the members are not kept: whose part it is would have to be a part of the key.
        whole = frame is self._whole.get(one.dimension.name)
        return member_words(one, frame, self._revisions, cache=self._cache if whole else None)

    def _frame(self, one: Searched) -> pd.DataFrame:
        name = one.dimension.name
        if name not in self._frames:
            frame = self._whole[name] = member_texts(self._conn, one, self._revisions, cache=self._cache)
            self._frames[name] = self._seen(one, frame)
        return self._frames[name]

    def _seen(self, one: Searched, frame: pd.DataFrame) -> pd.DataFrame:
        """The members that the caller may know of."""
        column, graph = one.subject.subject.scope_column, one.subject.graph
        if self._scope.stores is None or column is None or not belongs_to(one.dimension, graph, column):
            return frame
        stmt = members_in_scope(one.dimension, graph, column, sorted(self._scope.stores))
        return frame[frame["member"].isin(list(self._conn.scalars(stmt)))]


def _plain(key: Any) -> Any:
    return key.item() if hasattr(key, "item") else key
