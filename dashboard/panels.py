"""A panel: title, what it found, the chart, and the same figures as a table at a click."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import format as fmt
from dashboard.charts.events import numbered_events
from dashboard.charts.layout import CONFIG
from dashboard.charts.palette import Palette, palette
from dashboard.charts.trend import Trend, incomplete_note
from dashboard.exports import Table
from data.semantic.types import ColumnSpec, Unit

_ROW_PX = 35
_NUMBERS = {Unit.CENTS, Unit.CENTS_RATIO, Unit.COUNT, Unit.NUMBER, Unit.RATIO}


def colours() -> Palette:
    """The colours of the appearance that the reader has chosen."""
    return palette(dark=st.context.theme.type == "dark")


def panel(
    title: str,
    figure: Callable[[], go.Figure],
    table: Table,
    *,
    alt: str,
    key: str,
    note: str = "",
    on_pick: Callable[[Any], None] | None = None,
) -> None:
    """Chart or table; a click on a mark calls `on_pick` with the first entry of its `customdata`."""
    with st.container(border=True, key=f"panel-{key}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.header(title, anchor=False)
            as_table = st.toggle("As table", key=f"{key}-as-table")
        if as_table:
            show_table(table, key=f"{key}-table", alt=alt)
        else:
            _chart(figure(), alt=alt, key=f"{key}-chart", on_pick=on_pick)
        if note:
            st.caption(note)


def show_table(table: Table, *, key: str, alt: str, rows: int = 10) -> None:
    """The table as people read it: money in units, shares in percent, figures to the right."""
    frame = table.frame[[column.name for column in table.columns]].reset_index(drop=True)
    written: dict[Any, Callable[[Any], str] | str | None] = {
        column.name: partial(_written, column.unit) for column in table.columns if column.unit in _NUMBERS
    }
    st.dataframe(
        frame.style.format(written),
        column_config={
            column.name: _column(column, width="medium" if at == 0 else None) for at, column in enumerate(table.columns)
        },
        hide_index=True,
        placeholder=fmt.UNDEFINED,
        height=_ROW_PX * (min(len(frame), rows) + 1) + 3,
        key=key,
        alt=alt,
    )


def _chart(figure: go.Figure, *, alt: str, key: str, on_pick: Callable[[Any], None] | None) -> None:
    if on_pick is None:
        st.plotly_chart(figure, theme=None, config=CONFIG, alt=alt, key=key)
        return

    def picked() -> None:
        points = st.session_state[key].selection.points
        if points:
            on_pick(points[0]["customdata"][0])

    st.plotly_chart(figure, theme=None, config=CONFIG, alt=alt, key=key, on_select=picked, selection_mode="points")


def _column(column: ColumnSpec, *, width: Literal["medium"] | None) -> Any:
    words: dict[str, Any] = {"label": column.label, "help": column.description or None, "width": width}
    if column.unit is Unit.DATE:
        return st.column_config.DateColumn(**words, format="D MMM YYYY")
    return st.column_config.TextColumn(**words) if column.unit is Unit.TEXT else st.column_config.NumberColumn(**words)


def _written(unit: Unit, value: float) -> str:
    return fmt.exact(None if pd.isna(value) else value, unit)


def trend_note(trend: Trend, events: pd.DataFrame, comparison: str) -> str:
    """What stands below the trend: the numbered events, what is cut off, and why there is no comparison."""
    listed = [f"**{number}** {name}, {fmt.day_of_year(start)}" for number, start, name in numbered_events(events)]
    return "  \n".join(line for line in (" · ".join(listed), incomplete_note(trend), comparison) if line)
