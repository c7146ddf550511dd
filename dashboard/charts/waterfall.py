"""From one total to another: each part as a floating bar, with the totals at both ends."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.layout import figure_of, hover, plain, rows_of, text_px
from dashboard.charts.palette import Palette
from dashboard.charts.strokes import written

_ROW = 30
_LONGEST = 30
_BREAK_ABOVE = 0.5  # where everything happens above this share of the axis, the axis is broken
_WIDTH = 0.62


@dataclass(frozen=True, eq=False)
class Waterfall:
    """What a waterfall shows and in which words.

    One row of `frame` is a part in the order to draw; columns key (int64, what a click gives back), label (str), amount
    (float64, may be negative), words (str, the amount as it is written), told (str, what a hover adds). `ends` are the
    first and the last total: name, value, and the value as it is written.
    """

    frame: pd.DataFrame
    label: str
    ends: tuple[tuple[str, float, str], tuple[str, float, str]]
    selected: int | None = None

    @property
    def levels(self) -> list[float]:
        """The total before the first part, and after each of them."""
        return list(accumulate(self.frame["amount"], initial=self.ends[0][1]))

    @property
    def begins_at(self) -> float:
        """Where the axis begins: at zero, or above it where the parts would be too thin to see."""
        low, high = min(self.levels), max(self.levels)
        if low <= 0 or low == high or low < high * _BREAK_ABOVE:
            return min(low, 0.0)
        return low - (high - low) * 0.5

    @property
    def is_broken(self) -> bool:
        """Whether the axis leaves out the values from zero up to where it begins."""
        return self.begins_at > 0


def waterfall_chart(waterfall: Waterfall, colours: Palette) -> go.Figure:
    """The bars from the first total at the top to the last one; a click on a part gives its key."""
    count = len(waterfall.frame) + 2
    places = list(range(count))[::-1]
    start, highest = waterfall.begins_at, max(0.0, *waterfall.levels)
    lowest = min(start, *waterfall.levels)
    marks = [
        _totals(waterfall, places, colours),
        _parts(waterfall, places, colours),
        _joints(waterfall, places, colours),
        _words(waterfall, places, colours),
    ]
    if waterfall.is_broken:
        marks.append(_breaks(waterfall, places, colours))
    longest = max(text_px(text) for text in (*waterfall.frame["words"], *(words for _, _, words in waterfall.ends)))
    names = [waterfall.ends[0][0], *waterfall.frame["label"], waterfall.ends[1][0]]
    return figure_of(
        marks,
        colours,
        height=count * _ROW + 12,
        x={"visible": False, "range": [lowest, highest + (highest - lowest) * 0.02 or 1.0]},
        y={
            "tickvals": places,
            "ticktext": [written(name, _LONGEST) for name in names],
            "showgrid": False,
            "range": [-0.6, count - 0.4],
            "tickfont": {"color": colours.text},
        },
        barmode="overlay",
        clickmode="event+select",
        margin={"l": 0, "r": longest + 18, "t": 2, "b": 2, "pad": 4},
    )


def waterfall_alt(waterfall: Waterfall) -> str:
    """The finding in words: from where to where, and the part that did most."""
    (first, _, was), (last, _, now) = waterfall.ends
    text = f"{waterfall.label}: {was} ({first}), then {now} ({last})."
    moved = waterfall.frame[waterfall.frame["amount"] != 0]
    if moved.empty:
        return f"{text} No part moved it."
    most = max(rows_of(moved), key=lambda row: abs(row.amount))
    parts = f"{len(moved)} parts moved it; most did" if len(moved) > 1 else "One part moved it:"
    return f"{text} {parts} {most.label}, {most.words}."


def _totals(waterfall: Waterfall, places: list[int], colours: Palette) -> dict[str, Any]:
    """Both totals, from where the axis begins."""
    ends = waterfall.ends
    return {
        "type": "bar",
        "orientation": "h",
        "base": [waterfall.begins_at if waterfall.is_broken else 0.0] * 2,
        "x": [value - (waterfall.begins_at if waterfall.is_broken else 0.0) for _, value, _ in ends],
        "y": [places[0], places[-1]],
        "width": _WIDTH,
        "marker": {"color": colours.comparison, "line": {"width": 0}},
        "unselected": {"marker": {"opacity": 1}},
        "customdata": [[None, hover(name, f"{waterfall.label}: {words}")] for name, _, words in ends],
        "hovertemplate": "%{customdata[1]}<extra></extra>",
    }


def _parts(waterfall: Waterfall, places: list[int], colours: Palette) -> dict[str, Any]:
    rows = list(rows_of(waterfall.frame))
    return {
        "type": "bar",
        "orientation": "h",
        "base": waterfall.levels[:-1],
        "x": [row.amount for row in rows],
        "y": places[1:-1],
        "width": _WIDTH,
        "marker": {
            "color": [colours.up if row.amount >= 0 else colours.down for row in rows],
            "line": {"width": [2 if row.key == waterfall.selected else 0 for row in rows], "color": colours.text},
        },
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": 1}},
        "customdata": [
            [int(row.key), hover(row.label, row.words, plain(row.told), "<i>click to open</i>")] for row in rows
        ],
        "hovertemplate": "%{customdata[1]}<extra></extra>",
    }


def _joints(waterfall: Waterfall, places: list[int], colours: Palette) -> dict[str, Any]:
    """A thin line at each level, from the bar that reached it to the one that goes on."""
    x: list[float | None] = []
    y: list[float | None] = []
    for at, level in enumerate(waterfall.levels):
        x += [level, level, None]
        y += [places[at] - _WIDTH / 2, places[at + 1] + _WIDTH / 2, None]
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "hoverinfo": "skip",
            "line": {"color": colours.comparison, "width": 1}}  # fmt: skip


def _words(waterfall: Waterfall, places: list[int], colours: Palette) -> dict[str, Any]:
    levels, rows = waterfall.levels, list(rows_of(waterfall.frame))
    (_, first, was), (_, last, now) = waterfall.ends
    reach = [max(first, 0.0), *(max(levels[at], levels[at + 1]) for at in range(len(rows))), max(last, 0.0)]
    own = [_coloured(row, colours) for row in rows]
    return {
        "type": "scatter",
        "mode": "text",
        "x": reach,
        "y": places,
        "text": [f"\u2002<b>{was}</b>", *own, f"\u2002<b>{now}</b>"],
        "textposition": "middle right",
        "textfont": {"color": colours.text},
        "unselected": {"textfont": {"color": colours.text}},
        "hoverinfo": "skip",
        "cliponaxis": False,
    }


def _coloured(row: Any, colours: Palette) -> str:
    if row.amount == 0:
        return f"\u2002{row.words}"
    return f"\u2002<span style='color:{colours.up if row.amount > 0 else colours.down}'>{row.words}</span>"


def _breaks(waterfall: Waterfall, places: list[int], colours: Palette) -> dict[str, Any]:
    """Two slanted cuts through the totals, near where the axis begins."""
    start, highest = waterfall.begins_at, max(waterfall.levels)
    at = start + (highest - start) * 0.06
    return {
        "type": "scatter",
        "mode": "text",
        "x": [at, at],
        "y": [places[0], places[-1]],
        "text": ["<b>//</b>"] * 2,
        "textfont": {"color": colours.ground, "size": 16},
        "unselected": {"textfont": {"color": colours.ground}},
        "hoverinfo": "skip",
    }
