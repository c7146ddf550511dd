"""The tiles: a figure each, how it moved against the comparison, its line over the period, and what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import streamlit as st

from dashboard import format as fmt
from dashboard.charts.sparkline import sparkline, sparkline_alt
from dashboard.overview import TILES, Overview, metric

NARROWEST = 150


@dataclass(frozen=True)
class Tile:
    """What one tile says; `change` is None where there is nothing to compare with."""

    label: str
    figure: str
    change: str | None
    words: str
    line: list[float]
    hover: str

    @property
    def arrow(self) -> Literal["up", "down", "off"]:
        """The direction in which the figure moved; off where nothing moved or nothing is known."""
        if self.change is None or self.change.startswith("0.0"):
            return "off"
        return "down" if self.change.startswith(fmt.MINUS) else "up"

    @property
    def colour(self) -> Literal["blue", "orange", "gray"]:
        """Blue upwards, orange downwards, grey otherwise."""
        match self.arrow:
            case "up":
                return "blue"
            case "down":
                return "orange"
            case "off":
                return "gray"


def tile(overview: Overview, name: str) -> Tile:
    """The tile of a metric."""
    declared, now = metric(name), overview.totals[name]
    unit, before = declared.unit, overview.before.get(name)
    lines = [
        f"**{fmt.exact(now, unit)}** in {overview.span}",
        "" if before is None else f"{fmt.exact(before, unit)} in {overview.compared}",
        declared.description,
        sparkline_alt(overview.series, name, unit=unit, grain=overview.filters.grain, currency=overview.currency),
    ]
    return Tile(
        declared.label,
        fmt.short(now, unit, overview.currency),
        fmt.change_figure(now, before, unit),
        "" if overview.compared is None else f"on {overview.compared_words}",
        sparkline(overview.series, name),
        "\n\n".join(line for line in lines if line),
    )


def show_tiles(overview: Overview) -> None:
    """Six tiles side by side; two by two on a phone."""
    with st.grid(len(TILES), min_column_width=NARROWEST, key="tiles"):
        for name in TILES:
            shown = tile(overview, name)
            st.metric(
                shown.label,
                shown.figure,
                shown.change or (None if not shown.words else "no change known"),
                delta_color=shown.colour,
                delta_arrow=shown.arrow,
                delta_description=shown.words,
                help=shown.hover,
                chart_data=shown.line or None,
                border=True,
                height="stretch",
            )
