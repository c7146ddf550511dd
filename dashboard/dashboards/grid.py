"""The grid of a dashboard: its panels side by side, or what stands there while there are none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard.dashboards.arranging import piece_bar
from dashboard.dashboards.draft import Draft
from dashboard.dashboards.layout import grid_rows, taken
from dashboard.dashboards.panels import MENU_STYLE, Reading, show_panel
from dashboard.dashboards.shown import Shown
from dashboard.states import nothing_sold
from data.dashboards.kind import COLUMNS


@dataclass(frozen=True)
class _Numbered:
    """What is shown, with its place among all, from 0."""

    at: int
    shown: Shown

    @property
    def width(self) -> int:
        return self.shown.width


def show_grid(
    shown: Sequence[Shown], draft: Draft | None, reading: Reading, *, asked: str, on_widen: Callable[[], None]
) -> None:
    """The panels, row by row; those of a draft below the widgets that arrange them.

    Where nothing was sold in any of them, that is said once, with what was `asked` and the way to widen it.
    """
    if not shown:
        _nothing_yet()
        return
    if all(one.is_empty for one in shown) and draft is None:
        nothing_sold(asked, widen="Each view as it was saved", on_widen=on_widen)
        return
    st.html(MENU_STYLE)
    for row in grid_rows(_Numbered(at, one) for at, one in enumerate(shown)):
        rest = COLUMNS - taken(row)
        places = st.columns([*(one.width for one in row), *([rest] if rest else [])])
        for place, one in zip(places, row, strict=False):
            with place:
                _panel(one, draft, reading)


def _panel(one: _Numbered, draft: Draft | None, reading: Reading) -> None:
    if draft is None:
        show_panel(one.shown, f"board-{one.at}", reading)
        return
    piece = draft.pieces[one.at]
    with st.container(height="stretch", gap="xsmall"):
        piece_bar(draft, piece, one.shown.title)
        show_panel(one.shown, f"board-{draft.turn}-{piece.number}", reading)


def _nothing_yet() -> None:
    with st.container(border=True, horizontal_alignment="center"):
        st.markdown("**Nothing is on this dashboard yet**", text_alignment="center")
        st.markdown(":gray[“Arrange” opens it; then “Add a view” puts a saved view on the grid.]",
                    text_alignment="center")  # fmt: skip
