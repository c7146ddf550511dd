"""The tiles: a figure each, how it moved against the comparison, its line over the period, and what it means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from html import escape
from importlib.resources import files
from string import Template
from typing import Literal
from urllib.parse import quote

import streamlit as st

from dashboard import format as fmt
from dashboard.charts.palette import Palette
from dashboard.charts.sparkline import sparkline, sparkline_alt, sparkline_svg
from dashboard.overview import TILES, Overview, metric

_STYLE = Template(files("dashboard").joinpath("tiles.css").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Tile:
    """What one tile says; `change` is None where there is nothing to compare with."""

    label: str
    figure: str
    change: str | None
    words: str
    line: list[float]
    hover: tuple[str, ...]

    @property
    def direction(self) -> Literal["up", "down", "level"]:
        """Where the figure moved; level where it did not, or nothing is known."""
        if self.change is None or self.change.startswith("0.0"):
            return "level"
        return "down" if self.change.startswith(fmt.MINUS) else "up"


def tile(overview: Overview, name: str) -> Tile:
    """The tile of a metric."""
    declared, now = metric(name), overview.totals[name]
    unit, before = declared.unit, overview.before.get(name)
    lines = [
        f"{fmt.exact(now, unit)} in {overview.span}",
        "" if before is None else f"{fmt.exact(before, unit)} in {overview.compared}",
        declared.description,
        sparkline_alt(overview.comparable, name, unit=unit, grain=overview.filters.grain, currency=overview.currency),
    ]
    return Tile(
        declared.label,
        fmt.short(now, unit, overview.currency),
        fmt.change_figure(now, before, unit),
        _words(overview, fmt.change_figure(now, before, unit)),
        sparkline(overview.comparable, name),
        tuple(line for line in lines if line),
    )


def tiles_html(tiles: Sequence[Tile], colours: Palette) -> str:
    """The tiles as a list; what a tile shows on hover is there for keyboards and screen readers too."""
    items = "".join(_tile_html(shown, colours) for shown in tiles)
    return f"<style>{_STYLE.substitute(asdict(colours))}</style><div class='tiles' role='list'>{items}</div>"


def show_tiles(overview: Overview, colours: Palette) -> None:
    """Six tiles side by side; two by two on a phone."""
    st.html(tiles_html([tile(overview, name) for name in TILES], colours))


def _tile_html(shown: Tile, colours: Palette) -> str:
    arrow = {"up": "\u25b2 ", "down": "\u25bc ", "level": ""}[shown.direction]
    moved = f"<b class='{shown.direction}'>{arrow}{escape(shown.change)}</b> " if shown.change else ""
    first, *rest = map(escape, shown.hover)
    tip = f"<b>{first}</b>" + "".join(f"<span>{line}</span>" for line in rest)
    return (
        f"<div class='tile' role='listitem' tabindex='0'><span class='label'>{escape(shown.label)}</span>"
        f"<strong>{escape(shown.figure)}</strong><span class='moved'>{moved}{escape(shown.words)}</span>"
        f"{_line_html(shown, colours)}<span class='tip'>{tip}</span></div>"
    )


def _line_html(shown: Tile, colours: Palette) -> str:
    """As an image: the sanitiser of `st.html` drops drawings that are part of the page."""
    drawn = quote(sparkline_svg(shown.line, colours.accent))
    return f'<img class="spark" alt="" src="data:image/svg+xml,{drawn}">' if drawn else ""


def _words(overview: Overview, change: str | None) -> str:
    if overview.compared is None:
        return "nothing to compare with" if overview.note else ""
    return f"{'on' if change else 'nothing to compare in'} {overview.compared_words}"
