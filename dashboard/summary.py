"""The six figures of a period, with what each was before and its line: what tiles show. No widgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd
import sqlalchemy as sa

from dashboard import format as fmt
from dashboard.load import result
from dashboard.periods import Comparison, Span, buckets, next_bucket
from dashboard.selection import Filters
from data.queries.freshness import Freshness
from data.scope import Scope
from data.semantic.catalog import catalog
from data.semantic.question import Filter, Query
from data.semantic.types import Metric, Unit

TILES = ("net_sales", "baskets", "households", "average_basket", "units", "discount_rate")
_ADDED_UP = {Unit.CENTS, Unit.COUNT}


@dataclass(frozen=True, kw_only=True, eq=False)
class Summary:
    """What the tiles say.

    `series` has one row per bucket of the period: `period`, a column per tile's metric, and `complete` (bool: all its
    days are in the period). `revision` is the past one that was asked for, `shown_at` the one that figures are of: the
    same, or the newest.
    """

    filters: Filters
    span: Span
    compared: Span | None
    compared_words: str
    note: str
    currency: str
    totals: Mapping[str, float]
    before: Mapping[str, float]
    series: pd.DataFrame
    shown_at: int
    revision: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was sold in what was asked for."""
        return self.totals["baskets"] == 0

    @property
    def comparable(self) -> pd.DataFrame:
        """The buckets of `series` that the period does not cut off; all of them where that leaves no line."""
        whole = self.series[self.series["complete"]]
        return whole if len(whole) > 1 else self.series


@dataclass(frozen=True)
class Reader:
    """One snapshot, one caller, one set of filters: asks the same question about either period."""

    conn: sa.Connection
    scope: Scope
    filters: Filters
    revision: int | None

    def frame(
        self, query: Query, span: Span, *, without: str | None = None, also: tuple[Filter, ...] = ()
    ) -> pd.DataFrame:
        """The answer to `query` over the dates, under the filters: but for the one `without`, and with those `also`."""
        filters = self.filters.query_filters(without=without) + also
        asked = replace(query, start=span.start, end=span.end, filters=filters)
        return result(self.conn, asked, self.scope, self.revision).frame

    def totals(self, span: Span | None) -> dict[str, float]:
        """Each tile's figure over the dates; nothing where there are none."""
        if span is None:
            return {}
        frame = self.frame(Query(TILES), span)
        return {name: float(frame[name].iloc[0]) for name in TILES}


def metric(name: str) -> Metric:
    """The declaration of a metric of sales."""
    return catalog().metric(name)


def read_summary(reader: Reader, fresh: Freshness) -> Summary:
    """The six figures under the reader's filters, now or as of its revision, like `fresh`.

    Facts must have been loaded.
    """
    filters = reader.filters
    first, last = _dates_of(fresh)
    span = filters.span(first, last)
    asked = filters.compared(span)
    compared = asked if asked and asked.start >= first else None
    return Summary(
        filters=filters,
        revision=reader.revision,
        span=span,
        compared=compared,
        compared_words=filters.compared_in_words(span),
        note=_comparison_note(filters, span, asked, compared, first),
        currency=fresh.currency,
        shown_at=fresh.revision,
        totals=reader.totals(span),
        before=reader.totals(compared),
        series=_series(reader, span),
    )


def _dates_of(fresh: Freshness) -> tuple[date, date]:
    if fresh.first_business_date is None or fresh.last_business_date is None:
        raise ValueError("a summary needs facts; the page shows its empty state without them")
    return fresh.first_business_date, fresh.last_business_date


def _comparison_note(filters: Filters, span: Span, asked: Span | None, compared: Span | None, first: date) -> str:
    """Why there is no comparison, or that it is not like for like."""
    if asked is not None and compared is None:
        return f"Nothing to compare with: facts begin on {fmt.day(first)}, after the start of {asked}."
    if compared is not None and filters.comparison is Comparison.CUSTOM and compared.days != span.days:
        return f"Mind the lengths: {span} has {span.days} days, {compared} has {compared.days}."
    return ""


def _series(reader: Reader, span: Span) -> pd.DataFrame:
    grain = reader.filters.grain
    starts = buckets(span, grain)
    found = reader.frame(Query(TILES, grain=grain), span)
    spine = pd.DataFrame({"period": pd.to_datetime(starts).astype("datetime64[s]")})
    zero = {name: 0 for name in TILES if metric(name).unit in _ADDED_UP}
    complete = [start >= span.start and next_bucket(start, grain) <= span.end for start in starts]
    return spine.merge(found, on="period", how="left").fillna(zero).assign(complete=complete)
