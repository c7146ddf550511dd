"""What every figure shares: type, hover, margins, a light horizontal grid and nothing else."""

from __future__ import annotations

import math
from collections import namedtuple
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from html import unescape
from typing import Any

import pandas as pd

from dashboard.charts.drawing import Drawing
from dashboard.charts.palette import Palette

FONT = "Inter, system-ui, sans-serif"
SIZE = 12
_LINE = 1.3  # from one line of text to the next, as Plotly sets them
_SPARE = 7  # between a label and its axis, and beyond it
_MARGIN = {"l": 0, "r": 8, "t": 8, "b": 0, "pad": 4}
# The letters of Inter that are not as wide as others of their kind, in parts of their size.
_WIDTHS = {
    **dict.fromkeys(" !',.:;|Iijl", 0.28),
    **dict.fromkeys("()/[]frt", 0.37),
    **dict.fromkeys("-^*`", 0.5),
    **dict.fromkeys("CDGHNOQU", 0.75),
    **dict.fromkeys("%MWmw@", 0.93),
    "&": 0.65,
}
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
    """A figure of `marks` in the house's layout; `x`, `y` and `layout` add to it.

    Margins are what is there beside the labels of the axes.
    """
    axis = {"automargin": True, "ticks": "", "fixedrange": True, "zeroline": False}
    font = {"family": FONT, "size": SIZE}
    margin = {**_MARGIN, **layout.pop("margin", {})}
    across = {**axis, "showgrid": False, **x}
    up = {**axis, "gridcolor": colours.grid, "gridwidth": 1, **y}
    _make_room(across, up, margin)
    house = {
        "template": {},
        "height": height,
        "margin": margin,
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
        "xaxis": across,
        "yaxis": up,
    }
    return Drawing({"data": list(marks), "layout": {**house, **layout}})


def _make_room(x: dict[str, Any], y: dict[str, Any], margin: dict[str, Any]) -> None:
    """Make `margin` wider by the labels of the axes that are known, and keep Plotly from measuring these.

    Where Plotly has to find out how wide they are, it draws everything a second time.
    """
    beside = _labels(y)
    if beside is not None:
        y["automargin"] = False
    if beside:
        margin["l"] += max(map(_width, beside)) + _SPARE
    below = _labels(x) if x.get("tickangle") == 0 or not _is_labelled(x) else None
    if below is not None:
        x["automargin"] = False
    if below:
        margin["t" if x.get("side") == "top" else "b"] += max(map(len, below)) * _LINE * SIZE + _SPARE
        # The first and the last may stand at the very ends.
        margin["l"] = max(margin["l"], _width(below[0]) / 2)
        margin["r"] = max(margin["r"], _width(below[-1]) / 2)


def _labels(axis: Mapping[str, Any]) -> list[list[str]] | None:
    """The lines of each label of an axis; None where the browser alone knows what they are, or where a title stands."""
    if not _is_labelled(axis):
        return []
    if "ticktext" not in axis or "title" in axis:
        return None
    return [unescape(label).split("<br>") for label in axis["ticktext"]]


def _is_labelled(axis: Mapping[str, Any]) -> bool:
    return bool(axis.get("visible", True) and axis.get("showticklabels", True))


def _width(lines: Sequence[str]) -> float:
    return max(map(text_px, lines))


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
    return size * sum(_WIDTHS.get(letter, 0.6 if letter.islower() else 0.67) for letter in text)


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
