"""Periods and what they are compared with, as dates. Pure: no widgets, no queries.

People name both ends of a period; a `Span` is half-open, as everything below the dashboard wants it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from dashboard import format as fmt
from data.semantic.types import Grain

DAY = timedelta(days=1)
GRAINS = (Grain.DAY, Grain.WEEK, Grain.MONTH)
_MONTHS_IN = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}


class Period(StrEnum):
    """Which days, counted back from the last business date; the values are what links say.

    `OWN` leaves each of several views its own, so that it is no choice where there is one: those are `PERIODS`.
    """

    DAYS_7 = "7d"
    DAYS_28 = "28d"
    WEEKS_13 = "13w"
    THIS_MONTH = "month"
    LAST_MONTH = "lastmonth"
    YEAR_TO_DATE = "ytd"
    LAST_YEAR = "lastyear"
    ALL = "all"
    CUSTOM = "dates"
    OWN = "own"


class Comparison(StrEnum):
    """What the period is held against; the values are what links say."""

    PREVIOUS = "prev"
    LAST_YEAR = "year"
    CUSTOM = "dates"
    TARGET = "target"
    NONE = "none"


PERIOD_NAMES = {
    Period.DAYS_7: "Last 7 days",
    Period.DAYS_28: "Last 28 days",
    Period.WEEKS_13: "Last 13 weeks",
    Period.THIS_MONTH: "This month to date",
    Period.LAST_MONTH: "Last month",
    Period.YEAR_TO_DATE: "This year to date",
    Period.LAST_YEAR: "Last year",
    Period.ALL: "All dates",
    Period.CUSTOM: "Choose dates",
    Period.OWN: "Each view's own",
}
PERIODS = tuple(period for period in Period if period is not Period.OWN)
COMPARISON_NAMES = {
    Comparison.PREVIOUS: "Previous period",
    Comparison.LAST_YEAR: "Same weeks last year",
    Comparison.CUSTOM: "Choose dates",
    Comparison.TARGET: "Target",
    Comparison.NONE: "No comparison",
}
IN_TIME = tuple(comparison for comparison in Comparison if comparison is not Comparison.TARGET)
_FIXED = {Period.DAYS_7: 7, Period.DAYS_28: 28, Period.WEEKS_13: 91}


@dataclass(frozen=True)
class Span:
    """Business dates in `[start, end)`."""

    start: date
    end: date

    @property
    def last(self) -> date:
        """The last date inside."""
        return self.end - DAY

    @property
    def days(self) -> int:
        """How many dates it holds."""
        return (self.end - self.start).days

    def __str__(self) -> str:
        return fmt.days(self.start, self.last)


def span_of(period: Period, *, first: date, last: date, chosen: tuple[date, date] | None = None) -> Span:
    """The dates of `period`, where facts reach from `first` to `last`; `chosen` are the dates of `Period.CUSTOM`."""
    start, end = first, last + DAY
    match period:
        case Period.DAYS_7 | Period.DAYS_28 | Period.WEEKS_13:
            start = end - timedelta(days=_FIXED[period])
        case Period.THIS_MONTH:
            start = last.replace(day=1)
        case Period.LAST_MONTH:
            start, end = _month_before(last.replace(day=1)), last.replace(day=1)
        case Period.YEAR_TO_DATE:
            start = _new_year(last)
        case Period.LAST_YEAR:
            start, end = _year_before(last), _new_year(last)
        case Period.CUSTOM if chosen:
            start, end = chosen[0], chosen[1] + DAY
    return Span(start, end)


def comparison_of(
    comparison: Comparison, period: Period, span: Span, *, chosen: tuple[date, date] | None = None
) -> Span | None:
    """The dates that `span` is compared with: before it, on the same weekdays 52 weeks earlier, or as `chosen`."""
    match comparison:
        case Comparison.NONE | Comparison.TARGET:
            return None
        case Comparison.LAST_YEAR:
            return Span(span.start - timedelta(weeks=52), span.end - timedelta(weeks=52))
        case Comparison.CUSTOM if chosen:
            return Span(chosen[0], chosen[1] + DAY)
    return span_before(period, span)


def span_before(period: Period, span: Span) -> Span:
    """The dates before `span`: as many days, or for a calendar month or year the one before."""
    match period:
        case Period.LAST_MONTH:
            return Span(_month_before(span.start), span.start)
        case Period.LAST_YEAR:
            return Span(_year_before(span.start), span.start)
        case Period.THIS_MONTH:
            start = _month_before(span.start)
            return Span(start, min(start + timedelta(days=span.days), span.start))
    return Span(span.start - timedelta(days=span.days), span.start)


def comparison_in_words(
    comparison: Comparison, period: Period, span: Span, *, chosen: tuple[date, date] | None = None
) -> str:
    """What a change is on: `the previous 28 days`."""
    if comparison is Comparison.LAST_YEAR:
        return "the same weeks last year"
    if comparison is Comparison.CUSTOM and chosen:
        return fmt.days(*chosen)
    words = {
        Period.THIS_MONTH: "the same days last month",
        Period.LAST_MONTH: "the month before",
        Period.LAST_YEAR: "the year before",
        Period.WEEKS_13: "the previous 13 weeks",
    }
    return words.get(period) or ("the day before" if span.days == 1 else f"the previous {span.days} days")


def buckets(span: Span, grain: Grain) -> list[date]:
    """The first day of every bucket that touches `span`; the first one may begin before it."""
    start = bucket_start(span.start, grain)
    found = []
    while start < span.end:
        found.append(start)
        start = next_bucket(start, grain)
    return found


def bucket_start(day: date, grain: Grain) -> date:
    """The first day of the bucket that `day` lies in; weeks begin on Monday."""
    if grain is Grain.WEEK:
        return day - timedelta(days=day.weekday())
    if grain is Grain.DAY:
        return day
    months = _MONTHS_IN[grain]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def next_bucket(start: date, grain: Grain) -> date:
    """The first day of the bucket after the one that begins on `start`."""
    if grain in _MONTHS_IN:
        month = start.month - 1 + _MONTHS_IN[grain]
        return date(start.year + month // 12, month % 12 + 1, 1)
    return start + timedelta(days=7 if grain is Grain.WEEK else 1)


def _month_before(first_of_month: date) -> date:
    return (first_of_month - DAY).replace(day=1)


def _new_year(day: date) -> date:
    return day.replace(month=1, day=1)


def _year_before(day: date) -> date:
    return date(day.year - 1, 1, 1)
