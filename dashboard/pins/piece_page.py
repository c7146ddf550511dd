"""The page of a pinned piece: the chart and the rows as they were, and every figure that is another now."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import format as fmt
from dashboard.anchors import anchor, show_lines
from dashboard.charts.layout import CONFIG
from dashboard.curated.piece import Piece
from dashboard.downloads import download_button
from dashboard.explain.question import explain_address
from dashboard.exports import CSV_TYPE, Table, csv_file
from dashboard.panels import colours, show_table
from dashboard.pins.page import redefinition, smaller_scope
from dashboard.pins.pieces import ShownPiece
from data.semantic.types import ColumnSpec, Unit

_ROWS = 500
_COLUMNS = (
    ColumnSpec("who", "Row", Unit.TEXT),
    ColumnSpec("figure", "Figure", Unit.TEXT),
    ColumnSpec("then", "Then", Unit.TEXT),
    ColumnSpec("now", "Now", Unit.TEXT),
)


def piece_page(shown: ShownPiece) -> None:
    """What was pinned, what has changed since, and the ways on."""
    if not shown.is_whole:
        smaller_scope(shown.pin.content.revision)
    if shown.redefined:
        redefinition(shown.pin.content.revision)
    moved, pinned = shown.changes, shown.pin.content.revision
    if moved.empty:
        st.markdown(":material/check: Nothing has changed since.")
    else:
        why = explain_address(shown.state, old=shown.pin.content.revision)
        page = f"/{shown.asked.page}"
        show_lines([f"{anchor('Why did net sales change?', why)} \N{MIDDLE DOT} {anchor('Open the page', page)}"],
                   name="pin-links")  # fmt: skip
    if isinstance(shown.then, Piece) and not shown.redefined:
        _chart(shown.then)
    if len(moved):
        many = f"What moved: {len(moved):,} figure{'s' if len(moved) > 1 else ''}"
        _panel(Table("Then and now", _written(moved.head(_ROWS)), _COLUMNS), many, "moved", pinned)
    _panel(shown.kept, "Figures, as they were", "kept", pinned)


def _chart(piece: Piece) -> None:
    with st.container(border=True, key=f"panel-{piece.key}", gap="xsmall"):
        st.header(f"{piece.title}, as it was", anchor=False)
        st.plotly_chart(piece.draw(colours()), theme=None, config=CONFIG, alt=piece.alt, key="pin-chart")
        if piece.note:
            st.caption(piece.note)


def _written(moved: pd.DataFrame) -> pd.DataFrame:
    """Figures as they are written, for a column holds those of several units."""
    words = {
        name: [_word(value, unit) for value, unit in zip(moved[name], moved["unit"], strict=True)]
        for name in ("then", "now")
    }
    return moved[["who", "figure"]].assign(**words)


def _word(value: Any, unit: Unit) -> str:
    if value is None or pd.isna(value):
        return fmt.UNDEFINED
    if unit is Unit.RATIO:
        return fmt.percent(float(value))
    return f"{value:,.2f}" if unit in {Unit.CENTS, Unit.CENTS_RATIO, Unit.NUMBER} else f"{value:,}"


def _panel(table: Table, title: str, key: str, revision: int) -> None:
    with st.container(border=True, key=f"panel-pin-{key}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.header(title, anchor=False)
            download_button("CSV", partial(csv_file, table), f"pinned-{key}.csv", CSV_TYPE, key=f"pin-csv-{key}",
                            help=f"Download {title.lower()} as CSV", type="tertiary",
                            icon=":material/download:", revision=revision)  # fmt: skip
        show_table(table, key=f"pin-table-{key}", alt=title, rows=14)
