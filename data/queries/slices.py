"""The part of the sales that a curated question is about, and its answer from the cache where nothing has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
import sqlalchemy as sa

from data.cache import ResultCache
from data.errors import UnknownName
from data.frames import read_frame
from data.measured import timed
from data.queries.metrics import Result
from data.queries.revisions import last_revisions
from data.scope import Scope
from data.semantic.catalog import catalog
from data.semantic.checked import CheckedSubject
from data.semantic.expressions import Expression, Source, Statement, all_tables_of, plain
from data.semantic.facts import FactRows
from data.semantic.members import check_filter, named_members
from data.semantic.question import Filter, Query
from data.semantic.rollups import Terms, at_once, facts_of, repeats_of, rollups_among
from data.semantic.sides import Dates, sides_of
from data.semantic.sources import rows_at
from data.semantic.streams import Stream
from data.semantic.types import ColumnSpec, Dimension, Grain
from data.written import Written, written

SUBJECT = "sales"


@dataclass(frozen=True)
class Slice:
    """Sales lines of business dates in `[start, end)` that the filters keep and the scope allows.

    Now, or as of `revision`. The filters are those of the semantic layer, on the dimensions of sales.
    """

    start: date | None
    end: date
    scope: Scope
    filters: tuple[Filter, ...] = ()
    revision: int | None = None

    def __post_init__(self) -> None:
        for item in self.filters:
            check_filter(item, self.dimension(item.dimension))

    @property
    def subject(self) -> CheckedSubject:
        """Sales."""
        return catalog().subject(SUBJECT)

    def dimension(self, name: str) -> Dimension:
        """The declaration of a dimension of sales; raises UnknownName."""
        if name not in self.subject.dimensions:
            raise UnknownName(f"no such dimension: {name!r}")
        return self.subject.dimensions[name]

    @property
    def source(self) -> Source:
        """The rows of the tables at the slice's revision."""
        return rows_at(self.revision)

    def lines(self, **columns: Expression) -> Statement:
        """The lines, with these expressions over the tables of the subject as columns."""
        return self._rows(Stream(self.subject, self.subject.graph, ()), columns)

    def added_up(self, measure: str, grain: Grain, **columns: Expression) -> Statement:
        """The lines, or what the coarsest rollup adds up of them that counts by `measure` and `grain`.

        The columns must need no more than that: keys of the rollup, dates no finer than the grain, and sums.
        """
        return self._rows(self._coarsest(measure, grain), columns)

    def repeated(self, measure: str, grain: Grain, **columns: Expression) -> Statement | None:
        """Of what `added_up` gives, the rows of entities that have several; None where any may have."""
        again = repeats_of(self._coarsest(measure, grain))
        return None if again is None else self._rows(again, columns)

    def _coarsest(self, measure: str, grain: Grain) -> Stream:
        query = Query(("net_sales",), (), grain, self.start, self.end, filters=self.filters)
        stream = Stream(self.subject, self.subject.graph, (self.subject.measures[measure],))
        return at_once(stream, Terms(query, self.scope, sides_of(query)))

    def _rows(self, stream: Stream, columns: Mapping[str, Expression]) -> Statement:
        rows = FactRows(stream, self.source, dates=Dates(self.start, self.end))
        named = [rows.read(plain(expression)).label(name) for name, expression in columns.items()]
        conditions = rows.conditions(self.start, self.end, self.filters, self.scope)
        return sa.select(*named).select_from(rows.from_clause()).where(*conditions)

    def names(self, dimension: str, alias: str) -> sa.Subquery:
        """The members of a dimension with its own tables: `member` as lines have it, its natural `key`, its `label`."""
        return named_members(self.dimension(dimension), self.subject.graph, self.source).subquery(alias)


def answer(
    conn: sa.Connection,
    asked: Slice,
    stmt: Statement,
    columns: Sequence[ColumnSpec],
    cache: ResultCache | None,
    *,
    derived_from: Sequence[str] = (),
) -> Result:
    """The rows of the statement; kept under what was asked and the revisions of the tables that it reads.

    `derived_from` are the tables behind a derived one, which has no revisions of its own.
    """
    frame = _frame(conn, asked, stmt, tuple(columns), cache, derived_from)
    return Result(frame, tuple(columns), lambda: stmt, rollups_among(all_tables_of(stmt)))


def _frame(
    conn: sa.Connection,
    asked: Slice,
    stmt: Statement,
    columns: tuple[ColumnSpec, ...],
    cache: ResultCache | None,
    derived_from: Sequence[str],
) -> pd.DataFrame:
    if cache is None:
        return _read(conn, stmt, columns)
    tables = sorted({*map(facts_of, all_tables_of(stmt)), *derived_from})
    rests_on = last_revisions(conn, tables=tables) if asked.revision is None else asked.revision
    # The statement's own text and values tell questions apart, whoever wrote it.
    told = written(stmt)
    said = (told.text, tuple(sorted((name, str(value)) for name, value in told.values.items())))
    key = (said, columns, asked.scope, catalog().digest, rests_on)
    found = cache.get(key)
    if found is None:
        found = _read(conn, told, columns)
        cache.put(key, found)
    return found


@timed("analysis", SUBJECT)
def _read(conn: sa.Connection, stmt: Statement | Written, columns: tuple[ColumnSpec, ...]) -> pd.DataFrame:
    return read_frame(conn, stmt, columns)
