"""Cells between the grid and the draft: what a field is to the grid, and what the grid sends back as a change."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from data.changes.editable import EditableTable, Field
from data.changes.types import RowChange
from data.changes.values import is_number
from data.loading.instants import Day, Month
from data.loading.numbers import Money
from data.loading.texts import Flag, Text

LARGEST_IN_BROWSER = 2**53 - 1


def column_config(field: Field, options: Sequence[Any] | None, *, editable: bool, new: bool = False) -> Any:
    """How the grid shows and takes the field.

    A number that is out of its range reaches the server, which refuses it with the rule: the browser would leave it out
    of a pasted block without a word.
    """
    kind = field.kind
    words: dict[str, Any] = {
        "label": field.label,
        "help": field.help or None,
        "disabled": not editable or field.fixed or (field.key and not new),
        "required": bool(not field.nullable and editable and not new),
        "pinned": True if field.key else None,
    }
    if options is not None:
        return st.column_config.SelectboxColumn(**words, options=list(options))
    if isinstance(kind, Flag):
        return st.column_config.CheckboxColumn(**words)
    if isinstance(kind, Money) or is_number(field):
        return _number_config(field, words)
    if isinstance(kind, Day):
        return st.column_config.DateColumn(**words, format="D MMM YYYY")
    shape = r"^[0-9]{4}-(0[1-9]|1[0-2])$" if isinstance(kind, Month) else None
    longest = kind.longest if isinstance(kind, Text) else None
    return st.column_config.TextColumn(**words, validate=shape, max_chars=longest)


def _number_config(field: Field, words: dict[str, Any]) -> Any:
    if isinstance(field.kind, Money):
        return st.column_config.NumberColumn(**words, format="accounting", step=0.01)
    return st.column_config.NumberColumn(
        **words, format="%d", step=1, min_value=-LARGEST_IN_BROWSER, max_value=LARGEST_IN_BROWSER
    )


def as_sent(field: Field | None, value: Any) -> Any:
    """What the grid sent, as a draft keeps it: a date without its time, nothing for an empty text."""
    if isinstance(value, str):
        if field is not None and isinstance(field.kind, Day) and "T" in value:
            return value.partition("T")[0]
        return value.strip() or None
    return None if isinstance(value, float) and not math.isfinite(value) else value


def is_same(field: Field, kept: Any, sent: Any) -> bool:
    """Whether a value that was sent is what the grid showed at first."""
    if kept is None or kept is pd.NaT or (not isinstance(kept, str) and pd.isna(kept)):
        return sent is None
    if isinstance(kept, pd.Timestamp):
        return str(sent) == kept.date().isoformat()
    if isinstance(kept, float) and isinstance(sent, int | float):
        return round(kept, 2) == round(float(sent), 2)
    return bool(kept == sent) and isinstance(kept, bool) == isinstance(sent, bool)


def overlaid(table: EditableTable, frame: pd.DataFrame, changes: Sequence[RowChange]) -> pd.DataFrame:
    """The rows with what the draft wants of them; a value that the column cannot hold is left to the review."""
    places = {row: at for at, row in enumerate(frame["row"])}
    fields = {field.name: field for field in table.fields}
    shown = frame.copy()
    for change in changes:
        at = places.get(change.row)
        if at is None:
            continue
        for name, value in change.set.items():
            if name in fields:
                fits, cell = as_cell(fields[name], value)
                if fits:
                    shown.iat[at, int(shown.columns.get_loc(name))] = cell  # type: ignore[arg-type]
    return shown


def as_cell(field: Field, value: Any) -> tuple[bool, Any]:
    """A draft's value as the column's frame holds it, and whether it can."""
    if value is None:
        return not isinstance(field.kind, Flag), None
    try:
        return True, _cell(field, value)
    except ValueError:
        return False, None


def _cell(field: Field, value: Any) -> Any:
    if isinstance(field.kind, Flag):
        return str(value).casefold() in {"true", "yes", "1"}
    if isinstance(field.kind, Money):
        return float(value)
    if is_number(field):
        return int(str(value).removesuffix(".0"))
    return pd.Timestamp(str(value)) if isinstance(field.kind, Day) else str(value)
