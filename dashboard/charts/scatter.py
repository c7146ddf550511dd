"""A scatter: one metric against another, a point for each member, the outermost named."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard import format as fmt
from dashboard.charts.layout import SIZE, figure_of, hover, rows_of
from dashboard.charts.palette import Palette
from dashboard.charts.plot import Plot
from dashboard.charts.value_axis import value_axis

HEIGHT, _NAMED = 420, 12


def scatter_chart(plot: Plot, colours: Palette, *, height: int = HEIGHT) -> go.Figure:
    """Points where both metrics are defined."""
    own = plot.colours(colours)
    kept = plot.frame.dropna(subset=["value", "y"])
    named = _apart(kept)
    marks = [
        _points(plot, rows.dropna(subset=["value", "y"]), own[name], colours, named) for name, rows in plot.series()
    ]
    across = value_axis(kept["value"], unit=plot.unit, currency=plot.currency, colours=colours)
    up = value_axis(kept["y"], unit=plot.y_unit, currency=plot.currency, colours=colours)
    return figure_of(
        marks,
        colours,
        height=height,
        x={
            **across,
            "title": {"text": plot.label, "standoff": 8, "font": {"size": SIZE}},
            "showgrid": True,
            "gridcolor": colours.grid,
        },
        y={**up, "title": {"text": plot.y_label, "standoff": 8, "font": {"size": SIZE}}},
        margin={"l": 0, "r": 60, "t": 16, "b": 0, "pad": 4},
        hovermode="closest",
    )


def _apart(kept: pd.DataFrame) -> set[int]:
    """The marks that get a name: the largest first, each unless another name is too near."""
    across, up = (kept[name].max() - min(kept[name].min(), 0) or 1 for name in ("value", "y")) if len(kept) else (1, 1)
    places: list[tuple[float, float]] = []
    named: set[int] = set()
    for row in rows_of(kept.sort_values("value", ascending=False)):
        place = (row.value / across, row.y / up)
        if len(named) < _NAMED and all(abs(place[0] - x) > 0.12 or abs(place[1] - y) > 0.05 for x, y in places):
            named.add(row.mark)
            places.append(place)
    return named


def _points(plot: Plot, rows: Any, colour: str, colours: Palette, named: set[int]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": rows["value"],
        "y": rows["y"],
        "text": [_name(plot, row) if row.mark in named else "" for row in rows_of(rows)],
        "textposition": "top center",
        "textfont": {"size": 11, "color": colours.text},
        "marker": {"size": 9, "opacity": 0.85,
                   "color": [colours.comparison if row.kind == "others" else colour for row in rows_of(rows)]},
        "unselected": {"marker": {"opacity": 0.85}, "textfont": {"color": colours.text}},
        "customdata": [[int(row.mark), _hover(plot, row)] for row in rows_of(rows)],
        "hovertemplate": "%{customdata[1]}<extra></extra>",
        "cliponaxis": False,
    }  # fmt: skip


def _name(plot: Plot, row: Any) -> str:
    return row.series or plot.x_words(row.x)


def _hover(plot: Plot, row: Any) -> str:
    title = " · ".join(filter(None, (row.series, plot.x_words(row.x))))
    y = fmt.UNDEFINED if math.isnan(row.y) else fmt.exact(row.y, plot.y_unit)
    return hover(title, f"{plot.label}: {fmt.exact(row.value, plot.unit)}", f"{plot.y_label}: {y}")
