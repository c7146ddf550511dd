"""The members of a dimension, for pickers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data.errors import UnknownName
from data.frames import read_frame
from data.measured import timed
from data.scope import Scope
from data.semantic.catalog import catalog
from data.semantic.members import every_member, key_literal
from data.semantic.sources import rows_at
from data.semantic.types import ColumnSpec, Unit


@timed("members")
def members(
    conn: sa.Connection,
    *,
    dimension: str,
    scope: Scope,
    search: str = "",
    keys: Sequence[Any] | None = None,
    limit: int | None = None,
    revision: int | None = None,
) -> pd.DataFrame:
    """The members of `dimension` that the caller may pick, now or as of `revision`, in the order of the keys.

    `search` leaves those whose key or label has the text in it, `keys` those named, `limit` so many.

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
    return read_frame(conn, stmt, columns)
