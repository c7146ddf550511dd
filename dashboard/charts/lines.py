"""Lines and stacked areas over time or ordered members: labels at their ends, the comparison in grey behind."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.events import event_line, event_numbers, event_places
from dashboard.charts.layout import figure_of, key_line
from dashboard.charts.palette import Palette
from dashboard.charts.plot import Plot
from dashboard.charts.strokes import clipped, stretches, stroke
from dashboard.charts.time_axis import date_ticks
from dashboard.charts.value_axis import value_axis

HEIGHT = 320
_LETTER, _LINE_PX = 7.8, 14
_LONGEST = 24


def line_chart(plot: Plot, colours: Palette, *, events: pd.DataFrame | None = None, height: int = HEIGHT) -> go.Figure:
    """A line for each series; what it is compared with behind it where there is one."""
    own = plot.colours(colours)
    single = len(own) == 1
    marks: list[dict[str, Any]] = []
    for name, rows in plot.series():
        if single and plot.comparison:
            dash = "dash" if plot.target else "solid"
            marks.append(stroke(rows["x"], rows["before"], colours.comparison, width=1.5, dash=dash))
        marks += [stroke(part["x"], part["value"], own[name], width=2.5 if single else 2, dash=dash)
                  for part, dash in stretches(rows)]  # fmt: skip
        marks.append(_points(plot, rows, own[name], colours))
    held = [plot.frame["before"]] if single and plot.comparison else []
    axis = value_axis(plot.frame["value"], *held, unit=plot.unit, currency=plot.currency, colours=colours)
    return _figure(plot, colours, marks, axis, height=height, events=events)


def area_chart(plot: Plot, colours: Palette, *, height: int = HEIGHT) -> go.Figure:
    """Areas on top of each other, the first series at the bottom; for what adds up."""
    own = plot.colours(colours)
    marks = [
        {
            "type": "scatter",
            "x": rows["x"],
            "y": rows["value"].fillna(0),
            "mode": "lines",
            "stackgroup": "all",
            "line": {"color": own[name], "width": 1},
            "name": name,
            "customdata": plot.marked(rows),
            "hovertemplate": "%{customdata[1]}<extra></extra>",
        }
        for name, rows in plot.series()
    ]
    whole = plot.frame.groupby("x")["value"].sum()
    axis = value_axis(whole, unit=plot.unit, currency=plot.currency, colours=colours)
    return _figure(plot, colours, marks, axis, height=height, stacked=True)


def _figure(
    plot: Plot,
    colours: Palette,
    marks: list[dict[str, Any]],
    axis: dict[str, Any],
    *,
    height: int,
    events: pd.DataFrame | None = None,
    stacked: bool = False,
) -> go.Figure:
    places = plot.frame["x"].drop_duplicates()
    at = {} if events is None or plot.grain is None else event_places(places.sort_values(), events)
    single = len(plot.names()) == 1
    labels = [] if single else _end_labels(plot, colours, axis, height=height, stacked=stacked)
    room = max((len(label["text"]) for label in labels), default=0) * _LETTER
    return figure_of(
        marks,
        colours,
        height=height,
        x=_place_axis(plot, places),
        y=axis,
        shapes=[event_line(x, colours) for x in at],
        annotations=[
            *(event_numbers(x, numbers, colours) for x, numbers in at.items()),
            *([_key(plot, colours)] if single else labels),
        ],
        margin={"l": 0, "r": 12 + room, "t": 34 if single else 16, "b": 0, "pad": 4},
        hovermode="closest",
    )


def _key(plot: Plot, colours: Palette) -> dict[str, Any]:
    entries = [(colours.accent, plot.period)]
    if plot.comparison:
        entries.append((colours.comparison, plot.comparison))
    return key_line(colours, *entries)


def _end_labels(
    plot: Plot, colours: Palette, axis: dict[str, Any], *, height: int, stacked: bool
) -> list[dict[str, Any]]:
    """The name of each series at its end, moved apart where they would lie on each other."""
    own, below = plot.colours(colours), 0.0
    ends: list[tuple[float, str]] = []
    low, high = axis["range"]
    for name, rows in plot.series():
        known = rows.dropna(subset=["value"])
        if known.empty:
            continue
        last = float(known["value"].iloc[-1])
        ends.append((below + last / 2 if stacked else last, name))
        below += last
    ends.sort()
    step = (high - low) * _LINE_PX / max(height - 50, 1)
    places = _apart([y for y, _ in ends], step, high)
    return [
        {"x": 1, "xref": "paper", "xanchor": "left", "xshift": 4, "y": y, "yanchor": "middle", "showarrow": False,
         "text": clipped(name, _LONGEST), "font": {"color": own[name], "size": 11}}
        for y, (_, name) in zip(places, ends, strict=True)
    ]  # fmt: skip


def _apart(places: list[float], step: float, high: float) -> list[float]:
    """Ascending places, none nearer to the next than `step`, none above `high` while there is room below."""
    for at in range(1, len(places)):
        places[at] = max(places[at], places[at - 1] + step)
    ceiling = high
    for at in range(len(places) - 1, -1, -1):
        places[at] = min(places[at], ceiling)
        ceiling = places[at] - step
    return places


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


def _place_axis(plot: Plot, places: pd.Series) -> dict[str, Any]:
    if plot.grain is None:
        return {"type": "category", "categoryorder": "array", "categoryarray": list(places)}
    starts, words = date_ticks(places.sort_values(), plot.grain)
    axis: dict[str, Any] = {"type": "date", "tickvals": starts, "ticktext": words}
    if len(places) > 1:
        margin = (places.max() - places.min()) * 0.012
        axis["range"] = [places.min() - margin, places.max() + margin]
    return axis
