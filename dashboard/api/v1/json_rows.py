"""The rows of a frame as JSON has them, a column at a time: most columns need no look at each of their values."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from dashboard.exports import Table
from data.semantic.types import ColumnSpec, Unit

_AS_THEY_ARE = frozenset({Unit.COUNT, Unit.INTEGER, Unit.RATIO, Unit.NUMBER, Unit.TEXT})


def json_rows(frame: pd.DataFrame, columns: tuple[ColumnSpec, ...]) -> list[list[Any]]:
    """What `Table.rows` gives, with money and dates as JSON has them: a number of two decimals, and a text."""
    return [list(row) for row in zip(*(_listed(frame[column.name], column) for column in columns), strict=True)]


def json_text(told: dict[str, Any]) -> bytes:
    """The object as it is sent; what is undefined is null before."""
    return json.dumps(told, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _listed(values: pd.Series, column: ColumnSpec) -> list[Any]:
    if column.unit is Unit.CENTS and values.dtype == "int64":
        return [cents / 100 for cents in values.tolist()]  # the nearest float, whose shortest text has two decimals
    if column.unit in _AS_THEY_ARE:
        if values.dtype == "int64":
            return values.tolist()
        return _or_null(values, values.tolist())
    if column.unit is Unit.DATE:
        return _or_null(values, values.to_numpy().astype("datetime64[D]").astype(str).tolist())
    one = Table("", values.to_frame(), (column,))
    return [_told(value) for (value,) in one.rows()]


def _or_null(values: pd.Series, told: list[Any]) -> list[Any]:
    return [None if empty else one for one, empty in zip(told, values.isna().tolist(), strict=True)]


def _told(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else float(value)
