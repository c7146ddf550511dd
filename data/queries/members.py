"""The members of a dimension, for pickers."""

from __future__ import annotations

import pandas as pd
import sqlalchemy as sa

from data.errors import UnknownName
from data.frames import read_frame
from data.scope import Scope
from data.semantic.catalog import catalog
from data.semantic.members import every_member
from data.semantic.sources import current
from data.semantic.types import ColumnSpec, Unit


def members(conn: sa.Connection, *, dimension: str, scope: Scope) -> pd.DataFrame:
    """Every member of `dimension` that the caller may pick, in the order of the keys.

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
    frame = read_frame(conn, every_member(declared, checked.graph, current), columns)
    scoped = checked.graph.nearest(declared.grouped_by) is checked.subject.scope_column
    if scoped and scope.stores is not None:
        return frame[frame["key"].isin(scope.stores)].reset_index(drop=True)
    return frame
