"""The days, weeks and months below a line: few labels, and the year where it begins."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dashboard import format as fmt
from data.semantic.types import Grain

_TICKS = 7


def date_ticks(periods: pd.Series, grain: Grain) -> tuple[list[Any], list[str]]:
    """At most seven buckets that get a label, Mondays where days are shown; the year stands where it begins."""
    starts = list(periods)
    if grain is Grain.DAY and len(starts) > _TICKS:
        mondays = [start for start in starts if start.weekday() == 0]
        firsts = [start for start in starts if start.day == 1]
        starts = mondays if len(mondays) <= _TICKS else firsts
    starts = starts[:: -(-len(starts) // _TICKS) or 1]
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
