"""Totals as numbers: what a tile says of each metric. No widgets."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from dashboard import format as fmt
from dashboard.explore.explored import Explored
from dashboard.explore.marks import compared_in_words


@dataclass(frozen=True)
class Number:
    """A metric's total as people read it; `moved` is empty where there is nothing to compare with."""

    label: str
    figure: str
    moved: str
    about: str


def numbers_of(explored: Explored) -> list[Number]:
    """Each metric's total, with how it moved against what it is compared with."""
    row = explored.tidy.frame.iloc[-1] if len(explored.tidy.frame) else None
    against = compared_in_words(explored.state, explored.span)
    found = []
    for name in explored.state.metrics:
        metric = explored.state.subject.metrics[name]
        value = None if row is None or pd.isna(row[name]) else float(row[name])
        held = None if row is None else row.get(f"{name}_before", row.get(f"{name}_target"))
        held = None if held is None or pd.isna(held) else float(held)
        moved = fmt.change_figure(value, held, metric.unit) if against else None
        figure = fmt.short(value, metric.unit, explored.currency)
        found.append(Number(metric.label, figure, f"{moved} on {against}" if moved else "", metric.description))
    return found
