"""Small multiples: the same line for each of a few members, all on one scale, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard import format as fmt
from dashboard.charts.layout import figure_of, hover, rows_of
from dashboard.charts.palette import Palette
from dashboard.charts.strokes import stretches, stroke, written
from data.semantic.types import Grain, Unit

_COLUMNS, _ROW_PX, _GAP, _LONGEST, _TITLE = 4, 108, 0.04, 14, 0.4  # a title takes so much of a row


@dataclass(frozen=True, eq=False)
class Multiples:
    """One row of `frame` is a bucket of a member: label (str), period (datetime64), value (float64), complete (bool).

    Members come in the order to draw, row by row. `totals` are what stands beside their names, by label.
    """

    frame: pd.DataFrame
    label: str
    unit: Unit
    grain: Grain
    currency: str = "USD"
    totals: Mapping[str, float] = field(default_factory=dict)

    @property
    def members(self) -> list[str]:
        """The members, each once."""
        return list(self.frame["label"].drop_duplicates())


def multiples_chart(multiples: Multiples, colours: Palette) -> go.Figure:
    """A little chart for each member, its name above; the shared scale goes from zero to the highest of all."""
    members = multiples.members
    rows = -(-len(members) // _COLUMNS)
    highest = float(multiples.frame["value"].max()) if len(members) else 0.0
    marks: list[dict[str, Any]] = []
    axes: dict[str, Any] = {}
    for at, member in enumerate(members):
        found = multiples.frame[multiples.frame["label"] == member]
        own = _axes(at, rows, highest, colours)
        axes |= own.pop("layout")
        marks += [{**mark, **own} for mark in _lines(multiples, found, colours)]
    return figure_of(
        marks,
        colours,
        height=max(rows, 1) * _ROW_PX + 8,
        x={"visible": False},
        y={"visible": False},
        annotations=[_title(multiples, at, member, rows, colours) for at, member in enumerate(members)],
        margin={"l": 0, "r": 8, "t": 4, "b": 8, "pad": 0},
        hovermode="closest",
        **axes,
    )


def multiples_alt(multiples: Multiples) -> str:
    """How many there are, and the highest point of all."""
    known = multiples.frame.dropna(subset=["value"])
    if known.empty:
        return f"{multiples.label}: nothing to draw."
    most = max(rows_of(known), key=lambda row: row.value)
    value, when = fmt.short(most.value, multiples.unit, multiples.currency), fmt.bucket(most.period, multiples.grain)
    return f"{multiples.label} of {len(multiples.members)}: the highest is {most.label}, {value}, {when}."


def _axes(at: int, rows: int, highest: float, colours: Palette) -> dict[str, Any]:
    """Where the chart of a member stands, and the names of its axes."""
    left, top = _place(at, rows)
    width, height = (1 - _GAP * (_COLUMNS - 1)) / _COLUMNS, (1 - _TITLE) / rows
    x, y = ("x", "y") if at == 0 else (f"x{at + 1}", f"y{at + 1}")
    quiet = {"showgrid": False, "showticklabels": False, "fixedrange": True, "ticks": ""}
    ground = {"zeroline": True, "zerolinecolor": colours.border, "zerolinewidth": 1}
    layout = {
        x.replace("x", "xaxis"): {**quiet, "zeroline": False, "domain": [left, left + width], "anchor": y},
        y.replace("y", "yaxis"): {**quiet, **ground, "domain": [top - height, top], "anchor": x,
                                  "range": [0, highest * 1.08 or 1]},
    }  # fmt: skip
    return {"xaxis": x, "yaxis": y, "layout": layout}


def _place(at: int, rows: int) -> tuple[float, float]:
    """The left edge, and the top of the plot below its title."""
    row, column = divmod(at, _COLUMNS)
    width = (1 - _GAP * (_COLUMNS - 1)) / _COLUMNS
    return column * (width + _GAP), 1 - (row + _TITLE) / rows


def _title(multiples: Multiples, at: int, member: str, rows: int, colours: Palette) -> dict[str, Any]:
    left, top = _place(at, rows)
    total = multiples.totals.get(member)
    figure = "" if total is None else f"<br><b>{fmt.short(total, multiples.unit, multiples.currency)}</b>"
    return {"x": left, "y": top, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom",
            "align": "left", "showarrow": False, "text": written(member, _LONGEST) + figure,
            "font": {"color": colours.text}}  # fmt: skip


def _lines(multiples: Multiples, rows: pd.DataFrame, colours: Palette) -> list[dict[str, Any]]:
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": rows["period"],
        "y": rows["value"],
        "marker": {"color": colours.accent, "size": 3},
        "customdata": [_hover(multiples, row) for row in rows_of(rows)],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    lines = [stroke(part["period"], part["value"], colours.accent, width=1.5, dash=d) for part, d in stretches(rows)]
    return [*lines, points]


def _hover(multiples: Multiples, row: Any) -> str:
    cut = "" if row.complete else "only partly in the period"
    return hover(f"{row.label} · {fmt.bucket(row.period, multiples.grain)}", fmt.exact(row.value, multiples.unit), cut)
