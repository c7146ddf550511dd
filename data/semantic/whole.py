"""Whole weeks and months within business dates, and the days beside them."""

from __future__ import annotations

from datetime import date, timedelta

from data.semantic.types import Grain


def whole_buckets(grain: Grain, start: date | None, end: date | None) -> tuple[date | None, date | None]:
    """The first day of the first whole week or month in `[start, end)`, and the day after the last one's."""
    first = None if start is None else _begun(grain, start)
    if first is not None and start is not None and first < start:
        first = _next(grain, first)
    return first, None if end is None else _begun(grain, end)


def dates_read(grain: Grain, start: date, end: date) -> int:
    """How many dates rows are read of: of whole weeks or months their first, and each day beside them."""
    first, last = whole_buckets(grain, start, end)
    if grain is Grain.DAY or first is None or last is None or first >= last:
        return (end - start).days
    months = 12 * (last.year - first.year) + last.month - first.month
    whole = (last - first).days // 7 if grain is Grain.WEEK else months
    return (first - start).days + whole + (end - last).days


def _begun(grain: Grain, day: date) -> date:
    return day - timedelta(days=day.weekday()) if grain is Grain.WEEK else day.replace(day=1)


def _next(grain: Grain, first: date) -> date:
    step = timedelta(days=7 if grain is Grain.WEEK else 31)
    if date.max - first < step:  # there is no day after the last one
        return date.max
    return first + step if grain is Grain.WEEK else (first + step).replace(day=1)
