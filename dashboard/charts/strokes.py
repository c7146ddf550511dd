"""Lines as they are drawn everywhere: solid, and dotted to and from a bucket that the period cuts off."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dashboard.charts.layout import plain

CLIPPED = "\N{HORIZONTAL ELLIPSIS}"


def stroke(x: pd.Series, y: pd.Series, colour: str, *, width: float, dash: str = "solid") -> dict[str, Any]:
    """A line without points, for what is pointed at lies on top of it; a value between two unknown ones is a point."""
    style = {"color": colour, "width": width, "dash": dash, "shape": "linear"}
    line = {"type": "scatter", "x": x, "y": y, "mode": "lines", "line": style, "hoverinfo": "skip"}
    known = y.notna()
    alone = known & ~known.shift(1, fill_value=False) & ~known.shift(-1, fill_value=False)
    if not alone.any():
        return line
    marker = {"color": colour, "size": [6 if single else 0 for single in alone], "line": {"width": 0}}
    return {**line, "mode": "lines+markers", "marker": marker, "unselected": {"marker": {"opacity": 1}}}


def stretches(rows: pd.DataFrame) -> list[tuple[pd.DataFrame, str]]:
    """The complete part as a solid line, and the steps to and from a bucket that is cut off as dotted ones."""
    complete = rows["complete"].to_numpy()
    parts = [(rows[complete], "solid")]
    if len(rows) > 1 and not complete[0]:
        parts.append((rows.iloc[:2], "dot"))
    if len(rows) > 1 and not complete[-1] and not (len(rows) == 2 and not complete[0]):
        parts.append((rows.iloc[-2:], "dot"))
    return parts


def clipped(name: str, most: int) -> str:
    """A name that fits beside a mark; the hover has all of it."""
    return name if len(name) <= most else name[: most - 1] + CLIPPED


def written(name: str, most: int) -> str:
    """The same, for Plotly to write."""
    return plain(clipped(name, most))


def with_end(name: str, most: int) -> str:
    """A name that fits beside a mark, for Plotly to write; its last part, which tells it apart, is kept."""
    head, comma, end = name.rpartition(", ")
    if len(name) <= most or not comma or len(end) > most // 2:
        return written(name, most)
    return plain(f"{clipped(head, most - len(end) - 1)} {end}")
