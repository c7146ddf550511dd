"""The usual range on a chart of one series over time: read for what is shown, and the switch that hides it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
import streamlit as st

from dashboard.charts.usual import Usual
from dashboard.load import Resources
from dashboard.periods import Span
from data.scope import Scope
from data.semantic.catalog import catalog
from data.semantic.question import Filter
from data.semantic.types import Grain
from data.unusual.days import can_be_judged, judged_days, judged_weeks

PARAM, OFF = "usual", "off"
BANDED = {Grain.DAY: 1, Grain.WEEK: 7}  # the grains that have it, by their days


def usual_range(
    conn: sa.Connection,
    metric: str,
    span: Span,
    grain: Grain,
    *,
    scope: Scope,
    filters: Sequence[Filter] = (),
    revision: int | None = None,
    currency: str = "USD",
) -> Usual | None:
    """The band of the metric by day or week, for the buckets that lie in the span with all their days.

    None where there is none to show: by other grains, of metrics that do not add up over days, and where it is hidden.
    """
    declared = catalog().metric(metric)
    if grain not in BANDED or not is_shown() or not can_be_judged(declared):
        return None
    found = judged_days(conn, metric=metric, scope=scope, filters=filters, revision=revision, cache=Resources.cache)
    if grain is Grain.WEEK:
        found = judged_weeks(found)
    shown = found.between(span.start, span.end - timedelta(days=BANDED[grain] - 1))
    return Usual(shown, declared.unit, grain, currency, found.why_not)


def is_shown() -> bool:
    """Whether the link lets usual ranges be shown."""
    return st.query_params.get(PARAM) != OFF


def usual_switch(key: str) -> None:
    """The switch; what counts is the link."""
    name = f"{key}-usual"
    st.session_state[name] = is_shown()
    st.toggle("Usual range", key=name, on_change=_turn, help="Where values usually lie, and rings around unusual ones.")


def _turn() -> None:
    if is_shown():
        st.query_params[PARAM] = OFF
    else:
        st.query_params.pop(PARAM, None)
