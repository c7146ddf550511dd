"""The calendar on a chart over time: a thin mark with a number, and the list that says what the numbers mean."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from dashboard.charts.layout import rows_of
from dashboard.charts.palette import Palette


def numbered_events(events: pd.DataFrame) -> list[tuple[int, date, str]]:
    """The events as (number, first date, name with its place), in the order in which the chart numbers them."""
    return [(number, row.start_on.date(), _named(row)) for number, row in enumerate(rows_of(events), 1)]


def _named(event: Any) -> str:
    place = str(getattr(event, "place", ""))
    return f"{event.name} ({place})" if place else str(event.name)


def event_places(periods: pd.Series, events: pd.DataFrame) -> dict[Any, list[int]]:
    """The buckets that events start in, with their numbers; events of one bucket share its mark."""
    marks: dict[Any, list[int]] = {}
    for number, start_on, _ in numbered_events(events):
        begun = periods[periods <= pd.Timestamp(start_on)]
        if len(begun):
            marks.setdefault(begun.iloc[-1], []).append(number)
    return marks


def event_line(x: Any, colours: Palette) -> dict[str, Any]:
    """A thin line from top to bottom."""
    line = {"color": colours.comparison, "width": 1}
    return {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": line, "opacity": 0.6}


def event_numbers(x: Any, numbers: list[int], colours: Palette) -> dict[str, Any]:
    """Right of the top of their line, on ground of their own, so that no line runs through them."""
    return {
        "x": x,
        "y": 1,
        "yref": "paper",
        "yanchor": "top",
        "xanchor": "left",
        "xshift": 1,
        "showarrow": False,
        "text": ",".join(map(str, numbers)),
        "font": {"size": 10, "color": colours.muted},
        "bgcolor": colours.ground,
        "borderpad": 1,
    }
