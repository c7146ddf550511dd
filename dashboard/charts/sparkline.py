"""The small line on a tile: an SVG of its own, so that six of them do not cost six figures."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from dashboard import format as fmt
from data.semantic.types import Grain, Unit

_TOP, _BOTTOM = 2, 30


def sparkline(frame: pd.DataFrame, metric: str) -> list[float]:
    """The values of `metric` bucket by bucket; an undefined one repeats its neighbour, so that the line has no hole.

    One row of `frame` is a time bucket, first to last; fewer than two known values make no line.
    """
    values = frame[metric].astype("float64").ffill().bfill()
    return [] if len(values) < 2 or values.isna().any() else values.tolist()


def sparkline_alt(frame: pd.DataFrame, metric: str, *, unit: Unit, grain: Grain, currency: str = "USD") -> str:
    """The range of the line in words, with the buckets of its lowest and highest value."""
    known = [row for row in zip(frame["period"], frame[metric], strict=True) if not math.isnan(row[1])]
    if len(known) < 2:
        return ""
    low, high = (choose(known, key=lambda row: row[1]) for choose in (min, max))
    return (
        f"By {grain}: lowest {fmt.short(low[1], unit, currency)}, {fmt.bucket(low[0], grain)}; "
        f"highest {fmt.short(high[1], unit, currency)}, {fmt.bucket(high[0], grain)}"
    )


def sparkline_svg(values: Sequence[float], colour: str) -> str:
    """The line as an SVG that stretches to its box; nothing where there is no line."""
    if not values:
        return ""
    low, high = min(values), max(values)
    step, middle = 100 / (len(values) - 1), (_TOP + _BOTTOM) / 2
    heights = [_BOTTOM - (value - low) / (high - low) * (_BOTTOM - _TOP) if high > low else middle for value in values]
    line = " ".join(f"{at * step:.2f},{height:.2f}" for at, height in enumerate(heights))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 {_BOTTOM + 2}" preserveAspectRatio="none">'
        f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.5" '
        'vector-effect="non-scaling-stroke"/>'
        "</svg>"
    )
