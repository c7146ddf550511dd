"""The components of a change between two periods, as rows of a waterfall and as columns of a table."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd

from dashboard.explain.words import amount
from data.queries.price_volume import COMPONENTS
from data.semantic.types import ColumnSpec, Unit

NAMES = {
    "volume": "Volume",
    "mix": "Mix",
    "price": "Price",
    "new": "New",
    "lost": "Lost",
    "other": "Without a quantity",
}
MEANING = {
    "volume": "had every quantity moved as all of them did together",
    "mix": "some moved more than others",
    "price": "paid per piece, at the new quantities",
    "new": "sold in the later period alone",
    "lost": "sold in the earlier period alone",
    "other": "sold without a quantity that could be compared",
}
_ALWAYS = {"volume", "mix", "price"}


def component_rows(members: pd.DataFrame, called: str, unit: Unit) -> pd.DataFrame:
    """A row of a waterfall for each component of `members`, which are `called` so; nothing for those that are zero."""
    rows = []
    for at, name in enumerate(COMPONENTS):
        value = Decimal(int(members[name].sum()))
        if value or name in _ALWAYS:
            suffix = f" {called}s" if name in {"new", "lost"} else ""
            rows.append((at, f"{NAMES[name]}{suffix}", float(value), amount(value, unit, sign=True), MEANING[name]))
    return parts_frame(rows)


def component_columns(unit: Unit) -> tuple[ColumnSpec, ...]:
    """The components as columns of a table of members."""
    return tuple(ColumnSpec(name, NAMES[name], unit, MEANING[name]) for name in COMPONENTS)


def parts_frame(rows: list[tuple[int, str, float, str, str]]) -> pd.DataFrame:
    """Rows as a waterfall takes them."""
    frame = pd.DataFrame(rows, columns=["key", "label", "amount", "words", "told"])
    return frame.astype({"key": "int64", "amount": "float64"})
