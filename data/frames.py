"""Select in, checked frame out: every column has the dtype that its declaration says, also when there are no rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from data.errors import FrameError
from data.semantic.expressions import Statement
from data.semantic.types import ColumnSpec, Unit
from data.written import Written

_NUMBERS = frozenset({"int64", "float64"})
_DAYS = frozenset({date, type(None)})


def read_frame(conn: sa.Connection, stmt: Statement | Written, columns: Sequence[ColumnSpec]) -> pd.DataFrame:
    """The rows of `stmt` with exactly `columns`, in their order and dtypes; raises FrameError where they differ."""
    result = _run(conn, stmt)
    names = list(result.keys())
    expected = [column.name for column in columns]
    if names != expected:
        raise FrameError(f"columns must be {', '.join(expected)}; the statement gave {', '.join(names)}")
    return frame_of(result.all(), columns)


def _run(conn: sa.Connection, stmt: Statement | Written) -> sa.CursorResult[Any] | sa.Result[Any]:
    if isinstance(stmt, Written):
        return conn.exec_driver_sql(stmt.text, dict(stmt.values) or None)
    return conn.execute(stmt)


def frame_of(rows: Sequence[Sequence[Any]], columns: Sequence[ColumnSpec]) -> pd.DataFrame:
    """The rows as a frame with exactly `columns`, in their dtypes."""
    values = zip(*rows, strict=True) if rows else ([] for _ in columns)
    # As arrays, which need not be aligned with each other by an index.
    arrays = {column.name: _array(column, list(found)) for column, found in zip(columns, values, strict=True)}
    return pd.DataFrame(arrays, copy=False)


def _array(column: ColumnSpec, listed: list[Any]) -> Any:
    if column.dtype in _NUMBERS:
        found = np.array(listed)  # nothing to be turned into something else: most columns, and soon done
        if found.dtype == column.dtype:
            return found
    if column.unit is Unit.DATE and {type(one) for one in listed} <= _DAYS:
        return np.array(listed, dtype=column.dtype)
    return _series(column, listed).array


def _series(column: ColumnSpec, listed: list[Any]) -> pd.Series:
    if column.dtype == "int64" and None in listed:
        raise FrameError(f"column {column.name} must not be empty; it is in row {listed.index(None) + 1}")
    if column.unit is Unit.DATE:
        return pd.Series(pd.to_datetime(listed), dtype=column.dtype)
    if column.unit is Unit.INSTANT:
        return pd.Series(pd.to_datetime(listed, utc=True), dtype=column.dtype)
    return pd.Series(listed, dtype=column.dtype)
