"""Bars: upright over time, lying with their names where members are compared; beside or on top of each other."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.key import LINE, Entry, key_above
from dashboard.charts.layout import figure_of, key_line, rows_of
from dashboard.charts.palette import Palette
from dashboard.charts.plot import Plot
from dashboard.charts.strokes import clipped
from dashboard.charts.time_axis import date_ticks
from dashboard.charts.value_axis import value_axis

HEIGHT = 320
_ROW_PX, _LONGEST = 24, 30


def bar_chart(
    plot: Plot, colours: Palette, *, stacked: bool = False, height: int = HEIGHT, narrow: bool = False
) -> go.Figure:
    """A bar for each mark; a series has its colour, and what it is compared with a tick or a grey bar.

    Upright ones are of the `height`, lying ones as high as there are of them. The key of a `narrow` chart begins at its
    left edge, and has as many lines as it takes.
    """
    own, upright = plot.colours(colours), plot.grain is not None
    series, beside = list(plot.series()), not upright and not stacked
    # Of bars that lie beside each other, the first is drawn at the bottom.
    drawn = series[::-1] if beside else series
    marks = [_bars(plot, rows, own[name], name, colours, upright=upright) for name, rows in drawn]
    single = len(own) == 1
    if single and plot.comparison:
        marks.append(_ticks(plot, colours, upright=upright))
    if single and not upright:
        marks.append(_values(plot, colours))
    held = [plot.frame["before"]] if single and plot.comparison else []
    values = plot.frame.groupby("x")["value"].sum() if stacked else plot.frame["value"]
    axis = value_axis(values, *held, unit=plot.unit, currency=plot.currency, colours=colours)
    places = plot.frame["x"].drop_duplicates()
    title, top = key_above(colours, _entries(plot, colours), narrow=True) if single and narrow else ({}, 0)
    return figure_of(
        marks,
        colours,
        height=height if upright else _height(plot, len(places), stacked=stacked),
        x=_time_axis(plot, places) if upright else _lying(axis, colours, labelled=not single),
        y=axis if upright else _name_axis(places),
        barmode="stack" if stacked else "group",
        bargap=0.25,
        annotations=[_key(plot, colours)] if single and not narrow else [],
        title=title,
        showlegend=not single,
        legend=_legend(reverse=beside),
        margin={
            "l": 0,
            "r": 90 if single and not upright else 8,
            "t": top or (34 if upright or single else 58),
            "b": 0,
            "pad": 4,
        },
        hovermode="closest",
    )


def _lying(axis: dict[str, Any], colours: Palette, *, labelled: bool) -> dict[str, Any]:
    """The value axis below; without words where each bar has its own."""
    return {**axis, "side": "bottom", "showgrid": True, "gridcolor": colours.grid, "showticklabels": labelled}


def _height(plot: Plot, places: int, *, stacked: bool) -> int:
    """Room for the bars, and on a phone for a line of each name."""
    series = len(plot.names())
    bars = 1 if stacked else series
    return 70 + places * max(_ROW_PX, bars * 12 + 6) + (18 * series if series > 1 else 0)


def _bars(plot: Plot, rows: pd.DataFrame, colour: str, name: str, colours: Palette, *, upright: bool) -> dict[str, Any]:
    others = colours.comparison
    places = rows["x"] if upright else rows["x"].map(partial(clipped, most=_LONGEST))
    bars = {
        "type": "bar",
        "orientation": "v" if upright else "h",
        "name": name,
        "marker": {
            "color": [others if row.kind == "others" else colour for row in rows_of(rows)],
            "opacity": [1 if row.complete else 0.5 for row in rows_of(rows)],
            "line": {"width": 0},
        },
        "unselected": {"marker": {"opacity": 1}},
        "customdata": plot.marked(rows),
        "hovertemplate": "%{customdata[1]}<extra></extra>",
    }
    return bars | ({"x": places, "y": rows["value"]} if upright else {"x": rows["value"], "y": places})


def _ticks(plot: Plot, colours: Palette, *, upright: bool) -> dict[str, Any]:
    rows = plot.frame.dropna(subset=["before"])
    places = rows["x"] if upright else rows["x"].map(partial(clipped, most=_LONGEST))
    return {
        "type": "scatter",
        "mode": "markers",
        "x": places if upright else rows["before"],
        "y": rows["before"] if upright else places,
        "marker": {
            "symbol": "line-ew" if upright else "line-ns",
            "size": 16,
            "line": {"color": colours.text, "width": 2},
        },
        "unselected": {"marker": {"opacity": 1}},
        "hoverinfo": "skip",
        "cliponaxis": False,
    }


def _values(plot: Plot, colours: Palette) -> dict[str, Any]:
    rows = plot.frame
    return {
        "type": "scatter",
        "mode": "text",
        "x": rows[["value", "before"]].max(axis=1).clip(lower=0).fillna(0),
        "y": rows["x"].map(partial(clipped, most=_LONGEST)),
        "text": [f"\u2002{plot.short(value)}" for value in rows["value"]],
        "textposition": "middle right",
        "textfont": {"color": colours.text},
        "unselected": {"textfont": {"color": colours.text}},
        "hoverinfo": "skip",
        "cliponaxis": False,
    }


def _entries(plot: Plot, colours: Palette) -> list[Entry]:
    held = [Entry("|", colours.text, plot.comparison)] if plot.comparison else []
    return [Entry(LINE, colours.accent, plot.period), *held]


def _key(plot: Plot, colours: Palette) -> dict[str, Any]:
    entries = [(colours.accent, plot.period)]
    if plot.comparison:
        entries.append((colours.text, plot.comparison))
    return key_line(colours, *entries)


def _legend(*, reverse: bool) -> dict[str, Any]:
    """Above the bars, in as many lines as the page asks for; names are no filters, so a click on one does nothing."""
    return {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "traceorder": "reversed" if reverse else "normal",
            "itemclick": False, "itemdoubleclick": False}  # fmt: skip


def _time_axis(plot: Plot, places: pd.Series) -> dict[str, Any]:
    starts, words = date_ticks(places.sort_values(), plot.grain)  # type: ignore[arg-type]  # upright bars have a grain
    return {"type": "date", "tickvals": starts, "ticktext": words}


def _name_axis(places: pd.Series) -> dict[str, Any]:
    names = [clipped(str(place), _LONGEST) for place in places]
    return {"type": "category", "categoryorder": "array", "categoryarray": names[::-1], "showgrid": False,
            "range": [-0.6, len(names) - 0.4]}  # fmt: skip
