"""Where the items of a dashboard stand. Pure: no widgets, no queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from data.dashboards.kind import COLUMNS

WIDTH_NAMES = {3: "Quarter", 4: "Third", 6: "Half", 8: "Two thirds", 12: "Full width"}
HEIGHT_NAMES = {1: "Low", 2: "Medium", 3: "Tall"}
HEIGHT_PX = {1: 150, 2: 320, 3: 560}
NARROW = 4  # up to so many columns, lines are named above them rather than at their ends


class Sized(Protocol):
    """Anything that takes up columns."""

    @property
    def width(self) -> int: ...  # noqa: D102


T = TypeVar("T", bound=Sized)


def grid_rows(items: Iterable[T]) -> list[list[T]]:
    """The items row by row: each beside the one before where twelve columns have room, else in a row below."""
    rows: list[list[T]] = []
    for item in items:
        if rows and taken(rows[-1]) + item.width <= COLUMNS:
            rows[-1].append(item)
        else:
            rows.append([item])
    return rows


def taken(row: Sequence[Sized]) -> int:
    """How many columns the row fills."""
    return sum(item.width for item in row)
