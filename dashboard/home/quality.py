"""Data quality on the home page: what reference data leaves open, those points first on which most money rests."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from dashboard import format as fmt
from dashboard.anchors import anchor
from dashboard.charts.layout import rows_of
from dashboard.home.card import card, rows_html, when_done
from dashboard.home.morning import Morning
from dashboard.working import Progress, Work, work_on
from data.queries.quality import quality_summary
from data.scope import Scope
from data.semantic.types import Unit

_MOST = 5


def begin_quality(morning: Morning) -> Work | None:
    """Start reading what is open; every line is looked at, which takes a while. Nothing for a past revision."""
    if morning.revision is not None:
        return None
    scope = morning.user.scope
    return work_on(("quality", morning.fresh.revision), partial(_read, scope), scope=scope)


def quality_card(morning: Morning, work: Work | None) -> None:
    """The open points with the most money, each leading to its members."""
    with card("quality", "Data quality", more=("All open points", "/data-quality")):
        if work is None:
            st.markdown("The list is of now alone, not as of an earlier revision.")
        else:
            when_done(work, "Reading what is open", lambda summary: _told(summary, morning.fresh.currency))


def _read(scope: Scope, conn: sa.Connection, _: Progress) -> Any:
    return quality_summary(conn, scope=scope)


def _told(summary: pd.DataFrame, currency: str) -> None:
    found = summary[summary["members"] > 0].sort_values("net_sales", ascending=False, kind="stable")
    if found.empty:
        st.markdown("Nothing is open: every product, store and household is filled in.")
        return
    rows = [
        (
            anchor(
                str(row.label), f"/data-quality?{urlencode({'check': row.label})}"
            ),  # as its list writes it in the link
            escape(fmt.exact(row.members, Unit.COUNT)),
            escape(fmt.short(row.net_sales, Unit.CENTS, currency)),
        )
        for row in list(rows_of(found))[:_MOST]
    ]
    st.html(rows_html(("Open point", "How many", "Net sales"), rows, label="Data quality"))
    if len(found) > _MOST:
        st.caption(f"{len(found) - _MOST} more with less money. Over all dates.")
    else:
        st.caption("Over all dates.")
