"""Calendar: when it is sold, by hour and weekday, day by day, and what events did."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

import pandas as pd

from dashboard import format as fmt
from dashboard.charts.grid import Grid, grid_alt, grid_chart
from dashboard.charts.layout import rows_of
from dashboard.curated.asked import Asked
from dashboard.curated.piece import Piece
from dashboard.exports import Table
from data.queries.calendar import calendar_events
from data.queries.event_days import COLUMNS, event_days
from data.semantic.catalog import catalog
from data.semantic.question import Query
from data.semantic.types import PERIOD, Grain, Metric, Unit

METRICS = ("net_sales", "baskets", "households", "average_basket")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def hours(asked: Asked, metric: str) -> Piece:
    """A metric by hour and weekday."""
    declared = catalog().metric(metric)
    result = asked.ask(Query((metric,), ("hour", "weekday")))
    frame = result.frame.dropna(subset=[metric])
    cells = pd.DataFrame(
        [
            {
                "row": f"{row.hour:02d}:00",
                "column": _WEEKDAYS[row.weekday - 1],
                "value": float(getattr(row, metric)),
                "words": fmt.brief(float(getattr(row, metric)), declared.unit),
                "told": f"{declared.label}: {fmt.exact(float(getattr(row, metric)), declared.unit)}",
            }
            for row in rows_of(frame)
        ],
        columns=["row", "column", "value", "words", "told"],
    )
    seen = sorted(cells["row"].unique())
    grid = Grid(cells, f"{declared.label} by hour and weekday", tuple(seen), _WEEKDAYS)
    return Piece("hours", f"{declared.label} by hour and weekday", Table("Hours", result.frame, result.columns),
                 partial(grid_chart, grid), grid_alt(grid), _hours_note(declared, asked),
                 asked.origin(metric, "hour", "weekday"))  # fmt: skip


def _hours_note(declared: Metric, asked: Asked) -> str:
    money = declared.unit in {Unit.CENTS, Unit.CENTS_RATIO}
    unit = f", in {fmt.SYMBOLS.get(asked.currency, asked.currency)}" if money else ""
    return f"{declared.label}{unit}. Hours of the day in business time."


def days(asked: Asked, metric: str) -> Piece:
    """A metric day by day, weeks across and weekdays down, over all dates up to the end of the period."""
    declared = catalog().metric(metric)
    start = max(asked.facts[0], asked.span.end - timedelta(weeks=53))
    result = asked.ask(Query((metric,), grain=Grain.DAY, start=start, end=asked.span.end))
    frame = result.frame.dropna(subset=[metric])
    cells = pd.DataFrame(
        [
            {
                "row": _WEEKDAYS[row.period.weekday()],
                "column": _week(row.period.date()),
                "value": float(getattr(row, metric)),
                "words": fmt.day(row.period.date()),
                "told": f"{fmt.day(row.period.date())}\n{fmt.exact(float(getattr(row, metric)), declared.unit)}",
            }
            for row in rows_of(frame)
        ],
        columns=["row", "column", "value", "words", "told"],
    )
    weeks, labels = _weeks(start, asked.span.end)
    grid = Grid(cells, f"{declared.label} by day", _WEEKDAYS, weeks, labels=labels, row_px=20, written=False)
    return Piece("days", f"{declared.label} day by day", Table("Days", result.frame, result.columns),
                 partial(grid_chart, grid), grid_alt(grid), "A column is a week from Monday; at most 53 weeks.",
                 asked.origin(metric, PERIOD))  # fmt: skip


def _week(day: date) -> str:
    monday = day - timedelta(days=day.weekday())
    return fmt.week(monday)


def _weeks(start: date, end: date) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Every week, and the months by the first Monday in them; every second one where there are many."""
    mondays = [start - timedelta(days=start.weekday()) + timedelta(weeks=at) for at in range(60)]
    mondays = [monday for monday in mondays if monday < end]
    firsts = [monday for monday in mondays if monday.day <= 7]
    step = 2 if len(firsts) > 6 else 1
    months = ((_week(monday), fmt.bucket(monday, Grain.MONTH).split()[0]) for monday in firsts[::step])
    return tuple(map(_week, mondays)), tuple(months)


def events(asked: Asked) -> Table:
    """What was sold on the days of each event, against the usual for such weekdays."""
    margin = timedelta(weeks=5)
    start, end = asked.span.start, asked.span.end
    found = calendar_events(asked.conn, start=start - margin, end=end + margin, scope=asked.user.scope,
                            filters=asked.slice.filters, revision=asked.pin.revision)  # fmt: skip
    daily = asked.ask(Query(("net_sales",), grain=Grain.DAY, start=start - margin, end=end + margin)).frame
    return Table("Events", event_days(daily, found, start=start, end=end, last=asked.facts[1]), COLUMNS,
                 signed=frozenset({"change"}))  # fmt: skip
