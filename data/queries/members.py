"""The members of a dimension, for pickers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data.cache import ResultCache
from data.errors import UnknownName
from data.frames import read_frame
from data.measured import timed
from data.queries.revisions import last_revisions
from data.scope import Scope
from data.semantic.catalog import catalog
from data.semantic.expressions import Statement, all_tables_of
from data.semantic.members import every_member, key_literal
from data.semantic.sources import rows_at
from data.semantic.types import ColumnSpec, Unit


def members(
    conn: sa.Connection,
    *,
    dimension: str,
    scope: Scope,
    search: str = "",
    keys: Sequence[Any] | None = None,
    limit: int | None = None,
    revision: int | None = None,
    cache: ResultCache | None = None,
) -> pd.DataFrame:
    """The members of `dimension` that the caller may pick, now or as of `revision`, in the order of the keys.

    `search` leaves those whose key or label has the text in it, `keys` those named, `limit` so many. In a `cache`, they
    are kept until one of their tables changes.

    One row is a member; columns key (the dimension's natural key: str or int64) and label (str). Empty where the
    tables are. A caller limited to stores is offered those stores alone. Sources: the dimension's reference tables.
    Raises UnknownName.
    """
    for checked in catalog().subjects:
        if dimension in checked.dimensions:
            break
    else:
        raise UnknownName(f"no such dimension: {dimension!r}")
    declared = checked.dimensions[dimension]
    columns = (ColumnSpec("key", declared.label, declared.unit), ColumnSpec("label", declared.label, Unit.TEXT))
    listed = every_member(declared, checked.graph, rows_at(revision)).subquery("listed")
    stmt = sa.select(listed.c.key, listed.c.label).order_by(listed.c.key).limit(limit)
    if search:
        texts = (sa.cast(listed.c.key, sa.Text), listed.c.label)
        stmt = stmt.where(sa.or_(*(text.icontains(search, autoescape=True) for text in texts)))
    if keys is not None:
        stmt = stmt.where(listed.c.key.in_([key_literal(declared, key) for key in keys]))
    if scope.stores is not None and checked.graph.nearest(declared.grouped_by) is checked.subject.scope_column:
        stmt = stmt.where(listed.c.key.in_(sorted(scope.stores)))
    if cache is None:
        return _read(conn, stmt, columns)
    tables = sorted({table.name for table in all_tables_of(stmt)})
    rests_on = last_revisions(conn, tables=tables) if revision is None else revision
    key = ("members", dimension, scope, search, None if keys is None else tuple(keys), limit, rests_on)
    found = cache.get(key)
    if found is None:
        found = _read(conn, stmt, columns)
        cache.put(key, found)
    return found


@timed("members")
def _read(conn: sa.Connection, stmt: Statement, columns: Sequence[ColumnSpec]) -> pd.DataFrame:
    return read_frame(conn, stmt, columns)
