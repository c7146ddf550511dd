"""The periods that a question looks at, and the names under which its statement holds their days."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from data.errors import UsageError
from data.semantic.question import Compare, Query, Versus
from data.semantic.types import Grain
from data.semantic.whole import dates_read, whole_buckets

Day = sa.ColumnElement[date]
_DAY, _YEAR = timedelta(days=1), timedelta(weeks=52)
_WHOLE = (Grain.WEEK, Grain.MONTH)


@dataclass(frozen=True)
class Dates:
    """Business dates in `[start, end)`, either of them open, as a statement holds them."""

    start: date | None = None
    end: date | None = None

    @property
    def since(self) -> Day | None:
        """The first day; None where there is none."""
        return self._held("start")

    @property
    def until(self) -> Day | None:
        """The day after the last."""
        return self._held("end")

    @property
    def last(self) -> Day | None:
        """The last day."""
        return self._held("last")

    def whole(self, grain: Grain) -> tuple[Day | None, Day | None]:
        """The first day of the first whole week or month, and the day after the last one's."""
        return self._held(f"first_{grain}"), self._held(f"after_{grain}s")

    def days(self) -> dict[str, date]:
        """Every day that a statement may hold, by its name."""
        found = {"start": self.start, "end": self.end, "last": None if self.end is None else self.end - _DAY}
        for grain in _WHOLE:
            found[f"first_{grain}"], found[f"after_{grain}s"] = whole_buckets(grain, self.start, self.end)
        return {name: day for name, day in found.items() if day is not None}

    def _held(self, name: str) -> Day | None:
        day = self.days().get(name)
        return None if day is None else self._bound(name, day)

    def _bound(self, name: str, day: date) -> Day:
        return sa.literal(day, sa.Date)


ANY_DATE = Dates()


@dataclass(frozen=True)
class Side(Dates):
    """One of the periods that a query looks at: its own, or the one that it is compared with (`_before`).

    A statement names its days, so that it can be run with those of another query.
    """

    ending: str = ""

    def _bound(self, name: str, day: date) -> Day:
        return sa.bindparam(f"{name}{self.ending}", day, sa.Date)


def sides_of(query: Query) -> list[Side]:
    """The query's own period, and after it the one that it is compared with, if there is one."""
    own = Side(query.start, query.end)
    before = compared_dates(query.compare, query.start, query.end)
    return [own] if before is None else [own, Side(*before, "_before")]


def compared_dates(compare: Compare | None, start: date | None, end: date | None) -> tuple[date, date] | None:
    """The dates `[start, end)` of a comparison in time; None where it is none."""
    if compare is None or compare.to is Versus.TARGET:
        return None
    if start is None or end is None:
        raise UsageError("a comparison needs a period with start and end")
    match compare.to:
        case Versus.PREVIOUS:
            return start - (end - start), start
        case Versus.SAME_WEEKS_LAST_YEAR:
            return start - _YEAR, end - _YEAR
    if compare.start is None or compare.end is None:
        raise UsageError(f"a comparison with a range names start and end; got {compare}")
    return compare.start, compare.end


def days_of(sides: Sequence[Side]) -> dict[str, date]:
    """Every day that a statement may hold of these sides, by the name it has there."""
    return {f"{name}{side.ending}": day for side in sides for name, day in side.days().items()}


def shape_of(sides: Sequence[Side]) -> Hashable:
    """What a statement rests on of the dates besides their values: sides of one shape have the same.

    That is which of them are open, which begin or end with a week or a month and hold whole ones, and by which of these
    the fewest dates are read.
    """
    reads = (number_read(grain, sides) for grain in (Grain.DAY, *_WHOLE))
    return tuple(tuple(_shape(side)) for side in sides), tuple(_places(list(reads)))


def number_read(grain: Grain, sides: Sequence[Dates]) -> int:
    """How many dates rows are read of, by a rollup of that grain; none where a side is open."""
    if any(side.start is None or side.end is None for side in sides):
        return 0
    return sum(dates_read(grain, side.start, side.end) for side in sides if side.start and side.end)


def _places(numbers: list[int]) -> Iterator[int]:
    order = sorted(set(numbers))
    return (order.index(number) for number in numbers)


def _shape(side: Side) -> Iterator[bool | None]:
    yield side.start is None
    yield side.end is None
    for grain in _WHOLE:
        first, after = whole_buckets(grain, side.start, side.end)
        yield first == side.start
        yield after == side.end
        yield None if first is None or after is None else first < after
