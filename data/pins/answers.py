"""An answer as it is kept: every column with its declaration and its exact values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from data.errors import TooMuchToPin
from data.frames import frame_of
from data.semantic.types import ColumnSpec, Unit

MOST_ROWS = 2_000
_TIMES = (Unit.DATE, Unit.INSTANT)


def packed(frame: pd.DataFrame, columns: Sequence[ColumnSpec]) -> dict[str, Any]:
    """The frame as plain values for JSON; raises TooMuchToPin above `MOST_ROWS` rows.

    Whole numbers stay whole, fractions keep every digit, what is undefined is null, dates are ISO 8601.
    """
    if len(frame) > MOST_ROWS:
        raise TooMuchToPin(
            f"at most {MOST_ROWS:,} rows can be pinned; this has {len(frame):,}: ask for a top, or filter"
        )
    return {
        "columns": [asdict(column) for column in columns],
        "values": [[_plain(value, column) for value in frame[column.name]] for column in columns],
    }


def unpacked(kept: dict[str, Any]) -> tuple[pd.DataFrame, tuple[ColumnSpec, ...]]:
    """The frame that was packed, and what its columns were then."""
    columns = tuple(ColumnSpec(**{**told, "unit": Unit(told["unit"])}) for told in kept["columns"])
    rows = list(zip(*kept["values"], strict=True)) if kept["values"] else []
    return frame_of(rows, columns), columns


def _plain(value: Any, column: ColumnSpec) -> Any:
    if pd.isna(value):
        return None
    if column.unit in _TIMES:
        return pd.Timestamp(value).isoformat()
    return value.item() if hasattr(value, "item") else value
