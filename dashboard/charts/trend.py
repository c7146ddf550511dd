"""A measure over time: the period in the accent, what it is compared with in grey behind, events as thin marks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard import format as fmt
from dashboard.charts.events import event_line, event_numbers, event_places
from dashboard.charts.layout import figure_of, hover, key_line, rows_of
from dashboard.charts.palette import Palette
from dashboard.charts.strokes import stretches, stroke
from dashboard.charts.time_axis import date_ticks
from dashboard.charts.usual import Usual, ribbon, rings
from dashboard.charts.value_axis import value_axis
from data.semantic.types import Grain, Unit

HEIGHT = 290


@dataclass(frozen=True)
class Trend:
    """What a trend shows and in which words.

    One row of `frame` is a time bucket, first to last; columns period (datetime64, its first day), value (float64,
    NaN where undefined), before_period and before (the bucket at the same place of the comparison; NaT and NaN where
    there is none), complete (bool: all its days are in the period asked for). `usual` is the band around the values,
    where one is shown.
    """

    frame: pd.DataFrame
    label: str
    unit: Unit
    grain: Grain
    period: str
    comparison: str | None = None
    currency: str = "USD"
    usual: Usual | None = None


def trend_chart(trend: Trend, events: pd.DataFrame, colours: Palette, *, height: int = HEIGHT) -> go.Figure:
    """The line of `trend`; `events` as `calendar_events` gives them, numbered in that order."""
    frame = trend.frame
    entries = [(colours.accent, trend.period)]
    marks = [
        stroke(part["period"], part["value"], colours.accent, width=2.5, dash=dash) for part, dash in stretches(frame)
    ]
    if trend.comparison:
        entries.append((colours.comparison, trend.comparison))
        marks.insert(0, stroke(frame["period"], frame["before"], colours.comparison, width=1.5))
    above: list[dict[str, Any]] = []
    if trend.usual:
        marks, above = [*ribbon(trend.usual, colours), *marks], [rings(trend.usual, colours)]
    events_at = event_places(frame["period"], events)
    return figure_of(
        [*marks, *above, _points(trend, colours)],
        colours,
        height=height,
        x=_time_axis(trend),
        y=value_axis(
            frame["value"],
            frame["before"],
            *_tops(trend.usual),
            unit=trend.unit,
            currency=trend.currency,
            colours=colours,
        ),
        shapes=[event_line(x, colours) for x in events_at],
        annotations=[
            *(event_numbers(x, numbers, colours) for x, numbers in events_at.items()),
            key_line(colours, *entries),
        ],
        margin={"l": 0, "r": 8, "t": 34, "b": 0, "pad": 4},
        hovermode="x",
    )


def _tops(usual: Usual | None) -> list[pd.Series]:
    return [usual.top] if usual else []


def trend_alt(trend: Trend) -> str:
    """The finding of the trend in words: the range, where it peaks, how it compares and what is incomplete."""
    drawn = [row for row in rows_of(trend.frame) if not math.isnan(row.value)]
    known = [row for row in drawn if row.complete] or drawn
    if not known:
        return f"{trend.label}, {trend.period}: nothing was sold."
    low, high = (choose(known, key=lambda row: row.value) for choose in (min, max))
    text = (
        f"{trend.label} by {trend.grain}, {trend.period}: highest {_short(trend, high.value)}, "
        f"{fmt.bucket(high.period, trend.grain)}; lowest {_short(trend, low.value)}, "
        f"{fmt.bucket(low.period, trend.grain)}."
    )
    if trend.comparison:
        pairs = [row for row in known if not math.isnan(row.before)]
        text += f" Above {trend.comparison} in {sum(row.value > row.before for row in pairs)} of {len(pairs)}."
    if trend.usual and len(trend.usual.unusual):
        text += f" Unusual: {', '.join(fmt.bucket(row.period, trend.grain) for row in rows_of(trend.usual.unusual))}."
    return " ".join(filter(None, (text, incomplete_note(trend))))


def incomplete_note(trend: Trend) -> str:
    """Which of the first and last buckets are cut off by the period; empty where none is."""
    cut = trend.frame.loc[~trend.frame["complete"], "period"]
    if cut.empty:
        return ""
    names = " and ".join(fmt.bucket(period, trend.grain) for period in cut)
    return f"{names} {'is' if len(cut) == 1 else 'are'} only partly in the period, drawn dotted."


def _points(trend: Trend, colours: Palette) -> dict[str, Any]:
    """The points people hover over: seen where they are few, hollow where their bucket is cut off."""
    frame = trend.frame
    few = len(frame) <= 31
    return {
        "type": "scatter",
        "x": frame["period"],
        "y": frame["value"],
        "mode": "markers",
        "marker": {
            "color": [colours.accent if complete else colours.ground for complete in frame["complete"]],
            "opacity": 1,
            "size": [5 if few or not complete else 0.1 for complete in frame["complete"]],
            "line": {"color": colours.accent, "width": [0 if complete else 1.5 for complete in frame["complete"]]},
        },
        "customdata": [_hover(trend, row) for row in rows_of(frame)],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _hover(trend: Trend, row: Any) -> str:
    value, before = float(row.value), float(row.before)
    lines = [fmt.exact(value, trend.unit)]
    if trend.comparison and not math.isnan(before):
        earlier = fmt.bucket(row.before_period, trend.grain)
        lines.append(f"{earlier}: {fmt.exact(before, trend.unit)}")
        lines.append(fmt.percent(fmt.change(value, before), sign=True))
    if trend.usual:
        lines.append(trend.usual.said(row.period))
    if not row.complete:
        lines.append("only partly in the period")
    return hover(fmt.bucket(row.period, trend.grain), *lines)


def _time_axis(trend: Trend) -> dict[str, Any]:
    periods = trend.frame["period"]
    places, words = date_ticks(periods, trend.grain)
    axis: dict[str, Any] = {"type": "date", "tickvals": places, "ticktext": words, "tickangle": 0}
    if len(periods) > 1:
        margin = (periods.iloc[-1] - periods.iloc[0]) * 0.012
        axis["range"] = [periods.iloc[0] - margin, periods.iloc[-1] + margin]
    return axis


def _short(trend: Trend, value: float) -> str:
    return fmt.short(value, trend.unit, trend.currency)
