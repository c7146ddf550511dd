"""A panel: title, what it found, the chart, and the same figures as a table at a click."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cache, partial
from html import escape
from secrets import token_hex
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import format as fmt
from dashboard.charts.events import numbered_events
from dashboard.charts.layout import CONFIG
from dashboard.charts.palette import DARK, Palette, palette
from dashboard.charts.trend import Trend, incomplete_note
from dashboard.downloads import download_button
from dashboard.exports import CSV_TYPE, Table, csv_file
from dashboard.kept import kept_with
from dashboard.pins.button import pin_button
from data.currency import in_currency
from data.semantic.types import ColumnSpec, Unit

_ROW_PX = 32
_MOST_WRITTEN = 256  # some 20 KB each
_MONEY = {Unit.CENTS, Unit.CENTS_RATIO}
_NUMBERS = {*_MONEY, Unit.COUNT, Unit.NUMBER, Unit.RATIO}
# The table's own download writes neither headings nor text that is safe in a spreadsheet; ours stands beside it.
STYLE = """
[data-testid=stElementToolbarButton]:has([aria-label^='Download as CSV']) { display: none; }
[class*=st-key-panel-] [data-testid=stDownloadButton] button { min-height: 0; padding-block: 0; }
[class*=st-key-panel-] a.explore { color: inherit; font-size: .875rem; text-decoration: none; }
[class*=st-key-panel-] a.explore:hover { text-decoration: underline; }
"""


@dataclass(frozen=True)
class Origin:
    """Where the same figures are shown, and the revision that they are of; Explore shows them where `explored`."""

    address: str
    revision: int
    explored: bool = True


def colours() -> Palette:
    """The colours of the appearance that the reader has chosen."""
    return palette(dark=st.context.theme.type == "dark")


def panel(  # noqa: PLR0913  # as many as there are parts to leave out
    title: str,
    figure: Callable[[], go.Figure],
    table: Table,
    *,
    alt: str,
    key: str,
    note: str = "",
    origin: Origin | None = None,
    on_pick: Callable[[Any], None] | None = None,
    switch: Callable[[], None] | None = None,
) -> None:
    """Chart with its note, or table with what it says; a click on a mark calls `on_pick` with its key.

    With an `origin`, the figures can be pinned, and Explore be opened on the same. `switch` shows what changes the
    chart.
    """
    with st.container(border=True, key=f"panel-{key}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.header(title, anchor=False)
            with st.container(horizontal=True, vertical_alignment="center", width="content"):
                if origin and origin.explored:
                    words = f"aria-label='Explore {escape(title.lower())}'"
                    st.html(
                        f"<a class='explore' href='{escape(origin.address)}' target='_self' {words}>Explore</a>",
                        width="content",
                    )
                if origin:
                    pin_button(origin.address, title, revision=origin.revision)
                _download(title, table, key=key, revision=origin.revision if origin else None)
                if switch:
                    switch()
                as_table = st.toggle("As table", key=f"{key}-as-table")
        if as_table:
            st.caption(alt)
            show_table(table, key=f"{key}-table", alt=alt)
            return
        _chart(figure(), alt=alt, key=f"{key}-chart", on_pick=on_pick)
        if note:
            st.caption(note)


def show_table(table: Table, *, key: str, alt: str, rows: int = 10) -> None:
    """The table as people read it: money in units, shares in percent, figures to the right."""
    _written(table, key=key, alt=alt, rows=rows)


def show_kept_table(table: Table, *, key: str, alt: str, rows: int = 10) -> None:
    """The same of a table that is kept and never changes: what a browser gets of it is written once for everybody."""
    name = kept_with(table, "name", lambda: token_hex(8))
    _written_once()(name, key, alt, rows, colours() is DARK, _table=table)


@cache
def _written_once() -> Callable[..., None]:
    """Made when a page asks for it: Streamlit warns of what is cached before it runs."""

    def write(name: str, key: str, alt: str, rows: int, dark: bool, *, _table: Table) -> None:
        _written(_table, key=key, alt=alt, rows=rows)

    return st.cache_data(max_entries=_MOST_WRITTEN, show_spinner=False)(write)


def _written(table: Table, *, key: str, alt: str, rows: int) -> None:
    frame = _in_units(table)
    signed: list[Hashable] = [column.label for column in table.columns if column.name in table.signed]
    written: dict[Any, Callable[[Any], str] | str | None] = {
        column.label: partial(_cell, column.unit, sign=column.name in table.signed)
        for column in table.columns
        if column.unit in _NUMBERS
    }
    st.dataframe(
        frame.style.format(written).map(partial(_moved, colours()), subset=signed),
        column_config={column.label: _column(column) for column in table.columns},
        hide_index=True,
        placeholder=fmt.UNDEFINED,
        row_height=_ROW_PX,
        height=_ROW_PX * (min(len(frame), rows) + 1) + 3,
        key=key,
        alt=alt,
    )


def _download(title: str, table: Table, *, key: str, revision: int | None) -> None:
    file = f"{title.lower().replace(' ', '-')}{table.suffix}.csv"
    download_button(
        "CSV",
        partial(csv_file, table),
        file,
        CSV_TYPE,
        key=f"{key}-csv",
        help=f"Download {title.lower()} as CSV",
        type="tertiary",
        icon=":material/download:",
        revision=revision,
    )


def _in_units(table: Table) -> pd.DataFrame:
    """Under the headings that people read, money in units of currency: what is copied from a cell is what is seen."""
    frame = in_currency(table.frame, table.columns)[[column.name for column in table.columns]]
    money = {column.name: "float64" for column in table.columns if column.unit in _MONEY}
    return (
        frame.astype(money)
        .rename(columns={column.name: column.label for column in table.columns})
        .reset_index(drop=True)
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


def _column(column: ColumnSpec) -> Any:
    words: dict[str, Any] = {"label": column.label, "help": column.description or None}
    if column.unit is Unit.DATE:
        return st.column_config.DateColumn(**words, format="D MMM YYYY")
    if column.unit is Unit.INSTANT:
        return st.column_config.DatetimeColumn(**words, format="D MMM YYYY, HH:mm")
    if column.unit is Unit.TEXT:
        return st.column_config.TextColumn(**words)
    return st.column_config.NumberColumn(**words, alignment="right" if column.unit in _NUMBERS else None)


def _cell(unit: Unit, value: Any, *, sign: bool = False) -> str:
    if pd.isna(value):
        return fmt.UNDEFINED
    if unit is Unit.RATIO:
        return fmt.percent(value, sign=sign)
    return fmt.exact(value, Unit.NUMBER if unit in _MONEY else unit)


def _moved(look: Palette, value: Any) -> str:
    """Blue and orange as everywhere; what did not move, or is not known, stays as it is."""
    if pd.isna(value) or fmt.percent(value) == fmt.percent(0):
        return ""
    return f"color: {look.up if value > 0 else look.down}"


def trend_note(trend: Trend, events: pd.DataFrame) -> str:
    """What stands below the trend: the numbered events, which buckets are cut off, and what is unusual."""
    listed = [f"**{number}** {name}, {fmt.day_of_year(start)}" for number, start, name in numbered_events(events)]
    usual = trend.usual.note if trend.usual else ""
    return "  \n".join(line for line in (" · ".join(listed), incomplete_note(trend), usual) if line)
