"""A scatter: one metric against another, a point for each member, the outermost named."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard import format as fmt
from dashboard.charts.layout import SIZE, figure_of, hover, rows_of, text_px
from dashboard.charts.palette import Palette
from dashboard.charts.plot import Plot
from dashboard.charts.value_axis import value_axis

HEIGHT, _NAMED, _NAME_SIZE = 420, 12, 11
# About as wide as a chart is that has half of the page, as high as a name, and what the axis takes from the height.
_ACROSS_PX, _LINE_PX, _BELOW_PX = 400, 15, 60


def scatter_chart(plot: Plot, colours: Palette, *, height: int = HEIGHT) -> go.Figure:
    """Points where both metrics are defined."""
    own = plot.colours(colours)
    kept = plot.frame.dropna(subset=["value", "y"])
    across = value_axis(kept["value"], unit=plot.unit, currency=plot.currency, colours=colours)
    up = value_axis(kept["y"], unit=plot.y_unit, currency=plot.currency, colours=colours)
    named = _named(plot, kept, (_px(kept["value"], across, _ACROSS_PX), _px(kept["y"], up, height - _BELOW_PX)))
    marks = [
        _points(plot, rows.dropna(subset=["value", "y"]), own[name], colours, named) for name, rows in plot.series()
    ]
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
        margin={"l": 0, "r": 60, "t": 26, "b": 0, "pad": 4},
        hovermode="closest",
    )


def _px(values: pd.Series, axis: dict[str, Any], length: int) -> list[float]:
    """About where values lie on an axis that is so long."""
    low, high = axis["range"]
    return [(value - low) / (high - low) * length for value in values]


def _named(plot: Plot, kept: pd.DataFrame, places: tuple[list[float], list[float]]) -> set[int]:
    """The marks that get a name: the largest first, each unless it would lie on another name or on a point."""
    points = list(zip(*places, strict=True))
    boxes: list[tuple[float, float, float]] = []
    named: set[int] = set()
    rows = sorted(zip(rows_of(kept), points, strict=True), key=lambda pair: pair[0].value, reverse=True)
    for row, (x, y) in rows:
        half = text_px(_name(plot, row), _NAME_SIZE) / 2
        on_name = any(abs(x - left) < half + wide + 4 and abs(y - top) < _LINE_PX for left, top, wide in boxes)
        on_point = any(abs(x - left) < half and 4 < top - y < _LINE_PX + 4 for left, top in points)
        if len(named) < _NAMED and not on_name and not on_point:
            named.add(row.mark)
            boxes.append((x, y, half))
    return named


def _points(plot: Plot, rows: Any, colour: str, colours: Palette, named: set[int]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": rows["value"],
        "y": rows["y"],
        "text": [_name(plot, row) if row.mark in named else "" for row in rows_of(rows)],
        "textposition": "top center",
        "textfont": {"size": _NAME_SIZE, "color": colours.text},
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
