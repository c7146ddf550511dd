"""A piece of a curated page: a question's answer as a chart and as a table, in words that state its finding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from dashboard.charts.palette import Palette
from dashboard.curated.asked import Asked
from dashboard.downloads import download_button
from dashboard.exports import CSV_TYPE, Table, csv_file
from dashboard.panels import Origin, panel, show_table
from dashboard.pins.button import pin_button

_DENSE = """<style>@media (max-width: 640px) {
.st-key-panel-KEY .heatmap-label, .st-key-panel-KEY .xtick:nth-of-type(even) { display: none; }
}</style>"""


@dataclass(frozen=True, eq=False)
class Piece:
    """What a panel shows; `draw` gives the figure in the reader's colours.

    `origin` is where Explore shows the same, where it can. `dense` says that there is no room on a phone for what is
    written in the cells and for every label above them: colours and the table tell it there.
    """

    key: str
    title: str
    table: Table
    draw: Callable[[Palette], go.Figure]
    alt: str
    note: str = ""
    origin: Origin | None = None
    dense: bool = False


def show(asked: Asked, piece: Piece, *, on_pick: Callable[[Any], None] | None = None) -> None:
    """The piece as a panel."""
    table = replace(piece.table, suffix=asked.suffix)
    if piece.dense:
        st.html(_DENSE.replace("KEY", piece.key))
    panel(piece.title, partial(piece.draw, asked.look), table, alt=piece.alt, key=piece.key, note=piece.note,
          origin=piece.origin or asked.itself(piece.key), on_pick=on_pick)  # fmt: skip


def show_rows(
    asked: Asked, table: Table, *, key: str, title: str = "", says: str = "", empty: str = "Nothing.", rows: int = 12
) -> None:
    """A table as a panel of its own, with its file; under the table's title where no other is given.

    `empty` is what is said where it has no rows, and why.
    """
    title = title or table.title
    file = f"{title.lower().replace(' ', '-')}-{asked.span.last}{asked.suffix}.csv"
    with st.container(border=True, key=f"panel-{key}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.header(title, anchor=False)
            with st.container(horizontal=True, vertical_alignment="center", width="content"):
                if kept := asked.itself(key):
                    pin_button(kept.address, title, revision=kept.revision)
                download_button("CSV", partial(csv_file, table), file, CSV_TYPE, key=f"{key}-csv", type="tertiary",
                                help=f"Download {title.lower()} as CSV",
                                icon=":material/download:")  # fmt: skip
        if table.frame.empty:
            st.markdown(f":gray[{empty}]")
            return
        show_table(table, key=key, alt=title, rows=rows)
        if says:
            st.caption(says)


def nothing_here(why: str) -> None:
    """The empty state of one piece, where the others have something to show."""
    with st.container(border=True):
        st.markdown(f":gray[{why}]")
