"""Members by value: horizontal bars from zero, largest first, with what they were before as a tick."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard import format as fmt
from dashboard.charts.layout import figure_of, hover, range_of, rows_of
from dashboard.charts.palette import Palette
from dashboard.charts.strokes import written
from data.semantic.types import Unit

ROWS = 10
_ROW = 28
_LONGEST_NAME = 24
_LETTER = 6.5  # the width of a figure's letters, in pixels


@dataclass(frozen=True)
class Ranking:
    """What a ranking shows and in which words.

    One row of `frame` is a member, largest first; columns key, label (str), value (float64), before (float64; NaN
    without a comparison, 0 where the member sold nothing then).
    """

    frame: pd.DataFrame
    label: str
    members: str
    unit: Unit
    selected: Collection[Any] = ()
    comparison: str | None = None
    currency: str = "USD"
    clickable: bool = True

    @property
    def shown(self) -> pd.DataFrame:
        """The rows that get a bar: the largest, and every selected one."""
        top = self.frame.index < ROWS
        return self.frame[top | self.frame["key"].isin(list(self.selected))]


def ranking_chart(ranking: Ranking, colours: Palette) -> go.Figure:
    """The bars of `ranking`; a click on one gives its key as the first entry of `customdata`."""
    shown = ranking.shown.iloc[::-1]
    places = list(range(len(shown)))
    marks = [_bars(ranking, shown, places, colours)]
    if ranking.comparison:
        marks.append(_ticks(shown["before"], places, colours))
    lowest, highest = range_of(shown["value"], shown["before"])
    slots = max(len(shown), 3)
    return figure_of(
        [*marks, _words(ranking, shown, places, colours)],
        colours,
        height=slots * _ROW + 12,
        x={"visible": False, "range": [lowest * 1.05, highest or 1.0]},
        y={
            "tickvals": places,
            "ticktext": [written(label, _LONGEST_NAME) for label in shown["label"]],
            "showgrid": False,
            "range": [-0.6, slots - 0.4],
            "tickfont": {"color": colours.text},
        },
        clickmode="event+select",
        margin={"l": 0, "r": _room(ranking, shown), "t": 2, "b": 2, "pad": 4},
    )


def ranking_alt(ranking: Ranking) -> str:
    """The finding of the ranking in words: who leads, with which share, and who moved most."""
    members = list(rows_of(ranking.frame))
    total = float(ranking.frame["value"].sum())
    if not members:
        return f"{ranking.label} by {ranking.members}: nothing was sold."
    first = members[0]
    share = f" ({fmt.percent(first.value / total)})" if total > 0 else ""
    text = f"{ranking.label} by {ranking.members}: {first.label} leads with {_short(ranking, first.value)}{share}."
    known = [row for row in members if not math.isnan(row.before)]
    if not ranking.comparison or not known:
        return text
    most = max(known, key=lambda row: abs(row.value - row.before))
    gained = "gained" if most.value >= most.before else "lost"
    return f"{text} {most.label} {gained} most: {_short(ranking, abs(most.value - most.before))}."


def others_note(ranking: Ranking) -> str:
    """How many members have no bar, and what they come to together; empty where all are shown."""
    rest = ranking.frame.drop(ranking.shown.index)
    if rest.empty:
        return ""
    total = float(ranking.frame["value"].sum())
    share = f", {fmt.percent(rest['value'].sum() / total)} of all" if total > 0 else ""
    return f"{len(rest)} more with {_short(ranking, float(rest['value'].sum()))} together{share}"


def _fill(ranking: Ranking, shown: pd.DataFrame, colours: Palette) -> list[str]:
    if not ranking.selected:
        return [colours.accent] * len(shown)
    return [colours.accent if key in ranking.selected else colours.accent_soft for key in shown["key"]]


def _bars(ranking: Ranking, shown: pd.DataFrame, places: list[int], colours: Palette) -> dict[str, Any]:
    return {
        "type": "bar",
        "x": shown["value"],
        "y": places,
        "orientation": "h",
        "width": 0.62,
        "marker": {"color": _fill(ranking, shown, colours), "line": {"width": 0}},
        "unselected": {"marker": {"opacity": 1}},
        "customdata": [[row.key, _hover(ranking, row)] for row in rows_of(shown)],
        "hovertemplate": "%{customdata[1]}<extra></extra>",
    }


def _words(ranking: Ranking, shown: pd.DataFrame, places: list[int], colours: Palette) -> dict[str, Any]:
    """Value and change, right of whichever reaches further: the bar or the tick."""
    return {
        "type": "scatter",
        "x": shown[["value", "before"]].max(axis=1).clip(lower=0),
        "y": places,
        "mode": "text",
        "text": [_coloured(*_bar_text(ranking, row), colours) for row in rows_of(shown)],
        "textposition": "middle right",
        "textfont": {"color": colours.text},
        "unselected": {"textfont": {"color": colours.text}},
        "hoverinfo": "skip",
        "cliponaxis": False,
    }


def _bar_text(ranking: Ranking, row: Any) -> tuple[str, str]:
    """What stands at the end of a bar: its value, and the change with its arrow."""
    moved = fmt.change(row.value, row.before) if ranking.comparison else None
    arrow = "" if moved is None else "\u25b2 " if moved >= 0 else "\u25bc "
    return _short(ranking, row.value), arrow + fmt.percent(moved, sign=True) if arrow else ""


def _coloured(value: str, moved: str, colours: Palette) -> str:
    if not moved:
        return f"\u2002{value}"
    colour = colours.up if moved.startswith("\u25b2") else colours.down
    return f"\u2002{value}  <span style='color:{colour}'>{moved}</span>"


def _room(ranking: Ranking, shown: pd.DataFrame) -> float:
    """Pixels for the longest words; the bars have all the rest, however wide the page is."""
    longest = max((len("  ".join(_bar_text(ranking, row))) for row in rows_of(shown)), default=0)
    return (longest + 3) * _LETTER


def _hover(ranking: Ranking, row: Any) -> str:
    lines = [f"{ranking.label}: {fmt.exact(row.value, ranking.unit)}"]
    if ranking.comparison and not math.isnan(row.before):
        lines.append(f"{ranking.comparison}: {fmt.exact(row.before, ranking.unit)}")
    if ranking.clickable:
        action = "click to lift the filter" if row.key in ranking.selected else "click to filter the page"
        lines.append(f"<i>{action}</i>")
    return hover(str(row.label), *lines)


def _ticks(before: pd.Series, places: list[int], colours: Palette) -> dict[str, Any]:
    """Each in a gap in its bar, so that grey is seen."""
    count = len(places)
    return {
        "type": "scatter",
        "x": before.tolist() * 2,
        "y": places * 2,
        "mode": "markers",
        "marker": {
            "symbol": "line-ns",
            "size": 16,
            "line": {
                "color": [colours.ground] * count + [colours.comparison] * count,
                "width": [5] * count + [2] * count,
            },
        },
        "unselected": {"marker": {"opacity": 1}},
        "hoverinfo": "skip",
        "cliponaxis": False,
    }


def _short(ranking: Ranking, value: float) -> str:
    return fmt.short(value, ranking.unit, ranking.currency)
