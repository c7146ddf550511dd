"""Compiles a query over metrics and dimensions into one SELECT. Pure: it reads no database.

The statement is built in stages, each a CTE where it is needed:

1. `grouped`: the rows of a stream (facts, or a plan) in the period, scope and filters, grouped by members, bucket and
   distinct entities (baskets ...); once for the query's period, once for the one that it is compared with;
2. `folded`: members beyond the top become one, the others;
3. for each level (the rows asked for, then the totals) sums, and one count for each distinct entity: exact, because an
   entity is counted once whatever the level spans;
4. `found`: all of these, and zeros for buckets in which nothing happened, added up by level and keys, so that what is
   on one side of a comparison only is kept;
5. the result: wider measures and names are joined last, to few rows; ratios are ratios of totals.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from data.scope import Scope
from data.semantic.expressions import Source, Statement, all_tables_of
from data.semantic.levels import LevelRows
from data.semantic.question import Query
from data.semantic.registry import Catalog
from data.semantic.result import Result
from data.semantic.rollups import facts_of, rollups_among
from data.semantic.types import ColumnSpec


@dataclass(frozen=True, eq=False)
class Compiled:
    """A statement with the columns it answers in, the tables whose revisions it rests on, and the rollups it reads."""

    statement: Statement
    columns: tuple[ColumnSpec, ...]
    tables: tuple[str, ...]
    rollups: tuple[str, ...] = ()


def compile_query(
    query: Query,
    *,
    catalog: Catalog,
    source: Source,
    scope: Scope,
    by_rollups: bool = False,
    by_day: bool = False,
    edited: sa.Table | None = None,
) -> Compiled:
    """The statement that answers `query` over the rows that `source` gives and `scope` allows.

    `by_rollups` lets it read the coarsest table that gives the same answer. That holds for rows as they are now or were
    at a revision. Where a draft is laid over the rows of a table, `edited`, only rollups know in which none of its
    members stands for others. Of facts that are chosen by their date, only those know whose rows are of one day each:
    `by_day`.
    """
    rows = LevelRows(
        query, catalog.subject_of(query), source, scope, by_rollups=by_rollups, by_day=by_day, edited=edited
    )
    answer = Result(rows)
    statement = answer.statement()
    read = all_tables_of(statement)
    tables = tuple(sorted({facts_of(table) for table in read}))
    return Compiled(statement, answer.columns(), tables, rollups_among(read))
