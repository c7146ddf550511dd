"""The single facts behind a figure."""

from __future__ import annotations

import sqlalchemy as sa

from data.bulk import MANY_ROWS, read_bulk
from data.frames import read_frame
from data.measured import timed
from data.queries.metrics import Result
from data.scope import Scope
from data.semantic.catalog import catalog
from data.semantic.details import Lines, detail_columns, line_count_stmt, lines_stmt
from data.semantic.sources import rows_at


def fact_lines(conn: sa.Connection, asked: Lines, *, scope: Scope, revision: int | None = None) -> Result:
    """The facts that `asked` names, at the current revision or as of `revision`.

    One row is a fact; the columns are the details that its subject declares, in their order. Sorted by business date,
    then by the facts' key; no rows where nothing matches. Business dates in `[start, end)`, at most `limit` rows from
    `offset` on. Sources: the subject's facts and reference tables. Raises UnknownName, InvalidFilter and UsageError.
    """
    subject = catalog().subject(asked.subject)
    stmt, columns = lines_stmt(asked, subject, rows_at(revision), scope), detail_columns(subject)
    with timed("lines", asked.subject):
        return Result(
            (read_bulk if asked.limit > MANY_ROWS else read_frame)(conn, stmt, columns), columns, lambda: stmt
        )


def fact_line_count(conn: sa.Connection, asked: Lines, *, scope: Scope, revision: int | None = None) -> int:
    """How many facts there are that `asked` names, its limit and offset aside."""
    subject = catalog().subject(asked.subject)
    return int(conn.execute(line_count_stmt(asked, subject, rows_at(revision), scope)).scalar_one())
