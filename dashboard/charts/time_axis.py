"""The days, weeks and months below a line: few labels, and the year where it begins."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dashboard import format as fmt
from data.semantic.types import Grain

_TICKS, _NARROW_TICKS = 7, 4


def time_axis(places: pd.Series, grain: Grain, *, narrow: bool) -> dict[str, Any]:
    """An axis of the buckets, which come in order; its labels never stand on their side."""
    starts, words = date_ticks(places, grain, most=_NARROW_TICKS if narrow else _TICKS)
    return {"type": "date", "tickvals": starts, "ticktext": words, "tickangle": 0}


def date_ticks(periods: pd.Series, grain: Grain, *, most: int = _TICKS) -> tuple[list[Any], list[str]]:
    """At most so many buckets that get a label, Mondays where days are shown; the year stands where it begins."""
    starts = list(periods)
    if grain is Grain.DAY and len(starts) > most:
        mondays = [start for start in starts if start.weekday() == 0]
        firsts = [start for start in starts if start.day == 1]
        starts = (mondays if len(mondays) <= 2 * most or len(firsts) < 3 else firsts) or starts
    starts = starts[:: -(-len(starts) // most) or 1]
    words, year = [], None
    for start in starts:
        text = f"W{start.isocalendar().week}" if grain is Grain.WEEK else fmt.day_of_year(start)
        if grain in {Grain.MONTH, Grain.QUARTER}:
            text = fmt.bucket(start, grain).split()[0]
        if grain is Grain.YEAR:
            text = ""
        shown = start.isocalendar().year if grain is Grain.WEEK else start.year
        words.append(text if shown == year else f"{text}<br>{shown}".removeprefix("<br>"))
        year = shown
    return starts, words
