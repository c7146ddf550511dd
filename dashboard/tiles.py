"""The tiles: a figure each, how it moved against the comparison, its line over the period, and what it means."""

from __future__ import annotations

import math
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
from dashboard.explore.address import explore_address
from dashboard.pins.button import pin_button_html
from dashboard.summary import TILES, Summary, metric
from data.semantic.types import PERIOD, Unit

_STYLE = Template(files("dashboard").joinpath("tiles.css").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Tile:
    """What one tile says; `change` is None where nothing moved, or there is nothing to compare with.

    `address` is where Explore shows its line, `pin` the button that pins the figure alone.
    """

    label: str
    figure: str
    change: str | None
    words: str
    line: list[float]
    hover: tuple[str, ...]
    address: str
    pin: str

    @property
    def direction(self) -> Literal["up", "down", "level"]:
        """Where the figure moved."""
        if self.change is None:
            return "level"
        return "down" if self.change.startswith(fmt.MINUS) else "up"


def tile(summary: Summary, name: str) -> Tile:
    """The tile of a metric."""
    declared, now = metric(name), summary.totals[name]
    unit, before = declared.unit, summary.before.get(name)
    exact = fmt.NOT_DEFINED if math.isnan(now) else fmt.exact(now, unit)
    lines = [
        f"{exact} in {summary.span}",
        "" if before is None else f"{fmt.exact(before, unit)} in {summary.compared}",
        declared.description,
        sparkline_alt(summary.comparable, name, unit=unit, grain=summary.filters.grain, currency=summary.currency),
    ]
    compared = summary.compared_words if summary.compared else None
    change, words = moved(now, before, unit, of=compared, otherwise="nothing to compare with" if summary.note else "")
    return Tile(
        declared.label,
        fmt.short(now, unit, summary.currency),
        change,
        words,
        sparkline(summary.comparable, name),
        tuple(line for line in lines if line),
        explore_address(summary.filters, name, PERIOD, revision=summary.revision),
        pin_button_html(explore_address(summary.filters, name), declared.label, revision=summary.shown_at),
    )


def tiles_html(tiles: Sequence[Tile], colours: Palette) -> str:
    """The tiles as a list; what a tile shows on hover is there for keyboards and screen readers too."""
    items = "".join(_tile_html(shown, colours) for shown in tiles)
    style = f"{_STYLE.substitute(asdict(colours))} .tiles {{ --count: {len(tiles)}; }}"
    return f"<style>{style}</style><div class='tiles' role='list'>{items}</div>"


def show_tiles(summary: Summary, colours: Palette) -> None:
    """Six tiles side by side; two by two on a phone."""
    st.html(tiles_html([tile(summary, name) for name in TILES], colours))


def _tile_html(shown: Tile, colours: Palette) -> str:
    arrow = {"up": "\u25b2 ", "down": "\u25bc ", "level": ""}[shown.direction]
    moved = f"<b class='{shown.direction}'>{arrow}{escape(shown.change)}</b> " if shown.change else ""
    first, *rest = map(escape, shown.hover)
    tip = f"<b>{first}</b>" + "".join(f"<span>{line}</span>" for line in rest)
    return (
        f"<div class='tile' role='listitem'><a class='label' target='_self' href='{escape(shown.address)}' "
        f"aria-description='Open in Explore'>{escape(shown.label)}</a>"
        f"<strong>{escape(shown.figure)}</strong><span class='moved'>{moved}{escape(shown.words)}</span>"
        f"{_line_html(shown, colours)}<span class='tip'>{tip}</span>{shown.pin}</div>"
    )


def _line_html(shown: Tile, colours: Palette) -> str:
    """As an image: the sanitiser of `st.html` drops drawings that are part of the page."""
    drawn = quote(sparkline_svg(shown.line, colours.accent))
    return f'<img class="spark" alt="" src="data:image/svg+xml,{drawn}">' if drawn else ""


def moved(now: float, before: float | None, unit: Unit, *, of: str | None, otherwise: str) -> tuple[str | None, str]:
    """The change, where there is one, and the words around it; a dash says why it is one.

    `of` is what the figure is compared with; where that is nothing, `otherwise` is said.
    """
    if math.isnan(now):
        return None, fmt.NOT_DEFINED
    if of is None:
        return None, otherwise
    words = fmt.change_in_words(now, before, of=of, unit=unit)
    change = fmt.change_figure(now, before, unit)
    if change is None or not words.startswith(change):
        return None, words
    return change, words.removeprefix(f"{change} ")
