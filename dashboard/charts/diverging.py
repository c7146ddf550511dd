"""Who gained and who lost: bars to the right in blue and to the left in orange, each with its arrow and amount."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from dashboard import format as fmt
from dashboard.charts.layout import figure_of, hover, rows_of
from dashboard.charts.palette import Palette
from dashboard.charts.strokes import written
from data.semantic.types import Unit

_ROW_PX, _LONGEST = 26, 24
_ROOM = 1.6  # beyond the longest bar, for the amounts


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
    """The bars, the first member at the top; amounts stand at the end of their bar."""
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
        "text": [f"\u2002{text}\u2002" for text in words],
        "textposition": "outside",
        "textfont": {"color": colours.text},
        "cliponaxis": False,
        "customdata": [_hover(movers, row) for row in rows_of(frame)],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    reach = (max((abs(change) for change in changes), default=1) or 1) * _ROOM
    low, high = (-reach if (changes < 0).any() else 0), (reach if (changes > 0).any() else 0)
    return figure_of(
        [bars],
        colours,
        height=len(frame) * _ROW_PX + 12,
        x={"visible": False, "range": [low, high]},
        y={"tickvals": places, "ticktext": [written(label, _LONGEST) for label in frame["label"]], "showgrid": False,
           "range": [-0.6, len(frame) - 0.4], "tickfont": {"color": colours.text}},
        margin={"l": 0, "r": 8, "t": 2, "b": 2, "pad": 4},
    )  # fmt: skip


def movers_alt(movers: Movers) -> str:
    """The finding: who gained most, and who lost most."""
    frame = movers.frame
    gained, lost = frame[frame["change"] > 0], frame[frame["change"] < 0]
    parts = []
    for rows, word in ((gained.nlargest(1, "change"), "gained"), (lost.nsmallest(1, "change"), "lost")):
        parts += [f"{row.label} {word} most: {movers.words(row.change)}" for row in rows_of(rows)]
    return f"{movers.label} by {movers.members}, {movers.comparison}. {'; '.join(parts) or 'Nothing moved'}."


def _hover(movers: Movers, row: object) -> str:
    before, after = (fmt.exact(getattr(row, name), movers.unit) for name in ("before", "after"))
    moved = fmt.change_figure(getattr(row, "after"), getattr(row, "before"), movers.unit)  # noqa: B009
    return hover(str(getattr(row, "label")), f"{before} to {after}", moved or "")  # noqa: B009
