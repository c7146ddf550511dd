"""The axis of a metric: few round ticks from zero, in the words of its unit."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dashboard import format as fmt
from dashboard.charts.layout import range_of, round_ticks
from dashboard.charts.palette import Palette
from data.semantic.types import Unit

# Steps below these would be written alike.
_LEAST = {Unit.CENTS: 1, Unit.CENTS_RATIO: 1, Unit.COUNT: 1, Unit.RATIO: 0.001, Unit.NUMBER: 0.01}


def value_axis(*values: pd.Series, unit: Unit, currency: str, colours: Palette) -> dict[str, Any]:
    """From zero to a round number at or above the highest value, and below zero as far as values reach."""
    lowest, highest = range_of(*values)
    ticks = round_ticks(highest, lowest, least=_LEAST[unit])
    return {
        "tickvals": ticks,
        "ticktext": [fmt.tick(value, unit, currency) for value in ticks],
        "range": [ticks[0], ticks[-1] if ticks[-1] > ticks[0] else 1],
        "zeroline": True,
        "zerolinecolor": colours.comparison,
        "zerolinewidth": 1,
    }
