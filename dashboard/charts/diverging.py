"""Who gained and who lost: bars to the right in blue and to the left in orange, with arrows and amounts beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard import format as fmt
from dashboard.charts.layout import figure_of, hover, rows_of, text_px
from dashboard.charts.palette import Palette
from dashboard.charts.strokes import with_end
from data.semantic.types import Unit

_ROW_PX, _LONGEST = 26, 23


@dataclass(frozen=True, eq=False)
class Movers:
    """What moved; one row of `frame` is a member in the order to draw: label (str), before, after, change (float64)."""

    frame: pd.DataFrame
    label: str
    members: str
    unit: Unit
    comparison: str
    currency: str = "USD"

    def words(self, change: float) -> str:
        """A change with its sign and arrow."""
        arrow = "\u25b2" if change > 0 else "\u25bc"
        return f"{arrow} {'+' if change > 0 else ''}{fmt.short(change, self.unit, self.currency)}"


def movers_chart(movers: Movers, colours: Palette) -> go.Figure:
    """The bars, the first member at the top; amounts stand in a column of their own, on any width of the page."""
    frame = movers.frame.iloc[::-1]
    places, changes = list(range(len(frame))), frame["change"]
    words = [movers.words(row.change) for row in rows_of(frame)]
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": changes,
        "y": places,
        "width": 0.62,
        "marker": {"color": [colours.up if change > 0 else colours.down for change in changes], "line": {"width": 0}},
        "customdata": [_hover(movers, row) for row in rows_of(frame)],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    return figure_of(
        [bars],
        colours,
        height=max(len(frame), 1) * _ROW_PX + 12,
        x={"showticklabels": False, "zeroline": True, "zerolinecolor": colours.comparison, "zerolinewidth": 1},
        y={"tickvals": places, "ticktext": [with_end(label, _LONGEST) for label in frame["label"]], "showgrid": False,
           "range": [-0.6, len(frame) - 0.4], "tickfont": {"color": colours.text}},
        annotations=[
            {"x": 1, "xref": "paper", "xanchor": "right", "xshift": _room(words), "y": place, "showarrow": False,
             "text": text, "font": {"color": colours.up if change > 0 else colours.down}}
            for place, text, change in zip(places, words, changes, strict=True)
        ],
        margin={"l": 0, "r": _room(words) + 4, "t": 2, "b": 2, "pad": 4},
    )  # fmt: skip


def _room(words: list[str]) -> float:
    return max(map(text_px, words), default=0) + 12


def movers_alt(movers: Movers) -> str:
    """The finding: who gained most, and who lost most."""
    frame = movers.frame
    gained, lost = frame[frame["change"] > 0], frame[frame["change"] < 0]
    parts = []
    for rows, word in ((gained.nlargest(1, "change"), "gained"), (lost.nsmallest(1, "change"), "lost")):
        parts += [f"{row.label} {word} most: {movers.words(row.change)}" for row in rows_of(rows)]
    return f"{movers.label} by {movers.members}, {movers.comparison}. {'; '.join(parts) or 'Nothing moved'}."


def _hover(movers: Movers, row: Any) -> str:
    before, after = (fmt.exact(value, movers.unit) for value in (row.before, row.after))
    moved = fmt.change_figure(row.after, row.before, movers.unit)
    return hover(str(row.label), f"{before} to {after}", moved or "")
