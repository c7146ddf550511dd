"""A curve of concentration: which share of the whole the largest few make."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from dashboard import format as fmt
from dashboard.charts.layout import SIZE, figure_of, hover, rows_of
from dashboard.charts.palette import Palette
from dashboard.charts.strokes import stroke

HEIGHT = 300
_TICKS = [0, 0.2, 0.4, 0.6, 0.8, 1.0]


@dataclass(frozen=True, eq=False)
class Curve:
    """One row of `frame` is a share of the members, the largest first: x and y (float64, shares of 1), told (str).

    `marks` are shares on the vertical axis that get a line and a name.
    """

    frame: pd.DataFrame
    x_label: str
    y_label: str
    marks: tuple[tuple[float, str], ...] = ()


def curve_chart(curve: Curve, colours: Palette, *, height: int = HEIGHT) -> go.Figure:
    """The curve from nothing to everything, what equal shares would give dashed behind it."""
    start = pd.DataFrame({"x": [0.0], "y": [0.0], "told": [""]})
    frame = pd.concat([start, curve.frame[["x", "y", "told"]]], ignore_index=True)
    ends = pd.Series([0.0, 1.0])
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": frame["x"],
        "y": frame["y"],
        "marker": {"color": colours.accent, "size": 4},
        "customdata": [hover(fmt.percent(row.x), fmt.percent(row.y), row.told) for row in rows_of(frame)],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    axis = {"tickvals": _TICKS, "ticktext": [f"{share:.0%}".replace("%", " %") for share in _TICKS]}
    return figure_of(
        [
            stroke(ends, ends, colours.comparison, width=1, dash="dash"),
            stroke(frame["x"], frame["y"], colours.accent, width=2.5),
            points,
        ],
        colours,
        height=height,
        x={**axis, "title": {"text": curve.x_label, "standoff": 8, "font": {"size": SIZE}}, "range": [0, 1.02]},
        y={**axis, "title": {"text": curve.y_label, "standoff": 8, "font": {"size": SIZE}}, "range": [0, 1.05]},
        shapes=[
            {"type": "line", "x0": 0, "x1": 1, "y0": at, "y1": at, "line": {"color": colours.comparison, "width": 1}}
            for at, _ in curve.marks
        ],
        annotations=[
            {"x": 1, "y": at, "text": name, "showarrow": False, "xanchor": "right", "yanchor": "top",
             "font": {"color": colours.muted}}
            for at, name in curve.marks
        ],
        hovermode="x",
    )  # fmt: skip
