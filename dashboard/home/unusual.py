"""Unusual values on the home page: which of the last days stand out, and whom that comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from html import escape
from typing import Any

import sqlalchemy as sa
import streamlit as st

from dashboard import format as fmt
from dashboard.anchors import anchor, show_lines
from dashboard.charts.layout import rows_of
from dashboard.explore.address import address_of
from dashboard.explore.state import State
from dashboard.home.card import card, when_done
from dashboard.home.morning import Morning
from dashboard.load import Resources
from dashboard.periods import Comparison, Period
from dashboard.working import Progress, Work, work_on
from data.scope import Scope
from data.semantic.types import Metric, Unit
from data.unusual.contributors import Contributors, contributors
from data.unusual.days import NOT_OVER, Judged, judged_days, like_days

DAYS = 28
# What each is broken down by: baskets hold things of several departments.
METRICS = {"net_sales": ("department", "category", "store"), "baskets": ("store",)}
_MOST_SHOWN, _MEMBERS = 4, 3
_PLURALS = {"department": "Departments", "category": "Categories", "store": "Stores"}


@dataclass(frozen=True, eq=False)
class Found:
    """An unusual day of a metric: its row, whom it comes from, and a day like it to hold it against."""

    metric: Metric
    row: Any
    parts: Sequence[Contributors]
    like: date | None
    revision: int | None

    @property
    def day(self) -> date:
        """The day."""
        day: date = self.row.period.date()
        return day


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
    if look.found:
        show_lines([_line(one, currency) for one in look.found[:_MOST_SHOWN]], name="unusual", label="Unusual values")
        rest = len(look.found) - _MOST_SHOWN
        more = f"{rest} more, earlier. " if rest > 0 else ""
        st.caption(f"{more}Of the last {DAYS} days, against what is usual by weekday and trend. Parts are against the "
                   f"mean of the same weekday in the four weeks around, days of events left out.")  # fmt: skip
    elif len(look.unknown) < len(METRICS):
        st.markdown(f"Nothing of the last {DAYS} days is outside of what is usual; days of events are not judged.")
    for words in look.unknown:
        st.caption(words)


def _line(one: Found, currency: str) -> str:
    unit = one.metric.unit
    value = fmt.short(one.row.value, unit, currency)
    words = f"{one.row.period:%a} {fmt.day(one.day)}: {one.metric.label.lower()} {value}"
    where = "above" if one.row.value > one.row.high else "below"
    usual = f"{fmt.short(one.row.low, unit, currency)} to {fmt.short(one.row.high, unit, currency)}"
    near = f", {one.row.near}" if one.row.near else ""
    parts = "".join(f"<br><small>{_parts(part, unit, currency)}</small>" for part in one.parts)
    return f"<b>{anchor(words, _address(one))}</b> {where} the usual {escape(usual + near)}{parts}"


def _parts(part: Contributors, unit: Unit, currency: str) -> str:
    """`Departments: GROCERY +$4.54K, MEAT +$0.9K, 22 others +$2.5K`."""
    named = part.most(_MEMBERS)
    names = named["key"] if part.dimension == "category" else named["label"]  # other departments have such ones, too
    said = [f"{name} {_signed(value, unit, currency)}" for name, value in zip(names, named["difference"], strict=True)]
    count, value = part.others(_MEMBERS)
    if count:
        said.append(f"{count} other{'s' if count > 1 else ''} {_signed(value, unit, currency)}")
    return escape(f"{_PLURALS[part.dimension]}: {', '.join(said)}")


def _signed(value: int, unit: Unit, currency: str) -> str:
    text = fmt.short(value, unit, currency)
    return f"+{text}" if value > 0 else text


def _address(one: Found) -> str:
    """Explore on that day, by the first dimension, against the last day like it."""
    name = one.metric.name
    state = State((name,), METRICS[name][:1], period=Period.CUSTOM, dates=(one.day, one.day), revision=one.revision)
    if one.like is not None:
        state = replace(state, comparison=Comparison.CUSTOM, against=(one.like, one.like))
    return address_of(state)
