"""Days and weeks of a metric, judged: which are unusual, and which cannot be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pandas as pd
import sqlalchemy as sa

from data.cache import ResultCache
from data.errors import UsageError
from data.queries.calendar import calendar_events
from data.queries.freshness import Freshness, freshness
from data.queries.metrics import metric_result, tables_behind
from data.queries.revisions import last_revisions
from data.scope import Scope
from data.semantic.catalog import catalog
from data.semantic.question import Filter, Query
from data.semantic.types import Aggregation, Grain, Metric
from data.unusual.band import usual_band, weekly_band, why_not
from data.unusual.partly_loaded import partly_loaded

MOST_DAYS = 5 * 366
NOT_OVER = "loaded before the day was over"
# Shopping moves to the day before a holiday and leaves the day after: in the sample these days are outside of the
# band ten times as often as others. Up to three days away they still are, for the largest two of ten holidays.
_MOVES_SHOPPING = frozenset({"holiday", "closure"})
_TOLD_WITHIN = 3
_LIKE = frozenset(7 * weeks for weeks in range(-4, 5) if weeks)
_DAY = timedelta(days=1)


@dataclass(frozen=True, eq=False)
class Judged:
    """Days or weeks of a metric, first to last, without gaps.

    One row of `frame` is a day, or a week by its Monday; columns period (datetime64), value, usual, low, high (float64,
    the metric's unit; the last three NaN where nothing is judged), unusual (bool), aside (str: why the day is not
    judged, empty where it is) and near (str: the calendar's event that is a few days off). `why_not` says why no row is
    judged at all; empty where some are. `filters` and `revision` are those that the values are of.
    """

    metric: Metric
    grain: Grain
    frame: pd.DataFrame
    why_not: str = ""
    filters: tuple[Filter, ...] = ()
    revision: int | None = None

    def unusual(self, start: date, end: date) -> pd.DataFrame:
        """The unusual rows of periods that begin in `[start, end)`."""
        return self.between(start, end).query("unusual")

    def between(self, start: date, end: date) -> pd.DataFrame:
        """The rows of periods that begin in `[start, end)`."""
        periods = self.frame["period"]
        return self.frame[(periods >= pd.Timestamp(start)) & (periods < pd.Timestamp(end))]


def can_be_judged(metric: Metric) -> bool:
    """Whether the metric adds up over days, so that a day of it can be held against others."""
    subject = catalog().subject_of(Query((metric.name,)))
    if metric.kind == "ratio":
        return False
    measure = subject.measures[metric.measures[0]]
    # What belongs to one weekday belongs to one day, as baskets do and households do not.
    return measure.plan is None and (measure.aggregation is not Aggregation.DISTINCT or "weekday" in measure.fixes)


def judged_days(
    conn: sa.Connection,
    *,
    metric: str,
    scope: Scope,
    filters: Sequence[Filter] = (),
    revision: int | None = None,
    cache: ResultCache | None = None,
) -> Judged:
    """Each day of the metric under the filters, from its first sale to the last date that has facts.

    At most the last five years. Now, or as of `revision`; the same day is judged alike for whichever dates it is shown.
    Days of the calendar's events, those next to holidays and closures, and a last day that was loaded before its end
    are not judged. Sources: the subject's facts and reference tables, calendar_events and loads. Raises UsageError for
    a metric that does not add up over days, and what queries raise.
    """
    declared = catalog().metric(metric)
    if not can_be_judged(declared):
        raise UsageError(f"unusual values are of metrics that add up over days; got {metric!r}")
    fresh = freshness(conn, facts=catalog().subject_of(Query((metric,))).subject.facts.name, revision=revision)
    first, last = fresh.first_business_date, fresh.last_business_date
    if first is None or last is None:
        return Judged(declared, Grain.DAY, _frame([], {}, {}, {}), "there are no facts", tuple(filters), revision)
    start = max(first, last - MOST_DAYS * _DAY + _DAY)
    query = Query((metric,), grain=Grain.DAY, start=start, end=last + _DAY, filters=tuple(filters))
    key = ("unusual", query, scope, catalog().digest, _rests_on(conn, query, scope, revision))
    found = None if cache is None else cache.get(key)
    if found is None:
        found = _read(conn, query, fresh, scope, revision, cache)
        if cache is not None:
            cache.put(key, found)
    reason = why_not(list(found["value"]), list(found["aside"] != ""))
    return Judged(declared, Grain.DAY, found, reason, tuple(filters), revision)


def judged_weeks(days: Judged) -> Judged:
    """The whole weeks of judged days; one with a day that is not judged is not judged either."""
    frame = days.frame
    mondays = frame["period"] - pd.to_timedelta(frame["period"].dt.day_of_week, unit="D")
    by_week = frame.groupby(mondays)
    weeks = by_week.agg(value=("value", "sum"), usual=("usual", lambda usual: usual.sum(skipna=False)))
    weeks["aside"] = by_week["aside"].agg(lambda words: next((word for word in words if word), ""))
    weeks["near"] = ""
    weeks = weeks[by_week.size() == 7].reset_index()
    band = weekly_band(list(weeks["value"]), list(weeks["usual"]), list(weeks["aside"] != ""))
    judged = pd.concat([weeks[["period", "value"]], band, weeks[["aside", "near"]]], axis=1)
    few = "there are too few whole weeks without events" if judged["low"].isna().all() else ""
    return replace(days, grain=Grain.WEEK, frame=judged, why_not=days.why_not or few)


def like_days(days: Judged, day: date) -> list[date]:
    """The same weekday in the four weeks before and after, without those that are not judged."""
    known = _dates(days.frame.loc[days.frame["aside"] == "", "period"])
    return [found for found in known if (found - day).days in _LIKE]


def _rests_on(conn: sa.Connection, query: Query, scope: Scope, revision: int | None) -> object:
    """What the answer is kept under: the past revision, or the last ones of every table that it comes from."""
    if revision is not None:
        return revision
    tables = {*tables_behind(query, scope=scope), "calendar_events", "stores", "regions"}
    return last_revisions(conn, tables=sorted(tables))


def _read(
    conn: sa.Connection, query: Query, fresh: Freshness, scope: Scope, revision: int | None, cache: ResultCache | None
) -> pd.DataFrame:
    facts = catalog().subject_of(query).subject.facts.name
    found = metric_result(conn, query, scope=scope, cache=cache, revision=revision).frame
    sold = dict(zip(_dates(found["period"]), map(float, found[query.metrics[0]]), strict=True))
    begun = min((day for day, value in sold.items() if value), default=None)
    if begun is None or query.end is None:
        return _frame([], {}, {}, {})
    days = [begun + at * _DAY for at in range((query.end - begun).days)]
    margin = _TOLD_WITHIN * _DAY
    events = calendar_events(conn, start=begun - margin, end=query.end + margin, scope=scope, filters=query.filters,
                             revision=revision)  # fmt: skip
    aside, near = _named(days, events)
    partly = partly_loaded(conn, facts=facts, time_zone=fresh.time_zone, revision=revision)
    return _frame(days, sold, aside | dict.fromkeys(partly, NOT_OVER), near)


def _named(days: Sequence[date], events: pd.DataFrame) -> tuple[dict[date, str], dict[date, str]]:
    """The days that the calendar excuses, by its words for them; and those a little farther from an event."""
    aside: dict[date, str] = {}
    near: dict[date, str] = {}
    dates = zip(_dates(events["start_on"]), _dates(events["end_on"]), strict=True)
    for (first, until), name, kind in zip(dates, map(str, events["name"]), map(str, events["kind"]), strict=True):
        last, reach = until - _DAY, 1 if kind in _MOVES_SHOPPING else 0
        for day in (day for day in days if first - _TOLD_WITHIN * _DAY <= day <= last + _TOLD_WITHIN * _DAY):
            away = max((first - day).days, (day - last).days, 0)
            words = _away(name, away, before=day < first)
            if away <= reach and (day not in aside or away == 0):
                aside[day] = words
            near.setdefault(day, words)
    return aside, {day: words for day, words in near.items() if day not in aside}


def _dates(column: pd.Series) -> list[date]:
    return [value.date() for value in column]


def _away(name: str, days: int, *, before: bool) -> str:
    """`Labor Day`, `the day before Labor Day`, `2 days after Labor Day`."""
    if not days:
        return name
    count = "the day" if days == 1 else f"{days} days"
    return f"{count} {'before' if before else 'after'} {name}"


def _frame(
    days: Sequence[date], values: Mapping[date, float], aside: Mapping[date, str], near: Mapping[date, str]
) -> pd.DataFrame:
    listed = [values.get(day, 0.0) for day in days]
    words = [aside.get(day, "") for day in days]
    band = usual_band(listed, [word != "" for word in words])
    return pd.DataFrame(
        {
            "period": pd.Series(pd.to_datetime(list(days)), dtype="datetime64[s]"),
            "value": pd.Series(listed, dtype="float64"),
            **band,
            "aside": pd.Series(words, dtype="str"),
            "near": pd.Series([near.get(day, "") for day in days], dtype="str"),
        }
    )
