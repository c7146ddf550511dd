"""Every member of every dimension as texts to search in, kept until one of the tables that name them changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from data.cache import ResultCache
from data.frames import read_frame
from data.models import Load
from data.models.loads import stands
from data.queries.revisions import last_revisions
from data.scope import Scope
from data.semantic.catalog import catalog
from data.semantic.checked import CheckedSubject
from data.semantic.expressions import Statement, all_tables_of, tables_of
from data.semantic.facts import FactRows
from data.semantic.members import described_members, is_row
from data.semantic.sources import current
from data.semantic.streams import Stream
from data.semantic.types import ColumnSpec, Dimension, Unit

FLAGS = ("retired", "inferred")
RECENT_DAYS = 28
NOWHERE = 9
_BREAK = "\n"


@dataclass(frozen=True, eq=False)
class Searched:
    """A dimension whose members can be found, with its subject; the first subject that has one by that name."""

    subject: CheckedSubject
    dimension: Dimension

    @property
    def statement(self) -> Statement | None:
        """Every member with its names and flags; None for those that the declaration names."""
        if self.dimension.names:
            return None
        return described_members(self.dimension, self.subject.graph, current, flags=FLAGS)

    @property
    def counted(self) -> bool:
        """Whether facts name the members themselves, so that it is cheap to say how often each was met lately."""
        graph = self.subject.graph
        return is_row(self.dimension) and tables_of(graph.nearest(self.dimension.grouped_by)) == {graph.facts}


@dataclass(frozen=True)
class Revisions:
    """The last revision of every table that the index, or what is counted beside it, rests on."""

    of: dict[str, int]

    @classmethod
    def read(cls, conn: sa.Connection) -> Revisions:
        """All of them in one statement."""
        named = {
            table.name for one in searched() if one.statement is not None for table in all_tables_of(one.statement)
        }
        facts = {one.subject.subject.facts.name for one in searched()}
        return cls(dict(last_revisions(conn, tables=sorted(named | facts))))

    def of_statement(self, stmt: Statement) -> tuple[tuple[str, int], ...]:
        """Those of the tables that a statement reads."""
        names = sorted(table.name for table in all_tables_of(stmt))
        return tuple((name, self.of.get(name, 0)) for name in names)


def searched() -> Iterator[Searched]:
    """Every dimension with members that are listed somewhere; not one that only facts have."""
    seen: set[str] = set()
    for checked in catalog().subjects:
        for dimension in checked.dimensions.values():
            of_facts = tables_of(dimension.grouped_by) == {checked.subject.facts}
            if dimension.name not in seen and (dimension.names or not of_facts):
                seen.add(dimension.name)
                yield Searched(checked, dimension)


def member_texts(
    conn: sa.Connection, one: Searched, revisions: Revisions, *, cache: ResultCache | None
) -> pd.DataFrame:
    """The members of a dimension, whoever may see them.

    One row is a member; columns member (as facts have it), key, label (str), retired and inferred (bool), and text:
    its label and its key in lower case, each in a line of its own with one blank before every word.
    """
    stmt, dimension = one.statement, one.dimension
    if stmt is None:
        keys, labels = zip(*dimension.names, strict=True)
        fixed = pd.DataFrame({"member": keys, "key": keys, "label": pd.Series(labels, dtype="str")})
        return with_text(fixed.assign(**dict.fromkeys(FLAGS, False)))
    kept = ("search", dimension.name, catalog().digest, revisions.of_statement(stmt))
    found = None if cache is None else cache.get(kept)
    if found is None:
        rows = conn.execute(stmt).all()
        found = with_text(_frame_of(rows))
        if cache is not None:
            cache.put(kept, found)
    return found


def member_words(
    one: Searched, frame: pd.DataFrame, revisions: Revisions, *, cache: ResultCache | None
) -> frozenset[str]:
    """The words of letters alone in the texts of a dimension, `frame` being all of its members."""
    stmt = one.statement
    kept = ("words", one.dimension.name, catalog().digest, () if stmt is None else revisions.of_statement(stmt))
    found = None if cache is None else cache.get(kept)
    if found is None:
        words = {word for text in frame["text"] for word in text.split() if word.isalpha()}
        found = pd.DataFrame({"word": pd.Series(sorted(words), dtype="str")})
        if cache is not None:
            cache.put(kept, found)
    return frozenset(found["word"])


def met_lately(
    conn: sa.Connection, one: Searched, revisions: Revisions, *, scope: Scope, cache: ResultCache | None
) -> pd.Series:
    """How many facts of the last 28 business dates name each member, in the stores of `scope`: counts by member."""
    facts = one.subject.subject.facts
    kept = ("met lately", one.dimension.name, scope, catalog().digest, revisions.of.get(facts.name, 0))
    found = None if cache is None else cache.get(kept)
    if found is None:
        columns = (ColumnSpec("member", one.dimension.label, Unit.INTEGER), ColumnSpec("facts", "Facts", Unit.COUNT))
        found = read_frame(conn, _lately_stmt(one, scope), columns)
        if cache is not None:
            cache.put(kept, found)
    return pd.Series(found["facts"].to_numpy(), index=found["member"].to_numpy())


def _lately_stmt(one: Searched, scope: Scope) -> Statement:
    subject = one.subject.subject
    rows = FactRows(Stream(one.subject, one.subject.graph, ()), current)
    last = sa.select(sa.func.max(Load.last_on)).where(Load.table_name == subject.facts.name, stands()).scalar_subquery()
    member = rows.read(one.dimension.grouped_by).label("member")
    recent = rows.day() > last - RECENT_DAYS
    conditions = rows.conditions(None, None, (), scope)
    return (
        sa.select(member, sa.func.count().label("facts"))
        .select_from(rows.from_clause())
        .where(recent, *conditions)
        .group_by(member)
    )


def _frame_of(rows: Sequence[Sequence[Any]]) -> pd.DataFrame:
    names = ("member", "key", "label", *FLAGS)
    values = list(zip(*rows, strict=True)) or [()] * len(names)
    types = {"label": "str", **dict.fromkeys(FLAGS, "bool")}
    return pd.DataFrame(
        {name: pd.Series(list(v), dtype=types.get(name)) for name, v in zip(names, values, strict=True)}
    )


def with_text(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with the text of each label and key."""
    lines = [_normal(frame["label"]), _normal(frame["key"].astype("str"))]
    return frame.assign(text=_BREAK + lines[0] + _BREAK + lines[1] + _BREAK)


def _normal(texts: pd.Series) -> pd.Series:
    # One run of what is neither letter nor digit is one blank; the same as `words_in` makes of a text.
    return " " + texts.str.lower().str.replace(r"[\W_]+", " ", regex=True).str.strip()


def places_of(texts: pd.Series, words: tuple[str, ...]) -> np.ndarray:
    """The place of each text, as `Asked.place` gives it for its lines; one beyond the last where it does not fit."""
    phrase = " ".join(words)
    within = np.ones(len(texts), dtype=bool)
    begun = within.copy()
    for word in words:
        within &= texts.str.contains(word, regex=False).to_numpy(dtype=bool)
    fits = texts[within]
    begun = np.ones(len(fits), dtype=bool)
    for word in words:
        begun &= fits.str.contains(f" {word}", regex=False).to_numpy(dtype=bool)
    starts = fits.str.contains(f"{_BREAK} {phrase}", regex=False).to_numpy(dtype=bool)
    exact = fits.str.contains(f"{_BREAK} {phrase}{_BREAK}", regex=False).to_numpy(dtype=bool)
    places = np.full(len(texts), NOWHERE)
    places[within] = np.select([exact, starts, begun], [0, 1, 2], 3)
    return places
