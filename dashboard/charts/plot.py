"""What a chart of any metric by any dimension shows, in which words; its colours, its hovers and its finding."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard import format as fmt
from dashboard.charts.layout import hover, rows_of
from dashboard.charts.palette import Palette, member_colours
from data.semantic.types import Grain, Unit


@dataclass(frozen=True, eq=False)
class Plot:
    """What to draw.

    One row of `frame` is a mark, in the order to draw; columns x (datetime64, a bucket's first day, where there is a
    grain; else str), series (str, empty where there is one), value and before (float64, NaN where undefined or not
    compared), kind (`member` or `others`), mark (int64, what a click gives back), complete (bool: the bucket lies in
    the period with all its days); for a scatter, y as well. `target` says that `before` is a target and no earlier
    period.
    """

    frame: pd.DataFrame
    label: str
    unit: Unit
    x_title: str
    series_title: str
    grain: Grain | None
    period: str
    comparison: str | None = None
    target: bool = False
    currency: str = "USD"
    y_label: str = ""
    y_unit: Unit = Unit.NUMBER

    def series(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """The marks of each series, the others last."""
        for name in self.names():
            yield name, self.frame[self.frame["series"] == name]

    def names(self) -> list[str]:
        """The series in the order to draw, the others last."""
        frame = self.frame
        grey = set(frame.loc[frame["kind"] == "others", "series"]) - set(frame.loc[frame["kind"] == "member", "series"])
        every = list(frame["series"].drop_duplicates())
        return [name for name in every if name not in grey] + [name for name in every if name in grey]

    def colours(self, colours: Palette) -> dict[str, str]:
        """The colour of each series: the accent for one alone, else its own on every page; the others are grey."""
        names = self.names()
        if len(names) == 1:
            return {names[0]: colours.accent}
        members = [name for name in names if (self.frame.loc[self.frame["series"] == name, "kind"] == "member").any()]
        return dict.fromkeys(names, colours.comparison) | {
            str(name): colour for name, colour in member_colours(members, colours).items()
        }

    def x_words(self, value: Any) -> str:
        """A place on the axis, in words."""
        return str(value) if self.grain is None else fmt.bucket(value, self.grain)

    def short(self, value: float) -> str:
        """A value as on axes and labels."""
        return fmt.short(value, self.unit, self.currency)

    def hover(self, row: Any) -> str:
        """What a mark says when pointed at."""
        lines = [f"{self.label}: {fmt.exact(row.value, self.unit)}"]
        if self.comparison and not math.isnan(row.before):
            lines.append(f"{self.comparison}: {fmt.exact(row.before, self.unit)}")
            moved = fmt.change_figure(row.value, row.before, self.unit)
            lines.append(moved or "")
        if not row.complete:
            lines.append("only partly in the period")
        title = " · ".join(filter(None, (row.series, self.x_words(row.x))))
        return hover(title, *lines, "<i>click to look closer</i>")

    def marked(self, rows: pd.DataFrame) -> list[list[Any]]:
        """What a click gives back and a hover says, for each mark."""
        return [[int(row.mark), self.hover(row)] for row in rows_of(rows)]


def plot_alt(plot: Plot, chart: str) -> str:
    """The chart in words: what is highest, what is lowest, and how it compares."""
    known = [row for row in rows_of(plot.frame) if not math.isnan(row.value)]
    if not known:
        return f"{plot.label}, {plot.period}: no value is defined."
    by = " and ".join(filter(None, (plot.x_title.lower(), plot.series_title.lower())))
    low, high = (choose(known, key=lambda row: row.value) for choose in (min, max))
    text = f"{plot.label} by {by}, {plot.period}, as {chart}: highest {_named(plot, high)}; lowest {_named(plot, low)}."
    pairs = [row for row in known if not math.isnan(row.before)]
    if plot.comparison and pairs:
        text += f" Above {plot.comparison} in {sum(row.value > row.before for row in pairs)} of {len(pairs)}."
    return text


def _named(plot: Plot, row: Any) -> str:
    return f"{plot.short(row.value)}, {' · '.join(filter(None, (row.series, plot.x_words(row.x))))}"
