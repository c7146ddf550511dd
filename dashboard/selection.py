"""What a page is asked for, as a value and as the short words of a link. Pure: no widgets, no queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from dashboard.periods import (
    GRAINS,
    IN_TIME,
    PERIODS,
    Comparison,
    Period,
    Span,
    comparison_in_words,
    comparison_of,
    span_of,
)
from data.semantic.question import Filter
from data.semantic.types import Grain

LISTS = {"department": "dept", "store": "store", "brand": "brand"}
PARAMS = ("p", "from", "to", "by", "vs", "vsfrom", "vsto", *LISTS.values())
_YEARS = range(1990, 2101)
_Word = TypeVar("_Word", bound=StrEnum)


@dataclass(frozen=True)
class Filters:
    """Period, grain, comparison and the members picked of each dimension; none picked means all of them.

    `dates` are the first and the last date of `Period.CUSTOM`, both included; `against` those of `Comparison.CUSTOM`.
    """

    period: Period = Period.DAYS_28
    grain: Grain = Grain.DAY
    comparison: Comparison = Comparison.PREVIOUS
    dates: tuple[date, date] | None = None
    against: tuple[date, date] | None = None
    members: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    def __hash__(self) -> int:
        members = frozenset(self.members.items())
        return hash((self.period, self.grain, self.comparison, self.dates, self.against, members))

    def picked(self, dimension: str) -> tuple[Any, ...]:
        """The members picked of a dimension."""
        return self.members.get(dimension, ())

    def with_members(self, dimension: str, keys: Iterable[Any]) -> Filters:
        """The same, with other members of one dimension."""
        members = {**self.members, dimension: tuple(keys)}
        return replace(self, members={name: picked for name, picked in members.items() if picked})

    def toggled(self, dimension: str, key: Any) -> Filters:
        """The same, with one member picked, or not picked any more."""
        picked = self.picked(dimension)
        return self.with_members(dimension, [*picked, key] if key not in picked else [k for k in picked if k != key])

    def query_filters(self, *, without: str | None = None) -> tuple[Filter, ...]:
        """The filters for the data layer; `without` leaves out the dimension that a ranking is about."""
        asked = (name for name in LISTS if name != without and self.picked(name))
        return tuple(Filter(name, self.picked(name)) for name in asked)

    def span(self, first: date, last: date) -> Span:
        """The dates of the period, where facts reach from `first` to `last`."""
        return span_of(self.period, first=first, last=last, chosen=self.dates)

    def compared(self, span: Span) -> Span | None:
        """The dates that `span` is compared with."""
        return comparison_of(self.comparison, self.period, span, chosen=self.against)

    def compared_in_words(self, span: Span) -> str:
        """What a change is on, as in a sentence."""
        return comparison_in_words(self.comparison, self.period, span, chosen=self.against)


PLAIN = Filters()


def to_params(filters: Filters, plain: Filters = PLAIN) -> dict[str, list[str]]:
    """What a link says: only what differs from the defaults of its page, in short words."""
    params: dict[str, list[str]] = {}
    if filters.period is not plain.period:
        params["p"] = [filters.period.value]
    if filters.period is Period.CUSTOM and filters.dates:
        params["from"], params["to"] = ([day.isoformat()] for day in filters.dates)
    if filters.grain is not plain.grain:
        params["by"] = [filters.grain.value]
    if filters.comparison is not plain.comparison:
        params["vs"] = [filters.comparison.value]
    if filters.comparison is Comparison.CUSTOM and filters.against:
        params["vsfrom"], params["vsto"] = ([day.isoformat()] for day in filters.against)
    picked = {word: filters.picked(dimension) for dimension, word in LISTS.items()}
    return params | {word: [str(key) for key in keys] for word, keys in picked.items() if keys}


def from_params(
    params: Mapping[str, Sequence[str]], allowed: Mapping[str, Collection[Any]], plain: Filters = PLAIN
) -> tuple[Filters, list[str]]:
    """The filters that a link asks for, and what of it was ignored because nothing goes by that name.

    Where it says nothing, those of `plain` are asked for.
    """
    ignored: list[str] = []
    period = word_in(Period, params.get("p"), plain.period, ignored, among={*PERIODS, plain.period})
    grain = word_in(Grain, params.get("by"), Grain.DAY, ignored, among=GRAINS)
    comparison = word_in(Comparison, params.get("vs"), Comparison.PREVIOUS, ignored, among=IN_TIME)
    dates = dates_in(params, "from", "to") if period is Period.CUSTOM else None
    if period is Period.CUSTOM and dates is None:
        ignored.append("the dates")
        period = plain.period
    against = dates_in(params, "vsfrom", "vsto") if comparison is Comparison.CUSTOM else None
    if comparison is Comparison.CUSTOM and against is None:
        ignored.append("the dates to compare with")
        comparison = Comparison.PREVIOUS
    listed = {name: _keys(name, params.get(word, ()), allowed.get(name, ()), ignored) for name, word in LISTS.items()}
    members = {name: keys for name, keys in listed.items() if keys}
    return Filters(period, grain, comparison, dates, against, members), ignored


def _keys(dimension: str, words: Sequence[str], allowed: Collection[Any], ignored: list[str]) -> tuple[Any, ...]:
    known = {str(key): key for key in allowed}
    ignored += [f"{dimension} {word}" for word in dict.fromkeys(words) if word not in known]
    return tuple(known[word] for word in dict.fromkeys(words) if word in known)


def word_in(
    kind: type[_Word],
    words: Sequence[str] | None,
    default: _Word,
    ignored: list[str],
    among: Collection[_Word] | None = None,
) -> _Word:
    """The last of the words, if it is one of the kind; anything else is told, and the default is taken."""
    if not words:
        return default
    known = {item.value: item for item in (among or kind)}
    if words[-1] not in known:
        ignored.append(words[-1])
    return known.get(words[-1], default)


def dates_in(params: Mapping[str, Sequence[str]], first: str, last: str) -> tuple[date, date] | None:
    """Both dates, in order and within reason; anything else is no period."""
    words = [(params.get(name) or [""])[-1] for name in (first, last)]
    try:
        days = (date.fromisoformat(words[0]), date.fromisoformat(words[1]))
    except ValueError:
        return None
    return days if days[0] <= days[1] and all(day.year in _YEARS for day in days) else None
