"""Data freshness on the home page: up to when there are facts, who loaded them, what is late or missing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from html import escape
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from dashboard import format as fmt
from dashboard.anchors import anchor
from dashboard.charts.layout import rows_of
from dashboard.explain.words import moment
from dashboard.home.card import card, rows_html
from dashboard.home.morning import Morning
from dashboard.load import result
from data.queries.calendar import calendar_events
from data.queries.past import load_list
from data.semantic.question import Query
from data.semantic.types import Grain
from data.unusual.partly_loaded import partly_loaded

DAYS = 28
FACTS = "sales_lines"
_MOST = 4


def freshness_card(morning: Morning) -> None:
    """The last date, the newest load, how far back it reached, days without sales, and the newest revision."""
    fresh, last = morning.fresh, morning.facts[1]
    newest = f"/history?revision={fresh.revision}"
    rows = [
        ("Facts to", escape(f"{fmt.day(last)}{_behind(last, fresh.time_zone, past=morning.revision is not None)}")),
        ("Loaded", escape(_loaded(morning))),
        *_reach(morning),
        *_partly(morning),
        (f"Without sales in {DAYS} days", escape(_silent_days(morning))),
        ("Revision", anchor(f"{fresh.revision:,}", newest)),
    ]
    with card("freshness", "Data freshness", more=("History", "/history")):
        st.html(rows_html((), rows, label="Data freshness"))


def _behind(last: date, zone: str, *, past: bool) -> str:
    """How far the facts are behind today; a past revision is behind in any case."""
    days = (datetime.now(ZoneInfo(zone)).date() - last).days
    if past or days < 1:
        return ""
    return ", yesterday" if days == 1 else f", {days:,} days ago"


def _loaded(morning: Morning) -> str:
    at, by = morning.fresh.loaded_at, morning.fresh.loaded_by
    return fmt.UNDEFINED if at is None else f"{moment(at, morning.fresh.time_zone)} by {by}"


def _reach(morning: Morning) -> list[tuple[str, str]]:
    """The dates of the newest load, and whether they reach back into those that had been loaded before."""
    loads = load_list(morning.conn).dropna(subset=["last_on"])
    loads = loads[(loads["standing"] > 0) & (loads["revision"] <= morning.fresh.revision)]
    if loads.empty:
        return []
    newest, earlier = loads.iloc[0], loads.iloc[1:]
    said = escape(fmt.days(newest["first_on"].date(), newest["last_on"].date()))
    if len(earlier) and newest["first_on"] <= earlier["last_on"].max():
        said += (
            f", late or loaded again up to {escape(fmt.day(min(newest['last_on'], earlier['last_on'].max()).date()))}"
        )
    return [("The newest load", said)]


def _partly(morning: Morning) -> list[tuple[str, str]]:
    """The days of the last weeks whose file was taken before they were over."""
    found = partly_loaded(morning.conn, facts=FACTS, time_zone=morning.fresh.time_zone, revision=morning.revision)
    recent = [day for day in sorted(found) if (morning.facts[1] - day).days < DAYS]
    words = ", ".join(map(fmt.day_of_year, recent))
    return [("Loaded before the day was over", escape(words))] if recent else []


def _silent_days(morning: Morning) -> str:
    """The days on which nothing was sold, with the calendar's name for them."""
    end = morning.facts[1] + timedelta(days=1)
    start = max(end - timedelta(days=DAYS), morning.facts[0])
    scope, revision = morning.user.scope, morning.revision
    query = Query(("lines",), grain=Grain.DAY, start=start, end=end)
    sold = set(result(morning.conn, query, scope, revision).frame.query("lines > 0")["period"])
    events = calendar_events(morning.conn, start=start, end=end, scope=scope, revision=revision)
    silent = [day for day in pd.date_range(start, end, inclusive="left") if day not in sold]
    words = [f"{fmt.day_of_year(day)}{_named(day, events)}" for day in silent[:_MOST]]
    rest = f" and {len(silent) - _MOST} more" if len(silent) > _MOST else ""
    return f"{', '.join(words)}{rest}" or "none"


def _named(day: pd.Timestamp, events: pd.DataFrame) -> str:
    names = [row.name for row in rows_of(events) if row.start_on <= day < row.end_on]
    return f" ({names[0]})" if names else ""
