"""Unusual values on the home page: which of the last days stand out, and whom that comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
import streamlit as st

from dashboard import format as fmt
from dashboard.charts.layout import rows_of
from dashboard.home.card import card, when_done
from dashboard.home.morning import Morning
from dashboard.home.unusual_words import Found, days_html
from dashboard.load import Resources
from dashboard.panels import colours
from dashboard.working import Progress, Work, work_on
from data.scope import Scope
from data.unusual.contributors import contributors
from data.unusual.days import NOT_OVER, Judged, judged_days, like_days

DAYS = 28
# What each is broken down by: baskets hold things of several departments.
METRICS = {"net_sales": ("department", "category", "store"), "baskets": ("store",)}
_MOST_DAYS = 3


@dataclass(frozen=True, eq=False)
class Look:
    """What was found on the last days, newest first; and why metrics or days could not be judged."""

    found: Sequence[Found]
    unknown: Sequence[str]


def begin_unusual(morning: Morning) -> Work:
    """Start judging the last days. What a past revision had is read as of it."""
    key = ("unusual", morning.fresh.revision, morning.revision)
    run = partial(_read, morning.user.scope, morning.revision, morning.facts[1])
    return work_on(key, run, scope=morning.user.scope)


def unusual_card(morning: Morning, work: Work) -> None:
    """The days that stand out, each with what is usual and the members that moved it; each leads to Explore."""
    with card("unusual", "Unusual values", more=("Calendar", "/calendar")):
        when_done(work, "Looking for unusual days", lambda look: _told(look, morning.fresh.currency))


def _read(scope: Scope, revision: int | None, last: date, conn: sa.Connection, _: Progress) -> Look:
    found: list[Found] = []
    unknown: list[str] = []
    start = last - timedelta(days=DAYS - 1)
    for name, dimensions in METRICS.items():
        days = judged_days(conn, metric=name, scope=scope, revision=revision, cache=Resources.cache)
        if days.why_not:
            unknown.append(f"{days.metric.label}: {days.why_not}.")
            continue
        for row in rows_of(days.unusual(start, last + timedelta(days=1))):
            found.append(_found(conn, days, row, dimensions, scope))
        unknown += _not_over(days) if not unknown else []
    return Look(sorted(found, key=lambda one: one.day, reverse=True), unknown)


def _found(conn: sa.Connection, days: Judged, row: Any, dimensions: Sequence[str], scope: Scope) -> Found:
    day = row.period.date()
    like = like_days(days, day)
    parts = [
        contributors(conn, days, dimension=name, day=day, scope=scope, cache=Resources.cache)
        for name in (dimensions if like else ())
        if scope.stores is None or len(scope.stores) > 1 or name != "store"
    ]
    before = [other for other in like if other < day]
    return Found(days.metric, row, parts, max(before, default=None) or min(like, default=None), days.revision)


def _not_over(days: Judged) -> list[str]:
    last = days.frame.iloc[-1]
    return [f"{fmt.day(last['period'])} is not judged: it was {NOT_OVER}."] if last["aside"] == NOT_OVER else []


def _told(look: Look, currency: str) -> None:
    days = {one.day: [other for other in look.found if other.day == one.day] for one in look.found}
    if days:
        st.html(days_html(list(days.values())[:_MOST_DAYS], colours(), currency))
        rest = len(days) - _MOST_DAYS
        more = f"{rest} more day{'s' if rest > 1 else ''}, earlier. " if rest > 0 else ""
        st.caption(f"{more}Of the last {DAYS} days, against what is usual by weekday and trend. Members: against the "
                   f"mean of the same weekday in the four weeks around, without days of events.")  # fmt: skip
    elif len(look.unknown) < len(METRICS):
        st.markdown(f"Nothing of the last {DAYS} days is outside of what is usual; days of events are not judged.")
    for words in look.unknown:
        st.caption(words)
