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
from dashboard.charts.usual import Usual
from data.semantic.types import Grain, Unit

_AS = {"bar": "bars", "line": "lines", "area": "areas", "stacked": "stacked bars", "scatter": "points"}


@dataclass(frozen=True, eq=False)
class Plot:
    """What to draw.

    One row of `frame` is a mark, series by series in the order to draw; columns x (datetime64, a bucket's first day,
    where there is a grain; else str), series (str, empty where there is one), value and before (float64, NaN where
    undefined or not compared), kind (`member` or `others`), mark (int64, what a click gives back), complete (bool: the
    bucket lies in the period with all its days); for a scatter, y as well, and size (float64) where points shall differ
    in it. `target` says that `before` is a target and no earlier period, `clickable` that a click does something.
    `usual` is the band around the only series, where one is shown.
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
    clickable: bool = True
    usual: Usual | None = None

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

    def places(self) -> list[Any]:
        """What stands along the axis: buckets as they follow, members as each series has them, the others last.

        A series need not have every member; one that the earlier series lack comes before the next that they have.
        """
        if self.grain is not None:
            return sorted(self.frame["x"].drop_duplicates())
        found: list[Any] = []
        for _, rows in self.series():
            at = len(found)
            for place in reversed(list(rows["x"])):
                if place in found:
                    at = found.index(place)
                else:
                    found.insert(at, place)
        grey = self._grey_places()
        return [place for place in found if place not in grey] + [place for place in found if place in grey]

    def _grey_places(self) -> set[Any]:
        """The place that is itself the others; a member may have the others of the series alone."""
        frame = self.frame
        named = set(frame.loc[frame["kind"] == "member", "series"])
        return set(frame.loc[(frame["kind"] == "others") & frame["series"].isin(named), "x"])

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
        if self.usual:
            lines.append(self.usual.said(row.x))
        if not row.complete:
            lines.append("only partly in the period")
        title = " · ".join(filter(None, (row.series, self.x_words(row.x))))
        if self.clickable:
            lines.append("<i>click to look closer</i>")
        return hover(title, *lines)

    def marked(self, rows: pd.DataFrame) -> list[list[Any]]:
        """What a click gives back and a hover says, for each mark."""
        return [[int(row.mark), self.hover(row)] for row in rows_of(rows)]


def plot_alt(plot: Plot, chart: str) -> str:
    """The finding: the highest and the lowest of the members with whole buckets, and how they compare."""
    known = [row for row in rows_of(plot.frame) if not math.isnan(row.value)]
    if not known:
        return f"{plot.label}, {plot.period}: no value is defined."
    by = " and ".join(filter(None, (plot.x_title.lower(), plot.series_title.lower())))
    what = [f"{plot.label} by {by}" if by else plot.label, plot.period, f"as {_AS.get(chart, chart)}{_count(plot)}"]
    return f"{', '.join(what)}: {_range(plot, known)}.{_held(plot, known)}{_unusual(plot)}"


def _unusual(plot: Plot) -> str:
    if plot.usual is None or plot.usual.unusual.empty:
        return ""
    return f" Unusual: {', '.join(plot.x_words(row.period) for row in rows_of(plot.usual.unusual))}."


def _count(plot: Plot) -> str:
    names = plot.names()
    return f" of {len(names)} series" if len(names) > 1 else ""


def _range(plot: Plot, known: list[Any]) -> str:
    whole = [row for row in known if row.complete and row.kind == "member"] or known
    low, high = (choose(whole, key=lambda row: row.value) for choose in (min, max))
    if low.mark == high.mark:
        return _named(plot, high)
    return f"highest {_named(plot, high)}; lowest {_named(plot, low)}"


def _named(plot: Plot, row: Any) -> str:
    words = [plot.short(row.value), *filter(None, (row.series, plot.x_words(row.x)))]
    if plot.y_label:
        words.append(f"{plot.y_label.lower()} {fmt.short(row.y, plot.y_unit, plot.currency)}")
    return ", ".join(words)


def _held(plot: Plot, known: list[Any]) -> str:
    pairs = [row for row in known if not math.isnan(row.before)]
    if not plot.comparison or not pairs:
        return ""
    if len(pairs) == 1:
        words = fmt.change_in_words(pairs[0].value, pairs[0].before, of=plot.comparison, unit=plot.unit)
        return f" {words[0].upper()}{words[1:]}."
    return f" Above {plot.comparison} in {sum(row.value > row.before for row in pairs)} of {len(pairs)}."
