"""What every figure shares: type, hover, margins, a light horizontal grid and nothing else."""

from __future__ import annotations

import math
from collections import namedtuple
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import pandas as pd

from dashboard.charts.drawing import Drawing
from dashboard.charts.palette import Palette

FONT = "Inter, system-ui, sans-serif"
SIZE = 12
CONFIG: dict[str, Any] = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "responsive": True}
# The bar is there for its one button that saves an image; the page hides it and offers that button itself.
IMAGE_CONFIG = {**CONFIG, "displayModeBar": True, "modeBarButtons": [["toImage"]], "displaylogo": False}


def figure_of(
    marks: Sequence[Mapping[str, Any]],
    colours: Palette,
    *,
    height: int,
    x: Mapping[str, Any],
    y: Mapping[str, Any],
    **layout: Any,
) -> Drawing:
    """A figure of `marks` in the house's layout; `x`, `y` and `layout` add to it."""
    axis = {"automargin": True, "ticks": "", "fixedrange": True, "zeroline": False}
    font = {"family": FONT, "size": SIZE}
    house = {
        "template": {},
        "height": height,
        "margin": {"l": 0, "r": 8, "t": 8, "b": 0, "pad": 4},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {**font, "color": colours.muted},
        "showlegend": False,
        "dragmode": False,
        "hoverlabel": {
            "bgcolor": colours.ground,
            "bordercolor": colours.comparison,
            "font": {**font, "color": colours.text},
            "align": "left",
        },
        "barcornerradius": 2,
        "xaxis": {**axis, "showgrid": False, **x},
        "yaxis": {**axis, "gridcolor": colours.grid, "gridwidth": 1, **y},
    }
    return Drawing({"data": list(marks), "layout": {**house, **layout}})


def round_ticks(highest: float, lowest: float = 0.0, *, count: int = 4, least: float = 0.0) -> list[float]:
    """Ticks in equal steps of 1, 2, 2.5 or 5 times a power of ten, zero among them, around all that is drawn.

    A step is a multiple of `least`, a power of ten: what can be written.
    """
    if highest <= 0 <= lowest:
        return [0.0]
    rough = max((max(highest, 0) - min(lowest, 0)) / count, least)
    power = 10.0 ** _exponent(rough)
    sizes = (1, 2, 5, 10) if power <= least else (1, 2, 2.5, 5, 10)
    step = next(size * power for size in sizes if size * power >= rough * 0.999)
    first, last = math.floor(min(lowest, 0) / step + 0.001), math.ceil(max(highest, 0) / step - 0.001)
    return [round(at * step, 6) for at in range(first, last + 1)]


def _exponent(number: float) -> int:
    return int(f"{number:e}".split("e")[1])


def rows_of(frame: pd.DataFrame) -> Iterator[Any]:
    """The rows as named tuples."""
    values = (frame[name].tolist() for name in frame.columns)
    yield from map(_row_of(tuple(frame.columns))._make, zip(*values, strict=True))


@lru_cache(maxsize=64)
def _row_of(columns: tuple[str, ...]) -> Any:
    """The tuple of these names; to make one takes longer than to read a frame."""
    return namedtuple("Row", columns, rename=True)  # the names are known when the frame is there


def range_of(*columns: pd.Series) -> tuple[float, float]:
    """The lowest and the highest value of all columns, zero included; undefined ones do not count."""
    values = [0.0, *(float(value) for column in columns for value in column if not math.isnan(value))]
    return min(values), max(values)


def plain(text: str) -> str:
    """Text that is drawn as it stands: Plotly reads tags in what it writes, and names may hold any letter."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def text_px(text: str, size: float = SIZE) -> float:
    """About as wide as the text is drawn; the browser alone knows for sure."""
    wide = sum(0.72 if letter.isupper() else 0.3 if letter in " .,:;'|ilj" else 0.6 for letter in text)
    return wide * size


def hover(title: str, *lines: str) -> str:
    """The text of every hover: what it is in bold, then a line for each thing worth knowing."""
    return "<br>".join((f"<b>{plain(title)}</b>", *(line for line in lines if line)))


def nothing_known(values: pd.Series, colours: Palette) -> list[dict[str, Any]]:
    """Words in the middle of a chart that has no value to draw."""
    if values.notna().any():
        return []
    middle = {"xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5, "showarrow": False}
    return [{**middle, "text": "No value is defined here", "font": {"color": colours.muted}}]


def key_line(colours: Palette, *entries: tuple[str, str]) -> dict[str, Any]:
    """A line above the plot that names its marks: pairs of a colour and what is drawn in it."""
    text = "    ".join(f"<span style='color:{colour}'><b>\N{EM DASH}</b></span> {words}" for colour, words in entries)
    return {
        "text": text,
        "xref": "paper",
        "yref": "paper",
        "x": 0,
        "y": 1,
        "yshift": 10,
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "align": "left",
        "font": {"color": colours.muted},
    }
