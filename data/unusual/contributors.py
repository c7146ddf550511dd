"""Who contributed most to how far an unusual day is from its like, in parts that add up to the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data.cache import ResultCache
from data.errors import UsageError
from data.queries.metrics import metric_result
from data.revisions.shapley import whole_shares
from data.scope import Scope
from data.semantic.catalog import catalog
from data.semantic.question import Filter, Query
from data.semantic.types import PERIOD, Grain
from data.unusual.days import Judged, like_days


@dataclass(frozen=True, eq=False)
class Contributors:
    """The members of a dimension on a day.

    One row of `frame` is a member; columns key (the dimension's natural key), label (str), value, usual and difference
    (int64, the metric's unit), those first that moved the day most the way it went. `usual` is the mean of the other
    days, in whole units that add up.
    """

    dimension: str
    frame: pd.DataFrame

    @property
    def difference(self) -> int:
        """How far the day is from its like in all; what members differ by adds up to it."""
        return int(self.frame["difference"].sum())

    def most(self, count: int) -> pd.DataFrame:
        """The first so many that moved the day the way it went."""
        sign = 1 if self.difference >= 0 else -1
        return self.frame[self.frame["difference"] * sign > 0].head(count)

    def others(self, count: int) -> tuple[int, int]:
        """How many members there are besides, and what they differ by together."""
        shown = self.most(count)
        return len(self.frame) - len(shown), self.difference - int(shown["difference"].sum())


def contributors(
    conn: sa.Connection, days: Judged, *, dimension: str, day: date, scope: Scope, cache: ResultCache | None = None
) -> Contributors:
    """What each member of the dimension had on a day of `days`, and on average on the days like it.

    Members that had nothing on any of them are left out. Sources: the subject's facts and reference tables. Raises
    UsageError for a metric that does not add up over the dimension, and for a day without any like it.
    """
    metric, like = days.metric.name, like_days(days, day)
    if not catalog().subject_of(Query((metric,), (dimension,))).adds_up(days.metric, dimension):
        raise UsageError(f"contributors are of a dimension that the metric adds up over; {metric!r} does not over "
                         f"{dimension!r}")  # fmt: skip
    if not like:
        raise UsageError(f"contributors need a day to compare with: {day} has none within four weeks that is judged")
    wanted = [day, *like]
    query = Query((metric,), (dimension,), grain=Grain.DAY, start=min(wanted), end=max(wanted) + timedelta(days=1),
                  filters=(*days.filters, *_of_weekday(days, day)))  # fmt: skip
    frame = metric_result(conn, query, scope=scope, cache=cache, revision=days.revision).frame
    label = f"{dimension}_label" if f"{dimension}_label" in frame else dimension
    values: dict[tuple[Any, str], dict[date, int]] = {}
    columns = (frame[dimension].tolist(), map(str, frame[label]), frame[PERIOD], frame[metric])
    for key, name, period, value in zip(*columns, strict=True):
        if period.date() in wanted:
            values.setdefault((key, name), {})[period.date()] = int(value)
    return Contributors(dimension, _shared_out(values, day, like))


def _of_weekday(days: Judged, day: date) -> tuple[Filter, ...]:
    """Nothing but the weekday is read, where the subject has such a dimension and it is not filtered already."""
    known = catalog().subject_of(Query((days.metric.name,))).dimensions
    free = all(item.dimension != "weekday" for item in days.filters)
    return (Filter("weekday", (day.isoweekday(),)),) if "weekday" in known and free else ()


def _shared_out(values: dict[tuple[Any, str], dict[date, int]], day: date, like: Sequence[date]) -> pd.DataFrame:
    members = sorted(values, key=str)
    means = [Fraction(sum(values[member].get(other, 0) for other in like), len(like)) for member in members]
    if means:
        largest = max(range(len(means)), key=means.__getitem__)
        whole = sum(means, Fraction(0))
        means[largest] += round(whole) - whole
    now = [values[member].get(day, 0) for member in members]
    frame = pd.DataFrame(
        {
            "key": [key for key, _ in members],
            "label": pd.Series([label for _, label in members], dtype="str"),
            "value": pd.Series(now, dtype="int64"),
            "usual": pd.Series(whole_shares(means), dtype="int64"),
        }
    )
    frame["difference"] = frame["value"] - frame["usual"]
    falling = bool(frame["difference"].sum() < 0)
    return frame.sort_values(["difference", "label"], ascending=[falling, True], ignore_index=True)
