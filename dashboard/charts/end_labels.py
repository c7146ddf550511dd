"""The names of lines and areas at their right end, none on another."""

from __future__ import annotations

from typing import Any

from dashboard.charts.key import AREA, LINE, Entry, drawn
from dashboard.charts.layout import text_px
from dashboard.charts.palette import Palette
from dashboard.charts.plot import Plot
from dashboard.charts.strokes import clipped

_SIZE, _LINE_PX, _LONGEST = 11, 14, 24


def end_labels(
    plot: Plot, colours: Palette, bounds: tuple[float, float], *, height: int, stacked: bool
) -> list[dict[str, Any]]:
    """An annotation for each series that has a value; `bounds` are those of the value axis, `height` the plot's."""
    own, below = plot.colours(colours), 0.0
    ends: list[tuple[float, str]] = []
    for name, rows in plot.series():
        known = rows["value"].dropna()
        if known.empty:
            continue
        last = float(known.iloc[-1])
        ends.append((below + last / 2 if stacked else last, name))
        below += last
    ends.sort()
    low, high = bounds
    places = _apart([y for y, _ in ends], (high - low) * _LINE_PX / max(height, 1), high)
    return [
        {"x": 1, "xref": "paper", "xanchor": "left", "xshift": 4, "y": y, "yanchor": "middle", "showarrow": False,
         "text": drawn(Entry(AREA if stacked else LINE, own[name], clipped(name, _LONGEST))),
         "font": {"color": colours.muted, "size": _SIZE}}
        for y, (_, name) in zip(places, ends, strict=True)
    ]  # fmt: skip


def room_for(plot: Plot) -> float:
    """The pixels that the longest name takes."""
    return max((text_px(clipped(name, _LONGEST), _SIZE) for name in plot.names()), default=0) + 28


def _apart(places: list[float], step: float, high: float) -> list[float]:
    """Ascending places, none nearer to the next than `step`, none above `high` while there is room below."""
    for at in range(1, len(places)):
        places[at] = max(places[at], places[at - 1] + step)
    ceiling = high
    for at in range(len(places) - 1, -1, -1):
        places[at] = min(places[at], ceiling)
        ceiling = places[at] - step
    return places
