"""Targets at risk: departments that miss their target of the month at the rate so far."""

from __future__ import annotations

from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from dashboard import format as fmt
from dashboard.anchors import anchor
from dashboard.charts.layout import rows_of
from dashboard.home.card import card, rows_html
from dashboard.home.morning import Morning
from data.queries.run_rate import month_of, run_rates
from data.queries.slices import Slice
from data.semantic.types import Grain, Unit

_MOST = 6


def targets_card(morning: Morning) -> None:
    """Who is behind, the most missing first; that nobody is, and why there is nothing to tell, is said."""
    with card("targets", "Targets at risk", more=("Attainment", "/attainment")):
        if morning.user.scope.stores is not None:
            st.markdown(f"{fmt.UNDEFINED} Targets are set for all stores together; you may see some of them.")
            return
        last = morning.facts[1]
        start, end = month_of(last)
        gone, days = (last - start).days + 1, (end - start).days
        month = fmt.bucket(start, Grain.MONTH)
        asked = Slice(start, end, morning.user.scope, revision=morning.revision)
        frame = run_rates(morning.conn, asked, last=last, cache=morning.cache)
        short = frame[frame["missing"] < 0]
        at_rate = f"{month} at this rate, after {gone} of {days} days" if gone < days else month
        if frame.empty:
            st.markdown(f"No department has a target in {month}. Managers set them under Targets.")
        elif short.empty:
            st.markdown(f"None: all {len(frame)} departments with a target reach it in {at_rate}.")
        else:
            st.markdown(f"{len(short)} of {len(frame)} departments miss their target of {at_rate}.")
            _listed(short, morning.fresh.currency)


def _listed(short: pd.DataFrame, currency: str) -> None:
    rows = [
        (
            anchor(str(row.department), f"/attainment?{urlencode({'dept': row.department})}"),
            fmt.short(row.target, Unit.CENTS, currency),
            fmt.percent(row.at_rate),
            fmt.short(row.missing, Unit.CENTS, currency),
        )
        for row in list(rows_of(short))[:_MOST]
    ]
    st.html(rows_html(("Department", "Target", "At this rate", "Missing"), rows, label="Targets at risk"))
    if len(short) > _MOST:
        st.caption(f"{len(short) - _MOST} more are short by less.")
