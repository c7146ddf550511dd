"""Money at the edges: cents inside, units of currency with two decimals in what leaves the data layer."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd

from data.semantic.types import ColumnSpec, Unit

_CENT = Decimal("0.01")


def in_currency(frame: pd.DataFrame, columns: Sequence[ColumnSpec]) -> pd.DataFrame:
    """The frame with every money column as exact decimals; money per something rounded to cents, half away from zero.

    Columns of another unit are left as they are; what is undefined becomes None.
    """
    changed = {
        column.name: pd.Series([_units(value) for value in frame[column.name]], index=frame.index, dtype="object")
        for column in columns
        if column.unit in {Unit.CENTS, Unit.CENTS_RATIO}
    }
    return frame.assign(**changed)


def _units(cents: Any) -> Decimal | None:
    if pd.isna(cents):
        return None
    return (Decimal(str(cents)) / 100).quantize(_CENT, ROUND_HALF_UP)
