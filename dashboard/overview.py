"""The figures of the overview: which questions it asks, and their answers side by side. No widgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd
import sqlalchemy as sa

from dashboard import format as fmt
from dashboard.charts.ranking import Ranking
from dashboard.charts.trend import Trend
from dashboard.load import result
from dashboard.periods import Comparison, Span, buckets, next_bucket
from dashboard.selection import Filters
from data.queries.calendar import calendar_events
from data.queries.freshness import Freshness
from data.scope import Scope
from data.semantic.catalog import catalog
from data.semantic.question import Filter, Order, Query
from data.semantic.types import Metric, Unit

TILES = ("net_sales", "baskets", "households", "average_basket", "units", "discount_rate")
RANKED = ("department", "store")
PRODUCTS = 50
_ADDED_UP = {Unit.CENTS, Unit.COUNT}


@dataclass(frozen=True)
class Overview:
    """What the page shows. `series` has one row per bucket of the period: `period`, and a column per tile's metric.

    `revision` is the past one that was asked for, `shown_at` the one that figures are of: the same, or the newest.
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
    trend: Trend
    rankings: Mapping[str, Ranking]
    products: pd.DataFrame
    events: pd.DataFrame
    shown_at: int
    revision: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was sold in what was asked for."""
        return self.totals["baskets"] == 0

    @property
    def comparable(self) -> pd.DataFrame:
        """The buckets of `series` that the period does not cut off; all of them where that leaves no line."""
        whole = self.series[self.trend.frame["complete"].to_numpy()]
        return whole if len(whole) > 1 else self.series


@dataclass(frozen=True)
class _Reader:
    """One snapshot, one caller, one set of filters: asks the same question about either period."""

    conn: sa.Connection
    scope: Scope
    filters: Filters
    revision: int | None

    def frame(
        self, query: Query, span: Span, *, without: str | None = None, also: tuple[Filter, ...] = ()
    ) -> pd.DataFrame:
        filters = self.filters.query_filters(without=without) + also
        asked = replace(query, start=span.start, end=span.end, filters=filters)
        return result(self.conn, asked, self.scope, self.revision).frame

    def totals(self, span: Span | None) -> dict[str, float]:
        if span is None:
            return {}
        frame = self.frame(Query(TILES), span)
        return {name: float(frame[name].iloc[0]) for name in TILES}


def metric(name: str) -> Metric:
    """The declaration of a metric of sales."""
    return catalog().metric(name)


def read_overview(
    conn: sa.Connection, filters: Filters, fresh: Freshness, *, scope: Scope, revision: int | None = None
) -> Overview:
    """Every figure of the overview from the snapshot that `conn` holds, now or as of `revision`, like `fresh`.

    Facts must have been loaded.
    """
    first, last = _dates_of(fresh)
    reader = _Reader(conn, scope, filters, revision)
    span = filters.span(first, last)
    asked = filters.compared(span)
    compared = asked if asked and asked.start >= first else None
    words = filters.compared_in_words(span)
    series = _series(reader, span)
    return Overview(
        filters=filters,
        revision=revision,
        span=span,
        compared=compared,
        compared_words=words,
        note=_comparison_note(filters, span, asked, compared, first),
        currency=fresh.currency,
        shown_at=fresh.revision,
        totals=reader.totals(span),
        before=reader.totals(compared),
        series=series,
        trend=_trend(reader, series, span, compared, fresh.currency),
        rankings={name: _ranking(reader, name, span, compared, fresh.currency) for name in RANKED},
        products=_products(reader, span, compared),
        events=calendar_events(
            conn, start=span.start, end=span.end, scope=scope, filters=filters.query_filters(), revision=revision
        ),
    )


def _dates_of(fresh: Freshness) -> tuple[date, date]:
    if fresh.first_business_date is None or fresh.last_business_date is None:
        raise ValueError("the overview needs facts; the page shows its empty state without them")
    return fresh.first_business_date, fresh.last_business_date


def _comparison_note(filters: Filters, span: Span, asked: Span | None, compared: Span | None, first: date) -> str:
    """Why there is no comparison, or that it is not like for like."""
    if asked is not None and compared is None:
        return f"Nothing to compare with: facts begin on {fmt.day(first)}, after the start of {asked}."
    if compared is not None and filters.comparison is Comparison.CUSTOM and compared.days != span.days:
        return f"Mind the lengths: {span} has {span.days} days, {compared} has {compared.days}."
    return ""


def _series(reader: _Reader, span: Span) -> pd.DataFrame:
    found = reader.frame(Query(TILES, grain=reader.filters.grain), span)
    spine = pd.DataFrame({"period": pd.to_datetime(buckets(span, reader.filters.grain)).astype("datetime64[s]")})
    frame = spine.merge(found, on="period", how="left")
    zero = {name: 0 for name in TILES if metric(name).unit in _ADDED_UP}
    return frame.fillna(zero)


def _trend(reader: _Reader, series: pd.DataFrame, span: Span, compared: Span | None, currency: str) -> Trend:
    """Buckets side by side by their place: the third week with the third week, whatever the dates."""
    grain = reader.filters.grain
    frame = pd.DataFrame({"period": series["period"], "value": series["net_sales"].astype("float64")})
    if compared is None:
        frame = frame.assign(before_period=pd.Series(dtype="datetime64[s]"), before=float("nan"))
    else:
        found = reader.frame(Query(("net_sales",), grain=grain), compared).set_index("period")["net_sales"]
        starts = pd.Series(pd.to_datetime(buckets(compared, grain)).astype("datetime64[s]"))
        before = starts.map(found).fillna(0).astype("float64")
        frame = frame.assign(before_period=starts.reindex(frame.index), before=before.reindex(frame.index))
    frame["complete"] = [
        start >= span.start and next_bucket(start, grain) <= span.end for start in buckets(span, grain)
    ]
    return Trend(
        frame, metric("net_sales").label, Unit.CENTS, grain, str(span), str(compared) if compared else None, currency
    )


def _ranking(reader: _Reader, dimension: str, span: Span, compared: Span | None, currency: str) -> Ranking:
    """All members of the dimension, its own filter left out, so that the others can still be picked."""
    query = Query(("net_sales",), (dimension,))
    frame = _labelled(reader.frame(query, span, without=dimension), dimension)
    if compared is not None:
        before = _labelled(reader.frame(query, compared, without=dimension), dimension)
        frame = frame.merge(before, on=["key", "label"], how="outer", suffixes=("", "_before"))
        frame = frame.rename(columns={"value_before": "before"}).fillna({"value": 0.0, "before": 0.0})
    else:
        frame = frame.assign(before=float("nan"))
    frame = frame.sort_values(["value", "key"], ascending=[False, True], ignore_index=True)
    words = str(compared) if compared else None
    picked = reader.filters.picked(dimension)
    return Ranking(frame, metric("net_sales").label, dimension, Unit.CENTS, picked, words, currency)


def _labelled(frame: pd.DataFrame, dimension: str) -> pd.DataFrame:
    label = f"{dimension}_label" if f"{dimension}_label" in frame else dimension
    values = frame["net_sales"].astype("float64")
    return pd.DataFrame({"key": frame[dimension], "label": frame[label].astype("str"), "value": values})


def _products(reader: _Reader, span: Span, compared: Span | None) -> pd.DataFrame:
    """The best-selling products; `before` is what each of them sold in the comparison."""
    order = (Order("net_sales", descending=True),)
    query = Query(("net_sales", "units", "baskets"), ("product", "department"), order_by=order, limit=PRODUCTS)
    frame = reader.frame(query, span)
    if compared is None or frame.empty:
        return frame.assign(before=pd.array([pd.NA] * len(frame), dtype="Int64"))
    also = (Filter("product", tuple(int(key) for key in frame["product"])),)
    before = reader.frame(Query(("net_sales",), ("product",)), compared, also=also).set_index("product")["net_sales"]
    return frame.assign(before=frame["product"].map(before).fillna(0).astype("Int64"))
