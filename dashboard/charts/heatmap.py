"""A heatmap: a cell for each pair of members, stronger where there is more; its value written where cells are few."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.layout import figure_of, rows_of
from dashboard.charts.palette import Palette
from dashboard.charts.plot import Plot
from dashboard.charts.strokes import written
from dashboard.charts.time_axis import date_ticks

_ROW_PX, _LONGEST, _FEW = 26, 24, 12


def heatmap_chart(plot: Plot, colours: Palette) -> go.Figure:
    """Time across and series down; members as the table has them, the first key down and the second across.

    One hue from the ground to the accent, so that it reads in light and dark.
    """
    timed = plot.grain is not None
    places = list(plot.frame["x"].drop_duplicates())
    down, across = (plot.names(), sorted(places)) if timed else (places, plot.names())
    cells = {(row.series, row.x) if timed else (row.x, row.series): row for row in rows_of(plot.frame)}
    found = [[cells.get((line, place)) for place in across] for line in down]
    marks = [
        {
            "type": "heatmap",
            "x": across if timed else list(range(len(across))),
            "y": list(range(len(down))),
            "z": [[None if cell is None else cell.value for cell in line] for line in found],
            "hoverinfo": "skip",
            "hoverongaps": False,
            "colorscale": [[0, colours.grid], [1, colours.accent]],
            "showscale": False,
            "xgap": 1,
            "ygap": 1,
        },
        _picks(plot, across, found, colours),
    ]
    return figure_of(
        marks,
        colours,
        height=60 + len(down) * _ROW_PX,
        x=_across(plot, across),
        y={"tickvals": list(range(len(down))), "ticktext": [written(str(name), _LONGEST) for name in down],
           "autorange": "reversed", "showgrid": False},
        hovermode="closest",
    )  # fmt: skip


def _picks(plot: Plot, across: list[Any], found: list[list[Any]], colours: Palette) -> dict[str, Any]:
    """The cells' values as text, and something to click: a heatmap's own cells cannot be selected."""
    few = len(across) <= _FEW
    points = [
        (place if plot.grain is not None else at, line, cell)
        for line, cells in enumerate(found)
        for at, (place, cell) in enumerate(zip(across, cells, strict=True))
        if cell is not None
    ]
    highest = max((cell.value for *_, cell in points if cell.value == cell.value), default=0)
    dark = [cell.value > highest * 0.55 for *_, cell in points]
    return {
        "type": "scatter",
        "mode": "markers+text" if few else "markers",
        "x": [x for x, *_ in points],
        "y": [y for _, y, _ in points],
        "text": [plot.short(cell.value) for *_, cell in points] if few else None,
        "textfont": {"color": [colours.ground if strong else colours.text for strong in dark], "size": 11},
        "marker": {"symbol": "square", "size": 24, "opacity": 0, "color": colours.accent},
        "selected": {"marker": {"opacity": 0}},
        "unselected": {"marker": {"opacity": 0}, "textfont": {"color": colours.text}},
        "customdata": [_told(plot, cell) for *_, cell in points],
        "hovertemplate": "%{customdata[1]}<extra></extra>",
    }


def _told(plot: Plot, cell: Any) -> list[Any]:
    return [-1, ""] if cell is None else [int(cell.mark), plot.hover(cell)]


def _across(plot: Plot, places: list[Any]) -> dict[str, Any]:
    if plot.grain is None:
        words = [written(str(place), _LONGEST) for place in places]
        return {"tickvals": list(range(len(places))), "ticktext": words, "side": "top"}
    starts, words = date_ticks(pd.Series(places), plot.grain)
    return {"type": "date", "tickvals": starts, "ticktext": words, "side": "top"}
