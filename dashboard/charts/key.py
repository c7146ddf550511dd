"""What is drawn, named above a chart, in as many lines as its width asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from dashboard.charts.layout import plain, text_px
from dashboard.charts.palette import Palette

LINE, DASHED, AREA, TICK = (
    "\N{EM DASH}",
    "\N{EN DASH}\N{THIN SPACE}\N{EN DASH}",
    "\N{BLACK SQUARE}",
    "\N{BOX DRAWINGS HEAVY VERTICAL}",
)
NARROW_PX, WIDE_PX = 310, 900
_GAP, _LINE_PX, _ABOVE, _BELOW = "\N{EM SPACE}", 16, 8, 10
_SHIFT = 6  # a title of several lines is drawn so much higher


class Entry(NamedTuple):
    """A glyph like the marks, their colour, and what they are."""

    glyph: str
    colour: str
    words: str


def key_above(colours: Palette, entries: Sequence[Entry], *, narrow: bool) -> tuple[dict[str, Any], int]:
    """A title at the left end of the chart, and the pixels that it takes; the plot begins below them."""
    lines = _lines(entries, NARROW_PX if narrow else WIDE_PX)
    title = {
        "text": "<br>".join(_GAP.join(map(drawn, line)) for line in lines),
        "x": 0,
        "xref": "container",
        "xanchor": "left",
        "y": 1,
        "yref": "container",
        "yanchor": "top",
        "pad": {"t": _ABOVE + (_SHIFT if len(lines) > 1 else 0), "l": 2},
        "font": {"size": 12, "color": colours.muted},
    }
    return title, _ABOVE + len(lines) * _LINE_PX + _BELOW


def _lines(entries: Sequence[Entry], width: float) -> list[list[Entry]]:
    """As many entries on each line as there is room for."""
    lines: list[list[Entry]] = [[]]
    taken = 0.0
    for entry in entries:
        needed = text_px(entry.words) + 30
        if lines[-1] and taken + needed > width:
            lines.append([])
            taken = 0.0
        lines[-1].append(entry)
        taken += needed
    return lines


def drawn(entry: Entry) -> str:
    """The words in the colour of text, which the marks' own may be too light for."""
    return f"<span style='color:{entry.colour}'><b>{entry.glyph}</b></span>\N{NO-BREAK SPACE}{plain(entry.words)}"
