"""A figure as a dictionary, which is all that a browser gets of it."""

from __future__ import annotations

import math
from datetime import date
from functools import cached_property
from typing import Any

import pandas as pd
import plotly.graph_objects as go


class Drawing(go.Figure):  # type: ignore[misc]  # the package has no types
    """A figure that Plotly checks only where somebody looks into its `data` or `layout`.

    Its own constructor checks and copies every property of every mark: tens of milliseconds a chart, for figures that
    are all put together in `charts` and are checked by the tests.
    """

    def __init__(self, parts: dict[str, Any]) -> None:
        object.__setattr__(self, "parts", parts)

    def to_dict(self) -> dict[str, Any]:
        """What is sent; the same dictionary each time, to be read only."""
        return self._plain

    @property
    def data(self) -> Any:
        """The marks, checked."""
        return self._checked.data

    @property
    def layout(self) -> Any:
        """The layout, checked."""
        return self._checked.layout

    @cached_property
    def _plain(self) -> dict[str, Any]:
        return {name: plain_of(part) for name, part in self.parts.items()}

    @cached_property
    def _checked(self) -> go.Figure:
        return go.Figure(self.parts)


def plain_of(value: Any) -> Any:
    """The value in what JSON knows: lists for series, text for dates, None for what is undefined."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return None if math.isnan(value) else float(value)
    if isinstance(value, dict):
        return {name: plain_of(part) for name, part in value.items()}
    if isinstance(value, pd.Series):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [plain_of(part) for part in value]
    if value is pd.NaT or value is pd.NA:
        return None
    return value.isoformat() if isinstance(value, date) else plain_of(value.tolist())
