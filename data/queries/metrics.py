"""The answer to any query over the catalog, with the statement that gave it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

import pandas as pd
import sqlalchemy as sa
import sqlparse
from sqlalchemy.dialects import postgresql
from sqlparse.exceptions import SQLParseError

from data.bulk import MANY_ROWS, read_bulk
from data.cache import ResultCache
from data.frames import read_frame
from data.measured import timed
from data.models import Load
from data.queries.prepared import Prepared, prepared, statement_of
from data.queries.revisions import last_revisions
from data.scope import Scope
from data.semantic.catalog import catalog
from data.semantic.compile import compile_query
from data.semantic.expressions import Source, Statement
from data.semantic.question import Query
from data.semantic.types import ColumnSpec
from data.written import Written


@dataclass(frozen=True, eq=False)
class Result:
    """A frame, what its columns are, and what writes the statement that gives it.

    The statement of a past revision gives the same rows whenever it is run, whatever has changed by then.
    """

    frame: pd.DataFrame
    columns: tuple[ColumnSpec, ...]
    statement: Callable[[], Statement]
    rollups: tuple[str, ...] = ()

    @property
    def sql(self) -> str:
        """The statement as text; written when asked for, because that takes longer than a cached answer.

        Where it reads rollups in place of the facts, its first line names them.
        """
        text = sql_text(self.statement())
        word = "rollup" if len(self.rollups) == 1 else "rollups"
        return f"-- reads the {word} {' and '.join(self.rollups)}\n{text}" if self.rollups else text


def metric_result(
    conn: sa.Connection,
    query: Query,
    *,
    scope: Scope,
    cache: ResultCache | None = None,
    revision: int | None = None,
    source: Source | None = None,
    by_rollups: bool = False,
    by_day: bool = False,
) -> Result:
    """The figures of `query` at the current revision, as of `revision`, or over the rows of another `source`.

    Rollups answer in place of the facts where they can; over another `source` only with `by_rollups`, and with
    `by_day` only those whose rows are of one day. Where the limit allows many rows, they come by Arrow.

    One row is a combination of the query's members and time buckets; one row in all where it names none.
    Columns: `period` (datetime64, first day of the bucket) where a grain is asked for; for each dimension its natural
    key, and `<dimension>_label` where people read something else; then the metrics, money in cents (int64), ratios
    float64 and NaN where the denominator is zero. Sorted as asked, then by the keys. Without any matching facts: no
    rows, or one row of zeros where there is neither dimension nor grain.
    Business dates in `[start, end)`; sources: the subject's facts and reference tables. Raises UnknownName,
    InvalidFilter and UsageError.
    """
    read = read_bulk if (query.limit or 0) > MANY_ROWS else read_frame
    if source is None:
        asked = prepared(query, scope=scope, revision=revision)
        frame = _frame(conn, query, asked, scope, cache, revision, read)
        return Result(frame, asked.columns, partial(statement_of, query, scope=scope, revision=revision), asked.rollups)
    found = compile_query(query, catalog=catalog(), source=source, scope=scope, by_rollups=by_rollups, by_day=by_day)
    with _timed(query, found.rollups):
        frame = read(conn, found.statement, found.columns)
    return Result(frame, found.columns, lambda: found.statement, found.rollups)


def sql_text(stmt: Statement) -> str:
    """The statement as PostgreSQL would read it, values in place, formatted for people."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    compiled = stmt.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    text = str(compiled)
    try:
        return str(sqlparse.format(text, reindent=True, keyword_case="lower"))
    except SQLParseError:  # longer than it formats: as the compiler wrote it, in lines of its own
        return text


def _frame(
    conn: sa.Connection,
    query: Query,
    asked: Prepared,
    scope: Scope,
    cache: ResultCache | None,
    revision: int | None,
    reader: Callable[[sa.Connection, Written, tuple[ColumnSpec, ...]], pd.DataFrame],
) -> pd.DataFrame:
    def read() -> pd.DataFrame:
        with _timed(query, asked.rollups):
            return reader(conn, _fastest(conn, query, asked, scope, revision).written, asked.columns)

    if cache is None:
        return read()
    key = _key(conn, query, asked, scope, revision)
    found = cache.get(key)
    if found is None:
        found = read()
        cache.put(key, found)
    return found


def _timed(query: Query, rollups: tuple[str, ...]) -> AbstractContextManager[None]:
    return timed("rolled_up" if rollups else "figures", catalog().subject_of(query).subject.name)


def tables_behind(query: Query, *, scope: Scope) -> tuple[str, ...]:
    """The tables that the answer of now is read from. Raises what `metric_result` raises."""
    return prepared(query, scope=scope).tables


def answer_key(conn: sa.Connection, query: Query, *, scope: Scope, revision: int | None = None) -> Hashable:
    """What the answer rests on: as long as it is the same, so are the figures. Raises what `metric_result` raises."""
    return _key(conn, query, prepared(query, scope=scope, revision=revision), scope, revision)


def _key(conn: sa.Connection, query: Query, asked: Prepared, scope: Scope, revision: int | None) -> Hashable:
    rests_on = last_revisions(conn, tables=asked.tables) if revision is None else revision
    return query, scope, catalog().digest, rests_on


def _fastest(conn: sa.Connection, query: Query, asked: Prepared, scope: Scope, revision: int | None) -> Prepared:
    """What gives the same rows in this snapshot sooner: a table that no later revision touched needs no history.

    Facts are read without theirs only where reference tables are, too. The planner has no statistics of a table joined
    to its history; with such a one on one side alone it was measured to hash the facts, which took longer.
    """
    if revision is None:
        return asked
    last = dict(last_revisions(conn, tables=asked.tables))
    facts = {catalog().subject_of(query).subject.facts.name, Load.__tablename__}
    unchanged = {name for name in last if last[name] <= revision}
    if not last.keys() - facts <= unchanged:
        unchanged -= facts
    return prepared(query, scope=scope, revision=revision, unchanged=frozenset(unchanged))
