"""What was sold on the days of calendar events, and what is usual for such weekdays around them."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from data.frames import frame_of
from data.semantic.types import ColumnSpec, Unit

AROUND = timedelta(weeks=4)
COLUMNS = (
    ColumnSpec("name", "Event", Unit.TEXT),
    ColumnSpec("first_on", "From", Unit.DATE),
    ColumnSpec("last_on", "To", Unit.DATE, "counted in"),
    ColumnSpec("place", "Where", Unit.TEXT, "the store or region that it belongs to; empty for everywhere"),
    ColumnSpec("net_sales", "Net sales", Unit.CENTS, "on the days of the event that are in the period"),
    ColumnSpec("usual", "Usual", Unit.CENTS, "mean of the same weekdays in the 4 weeks around it, of no event",
               nullable=True),
    ColumnSpec("change", "Change", Unit.RATIO, "net sales against the usual"),
)  # fmt: skip


def event_days(daily: pd.DataFrame, events: pd.DataFrame, *, start: date, end: date, last: date) -> pd.DataFrame:
    """Events with a day in `[start, end)` and up to `last`, the last date with facts: what was sold on these days.

    `daily` has a row for each day with sales, `period` and `net_sales` (cents), for 4 weeks on both sides too; days
    that it lacks sold nothing where they are not after `last`. `events` as `calendar_events` gives them.

    One row is an event; columns as in COLUMNS, first to last. `usual` is missing where no weekday compares.
    """
    sold = dict(zip(_dates(daily["period"]), map(int, daily["net_sales"]), strict=True))
    known = (min(sold, default=last), last)
    spans = list(zip(_dates(events["start_on"]), _dates(events["end_on"]), strict=True))
    of_events = {day for first, until in spans for day in _days(first, until)}
    rows = []
    for event, (first, until) in zip(events.itertuples(), spans, strict=True):
        days = [day for day in _days(max(first, start), min(until, end)) if known[0] <= day <= last]
        if days:
            net = sum(sold.get(day, 0) for day in days)
            usual = [_usual(day, first, until, sold, of_events, known) for day in days]
            whole = None if None in usual else round(sum(value for value in usual if value is not None))
            change = net / whole - 1 if whole else None
            rows.append((event.name, first, until - timedelta(days=1), event.place, net, whole, change))
    return frame_of(rows, COLUMNS)


def _usual(
    day: date, first: date, until: date, sold: dict[date, int], of_events: set[date], known: tuple[date, date]
) -> float | None:
    """The mean of the same weekday around the event."""
    near = _days(max(first - AROUND, known[0]), min(until + AROUND, known[1] + timedelta(days=1)))
    values = [sold.get(other, 0) for other in near if other.weekday() == day.weekday() and other not in of_events]
    return sum(values) / len(values) if values else None


def _dates(column: pd.Series) -> list[date]:
    return [value.date() for value in column]


def _days(start: date, end: date) -> list[date]:
    return [start + timedelta(days=at) for at in range((end - start).days)]
