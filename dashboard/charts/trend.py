"""A measure over time: the period in the accent, what it is compared with in grey behind, events as thin marks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard import format as fmt
from dashboard.charts.layout import blank_figure, hover, key_line, range_of, round_ticks, rows_of
from dashboard.charts.palette import Palette
from dashboard.charts.time_axis import date_ticks
from data.semantic.types import Grain, Unit

HEIGHT = 290


@dataclass(frozen=True)
class Trend:
    """What a trend shows and in which words.

    One row of `frame` is a time bucket, first to last; columns period (datetime64, its first day), value (float64,
    NaN where undefined), before_period and before (the bucket at the same place of the comparison; NaT and NaN where
    there is none), complete (bool: all its days are in the period asked for).
    """

    frame: pd.DataFrame
    label: str
    unit: Unit
    grain: Grain
    period: str
    comparison: str | None = None
    currency: str = "USD"


def trend_chart(trend: Trend, events: pd.DataFrame, colours: Palette, *, height: int = HEIGHT) -> go.Figure:
    """The line of `trend`; `events` as `calendar_events` gives them, numbered in that order."""
    figure = blank_figure(colours, height=height)
    frame = trend.frame
    if trend.comparison:
        figure.add_trace(_line(frame["period"], frame["before"], colours.comparison, width=1.5))
    for part, dash in _stretches(frame):
        figure.add_trace(_line(part["period"], part["value"], colours.accent, width=2.5, dash=dash))
    figure.add_trace(_points(trend, colours))
    _mark_events(figure, frame, events, colours)
    entries = [(colours.accent, trend.period)]
    if trend.comparison:
        entries.append((colours.comparison, trend.comparison))
    figure.add_annotation(key_line(colours, *entries))
    figure.update_layout(margin_t=34, hovermode="x")
    _axes(figure, trend, colours)
    return figure


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
    return " ".join(filter(None, (text, incomplete_note(trend))))


def incomplete_note(trend: Trend) -> str:
    """Which of the first and last buckets are cut off by the period; empty where none is."""
    cut = trend.frame.loc[~trend.frame["complete"], "period"]
    if cut.empty:
        return ""
    names = " and ".join(fmt.bucket(period, trend.grain) for period in cut)
    return f"{names} {'is' if len(cut) == 1 else 'are'} only partly in the period, drawn dotted."


def numbered_events(events: pd.DataFrame) -> list[tuple[int, date, str]]:
    """The events as (number, first date, name), in the order in which the chart numbers them."""
    return [(number, row.start_on.date(), str(row.name)) for number, row in enumerate(rows_of(events), 1)]


def _line(x: pd.Series, y: pd.Series, colour: str, *, width: float, dash: str = "solid") -> go.Scatter:
    style = {"color": colour, "width": width, "dash": dash, "shape": "linear"}
    return go.Scatter(x=x, y=y, mode="lines", line=style, hoverinfo="skip", connectgaps=False)


def _stretches(frame: pd.DataFrame) -> list[tuple[pd.DataFrame, str]]:
    """The complete part as a solid line, and the steps to and from a bucket that is cut off as dotted ones."""
    complete = frame["complete"].to_numpy()
    parts = [(frame[complete], "solid")]
    if len(frame) > 1 and not complete[0]:
        parts.append((frame.iloc[:2], "dot"))
    if len(frame) > 1 and not complete[-1] and not (len(frame) == 2 and not complete[0]):
        parts.append((frame.iloc[-2:], "dot"))
    return parts


def _points(trend: Trend, colours: Palette) -> go.Scatter:
    """The points people hover over: seen where they are few, hollow where their bucket is cut off."""
    frame = trend.frame
    few = len(frame) <= 31
    fill = [colours.accent if complete else colours.ground for complete in frame["complete"]]
    return go.Scatter(
        x=frame["period"],
        y=frame["value"],
        mode="markers",
        marker={
            "color": fill,
            "size": [5 if few or not complete else 0.1 for complete in frame["complete"]],
            "line": {"color": colours.accent, "width": [0 if complete else 1.5 for complete in frame["complete"]]},
        },
        customdata=[_hover(trend, row) for row in rows_of(frame)],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _hover(trend: Trend, row: Any) -> str:
    value, before = float(row.value), float(row.before)
    lines = [fmt.exact(value, trend.unit)]
    if trend.comparison and not math.isnan(before):
        earlier = fmt.bucket(row.before_period, trend.grain)
        lines.append(f"{earlier}: {fmt.exact(before, trend.unit)}")
        lines.append(fmt.percent(fmt.change(value, before), sign=True))
    if not row.complete:
        lines.append("only partly in the period")
    return hover(fmt.bucket(row.period, trend.grain), *lines)


def _mark_events(figure: go.Figure, frame: pd.DataFrame, events: pd.DataFrame, colours: Palette) -> None:
    """A thin line at the bucket that an event starts in; events of one bucket share it."""
    marks: dict[Any, list[int]] = {}
    for number, start_on, _ in numbered_events(events):
        begun = frame["period"][frame["period"] <= pd.Timestamp(start_on)]
        if len(begun):
            marks.setdefault(begun.iloc[-1], []).append(number)
    for x, numbers in marks.items():
        figure.add_shape(
            type="line",
            x0=x,
            x1=x,
            y0=0,
            y1=1,
            yref="paper",
            line={"color": colours.comparison, "width": 1},
            opacity=0.6,
        )
        figure.add_annotation(
            x=x,
            y=1,
            yref="paper",
            yanchor="top",
            xanchor="left",
            xshift=1,
            showarrow=False,
            text=",".join(map(str, numbers)),
            font={"size": 10, "color": colours.muted},
        )


def _axes(figure: go.Figure, trend: Trend, colours: Palette) -> None:
    lowest, highest = range_of(trend.frame["value"], trend.frame["before"])
    ticks = round_ticks(highest)
    if lowest < 0:
        ticks = [-tick for tick in reversed(round_ticks(-lowest)[1:])] + ticks
    figure.update_yaxes(
        tickvals=ticks,
        ticktext=[fmt.tick(value, trend.unit, trend.currency) for value in ticks],
        range=[ticks[0], ticks[-1] if ticks[-1] > ticks[0] else 1],
    )
    places, words = date_ticks(trend.frame["period"], trend.grain)
    figure.update_xaxes(tickvals=places, ticktext=words)
    if len(trend.frame) > 1:
        first, last = trend.frame["period"].iloc[0], trend.frame["period"].iloc[-1]
        margin = (last - first) * 0.012
        figure.update_xaxes(range=[first - margin, last + margin])
    figure.update_yaxes(zeroline=True, zerolinecolor=colours.comparison, zerolinewidth=1)


def _short(trend: Trend, value: float) -> str:
    return fmt.short(value, trend.unit, trend.currency)
