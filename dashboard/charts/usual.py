"""What is usual of a single series: a light ribbon behind its line, and a ring around each point outside of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from dashboard import format as fmt
from dashboard.charts.layout import rows_of
from dashboard.charts.palette import Palette, blend
from data.semantic.types import Grain, Unit

_RIBBON = {
    Grain.DAY: "The ribbon is the usual range by weekday and trend; events, and days beside holidays, are not judged.",
    Grain.WEEK: "The ribbon is the usual range by the trend of days; weeks with events are not judged.",
}
_MANY = 120


@dataclass(frozen=True, eq=False)
class Usual:
    """The band of a series.

    One row of `frame` is a bucket, first to last; columns period (datetime64, its first day), value, low, high
    (float64), unusual (bool), aside (str: why it is not judged) and near (str: an event a few days off). `why_not` says
    why nothing is judged at all.
    """

    frame: pd.DataFrame
    unit: Unit
    grain: Grain
    currency: str = "USD"
    why_not: str = ""

    @property
    def top(self) -> pd.Series:
        """How far up the band reaches, for the axis."""
        return self.frame["high"]

    def said(self, period: Any) -> str:
        """What a hover says of a bucket: `above the usual 30,100 to 36,900`; empty where there is no band."""
        row = self._by_period.get(period)
        return "" if row is None or math.isnan(row.low) else against_usual(row, self.unit)

    @cached_property
    def _by_period(self) -> dict[Any, Any]:
        return {row.period: row for row in rows_of(self.frame)}

    @property
    def unusual(self) -> pd.DataFrame:
        """The buckets outside of the band."""
        return self.frame[self.frame["unusual"]]

    @property
    def note(self) -> str:
        """What stands below the chart: what ring and ribbon mean, and which buckets are outside."""
        if self.why_not:
            return f"No usual range: {self.why_not}."
        named = [fmt.day_of_year(row.period) for row in rows_of(self.unusual)]
        ringed = f"Ringed as unusual: {_listed(named)}." if named else "Nothing here is unusual."
        return f"{ringed} {_RIBBON[self.grain]}"


def against_usual(row: Any, unit: Unit) -> str:
    """`above the usual 30,100.00 to 36,900.00`, `within the usual ...`; and why the day is not judged."""
    where = "above" if row.value > row.high else "below" if row.value < row.low else "within"
    said = f"{where} the usual {_range(row, unit)}"
    return f"{said}; not judged: {row.aside}" if row.aside else f"{said}; {row.near}" if row.near else said


def ribbon(usual: Usual, colours: Palette) -> list[dict[str, Any]]:
    """The band, behind everything that is drawn."""
    frame = usual.frame.dropna(subset=["low", "high"])
    edge = {"type": "scatter", "x": frame["period"], "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    fill = blend(colours.accent, colours.ground, 0.13)
    return [{**edge, "y": frame["low"]}, {**edge, "y": frame["high"], "fill": "tonexty", "fillcolor": fill}]


def rings(usual: Usual, colours: Palette) -> dict[str, Any]:
    """An open ring around each unusual point; the point in it is drawn and pointed at as ever."""
    frame, size = usual.unusual, 13 if len(usual.frame) <= _MANY else 9
    return {
        "type": "scatter",
        "x": frame["period"],
        "y": frame["value"],
        "mode": "markers",
        "marker": {"symbol": "circle-open", "size": size, "color": colours.text, "line": {"width": 2}},
        "unselected": {"marker": {"opacity": 1}},
        "hoverinfo": "skip",
    }


def _range(row: Any, unit: Unit) -> str:
    return f"{fmt.exact(round(row.low), unit)} to {fmt.exact(round(row.high), unit)}"


def _listed(words: list[str]) -> str:
    return ", ".join(words[:6]) + (f" and {len(words) - 6} more" if len(words) > 6 else "")
