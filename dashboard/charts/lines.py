"""Lines and stacked areas over time or ordered members: names at their ends, the comparison in grey behind."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.end_labels import end_labels, room_for
from dashboard.charts.events import event_line, event_numbers, event_places
from dashboard.charts.key import AREA, DASHED, LINE, Entry, key_above
from dashboard.charts.layout import figure_of, nothing_known
from dashboard.charts.palette import Palette
from dashboard.charts.plot import Plot
from dashboard.charts.strokes import stretches, stroke, written
from dashboard.charts.time_axis import time_axis
from dashboard.charts.usual import ribbon, rings
from dashboard.charts.value_axis import value_axis

HEIGHT = 320
_REACH_PX = 80
_LONGEST = 20


def line_chart(
    plot: Plot, colours: Palette, *, events: pd.DataFrame | None = None, height: int = HEIGHT, narrow: bool = False
) -> go.Figure:
    """A line for each series; what it is compared with behind it where there is one."""
    own = plot.colours(colours)
    marks = _comparison(plot, colours)
    for name, rows in plot.series():
        marks += [stroke(part["x"], part["value"], own[name], width=2.5 if len(own) == 1 else 2, dash=dash)
                  for part, dash in stretches(rows)]  # fmt: skip
        marks.append(_points(plot, rows, own[name], colours))
    tops = []
    if plot.usual:
        marks, tops = [*ribbon(plot.usual, colours), *marks[:-1], rings(plot.usual, colours), marks[-1]], [
            plot.usual.top
        ]
    axis = value_axis(plot.frame["value"], _held(plot), *tops, unit=plot.unit, currency=plot.currency, colours=colours)
    return _figure(plot, colours, marks, axis, height=height, events=events, narrow=narrow)


def area_chart(plot: Plot, colours: Palette, *, height: int = HEIGHT, narrow: bool = False) -> go.Figure:
    """Areas on top of each other, the first series at the bottom; for what adds up and is never below zero."""
    own = plot.colours(colours)
    seen = 1 if len(plot.places()) == 1 else 0  # one bucket makes no area
    marks: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "x": rows["x"],
            "y": rows["value"].fillna(0),
            "mode": "lines+markers",
            "stackgroup": "all",
            "line": {"color": own[name], "width": 1},
            "marker": {"size": 8, "color": own[name], "opacity": seen},
            "selected": {"marker": {"opacity": 1}},
            "unselected": {"marker": {"opacity": seen}},
            "name": name,
            "customdata": plot.marked(rows),
            "hovertemplate": "%{customdata[1]}<extra></extra>",
        }
        for name, rows in plot.series()
    ]
    whole = plot.frame.groupby("x")["value"].sum()
    axis = value_axis(whole, _held(plot), unit=plot.unit, currency=plot.currency, colours=colours)
    return _figure(plot, colours, [*marks, *_comparison(plot, colours)], axis, height=height, areas=True, narrow=narrow)


def _held(plot: Plot) -> pd.Series:
    """What the only series is held against; nothing where there are more of them."""
    return plot.frame["before"] if plot.comparison and len(plot.names()) == 1 else plot.frame["before"].iloc[:0]


def _comparison(plot: Plot, colours: Palette) -> list[dict[str, Any]]:
    before = _held(plot)
    if before.empty:
        return []
    dash = "dash" if plot.target else "solid"
    return [stroke(plot.frame["x"], before, colours.comparison, width=1.5, dash=dash)]


def _figure(
    plot: Plot,
    colours: Palette,
    marks: list[dict[str, Any]],
    axis: dict[str, Any],
    *,
    height: int,
    events: pd.DataFrame | None = None,
    areas: bool = False,
    narrow: bool,
) -> go.Figure:
    places = pd.Series(plot.places())
    at = {} if events is None or plot.grain is None else event_places(places, events)
    named = len(plot.names()) > 1 and not narrow
    title, top = ({}, 16) if named else key_above(colours, _entries(plot, colours, areas=areas), narrow=narrow)
    labels = end_labels(plot, colours, axis["range"], height=height - 50, stacked=areas) if named else []
    return figure_of(
        marks,
        colours,
        height=height + (top - 34 if narrow else 0),
        x=_place_axis(plot, places, narrow=narrow or named),  # names beside the lines leave less room below
        y=axis,
        title=title,
        shapes=[*(event_line(x, colours) for x in at), *(_veils(plot, places, colours) if areas else [])],
        annotations=[
            *(event_numbers(x, numbers, colours) for x, numbers in at.items()),
            *labels,
            *nothing_known(plot.frame["value"], colours),
        ],
        margin={"l": 0, "r": room_for(plot) if named else 8, "t": top, "b": 0, "pad": 4},
        hovermode="closest",
        hoverdistance=_REACH_PX,
    )


def _entries(plot: Plot, colours: Palette, *, areas: bool) -> list[Entry]:
    glyph, own = AREA if areas else LINE, plot.colours(colours)
    if len(own) > 1:
        return [Entry(glyph, colour, name) for name, colour in own.items()]
    behind = Entry(DASHED if plot.target else LINE, colours.comparison, plot.comparison or "")
    return [Entry(glyph, colours.accent, plot.period), *([behind] if plot.comparison else [])]


def _veils(plot: Plot, places: pd.Series, colours: Palette) -> list[dict[str, Any]]:
    """Areas fade towards a bucket that the period cuts off."""
    cut = places.isin(plot.frame.loc[~plot.frame["complete"], "x"])
    ends = [(near, far) for near, far in ((1, 0), (-2, -1)) if len(places) > 1 and cut.iloc[far]]
    return [
        {"type": "rect", "x0": places.iloc[near], "x1": places.iloc[far], "y0": 0, "y1": 1, "yref": "paper",
         "fillcolor": colours.ground, "opacity": 0.55, "line": {"width": 0}}
        for near, far in ends
    ]  # fmt: skip


def _points(plot: Plot, rows: pd.DataFrame, colour: str, colours: Palette) -> dict[str, Any]:
    """The points people point at and click: seen where they are few, hollow where their bucket is cut off."""
    few = len(rows) <= 31
    return {
        "type": "scatter",
        "x": rows["x"],
        "y": rows["value"],
        "mode": "markers",
        "marker": {
            "color": [colour if complete else colours.ground for complete in rows["complete"]],
            "opacity": 1,
            "size": [6 if few or not complete else 3 for complete in rows["complete"]],
            "line": {"color": colour, "width": [0 if complete else 1.5 for complete in rows["complete"]]},
        },
        "unselected": {"marker": {"opacity": 1}},
        "customdata": plot.marked(rows),
        "hovertemplate": "%{customdata[1]}<extra></extra>",
    }


def _place_axis(plot: Plot, places: pd.Series, *, narrow: bool) -> dict[str, Any]:
    if plot.grain is None:
        words = [written(str(place), _LONGEST) for place in places]
        return {"type": "category", "categoryorder": "array", "categoryarray": list(places), "tickvals": list(places),
                "ticktext": words}  # fmt: skip
    axis = time_axis(places, plot.grain, narrow=narrow)
    if len(places) > 1:
        margin = (places.iloc[-1] - places.iloc[0]) * 0.012
        axis["range"] = [places.iloc[0] - margin, places.iloc[-1] + margin]
    return axis
