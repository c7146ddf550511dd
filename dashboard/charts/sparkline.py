"""The small line on a tile. A tile draws it from plain values, so that six of them cost no six figures."""

from __future__ import annotations

import math

import pandas as pd

from dashboard import format as fmt
from data.semantic.types import Grain, Unit


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
        f"By {grain} between {fmt.short(low[1], unit, currency)} ({fmt.bucket(low[0], grain)}) "
        f"and {fmt.short(high[1], unit, currency)} ({fmt.bucket(high[0], grain)})"
    )
