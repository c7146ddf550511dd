"""The figures of the overview: which questions it asks, and their answers side by side. No widgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import partial

import pandas as pd
import sqlalchemy as sa

from dashboard.charts.ranking import Ranking
from dashboard.charts.trend import Trend
from dashboard.charts.usual import Usual
from dashboard.kept import kept
from dashboard.periods import Span, buckets
from dashboard.selection import PLAIN, Filters
from dashboard.summary import Reader, Summary, metric, read_summary
from dashboard.usual import is_shown, usual_range
from data.queries.calendar import calendar_events
from data.queries.freshness import Freshness
from data.scope import Scope
from data.semantic.question import Filter, Order, Query
from data.semantic.types import Unit

RANKED = ("department", "store")
PRODUCTS = 50


@dataclass(frozen=True, kw_only=True, eq=False)
class Parts:
    """What the page shows that has no interval: where the figures come from, and what happened meanwhile."""

    rankings: Mapping[str, Ranking]
    products: pd.DataFrame
    events: pd.DataFrame


@dataclass(frozen=True, kw_only=True, eq=False)
class Overview(Parts, Summary):
    """What the page shows: the six figures, and beside them their trend and where they come from."""

    trend: Trend
    parts: Parts  # the same for every interval


def read_overview(
    conn: sa.Connection, filters: Filters, fresh: Freshness, *, scope: Scope, revision: int | None = None
) -> Overview:
    """Every figure of the overview from the snapshot that `conn` holds, now or as of `revision`, like `fresh`.

    Facts must have been loaded.
    """
    reader = Reader(conn, scope, filters, revision)
    summary = read_summary(reader, fresh)
    # By whichever interval they are shown, these are the same.
    key = ("parts of overview", replace(filters, grain=PLAIN.grain), scope, revision)
    parts = kept(conn, key, lambda: _read_parts(reader, summary))
    return Overview(
        **{field.name: getattr(summary, field.name) for field in fields(summary)},
        trend=replace(_trend(reader, summary), usual=_usual(reader, summary)),
        parts=parts,
        **{field.name: getattr(parts, field.name) for field in fields(parts)},
    )


def _read_parts(reader: Reader, summary: Summary) -> Parts:
    span, compared = summary.span, summary.compared
    return Parts(
        rankings={name: _ranking(reader, name, span, compared, summary.currency) for name in RANKED},
        products=_products(reader, span, compared),
        events=calendar_events(
            reader.conn, start=span.start, end=span.end, scope=reader.scope, filters=reader.filters.query_filters(),
            revision=reader.revision,
        ),
    )  # fmt: skip


def kept_overview(
    conn: sa.Connection, filters: Filters, fresh: Freshness, *, scope: Scope, revision: int | None = None
) -> Overview:
    """The same, read once for every revision; it is shared, and to be read only."""
    read = partial(read_overview, conn, filters, fresh, scope=scope, revision=revision)
    return kept(conn, ("overview", filters, scope, revision, is_shown()), read)


def _trend(reader: Reader, summary: Summary) -> Trend:
    """Buckets side by side by their place: the third week with the third week, whatever the dates."""
    grain, series, compared = reader.filters.grain, summary.series, summary.compared
    frame = pd.DataFrame({"period": series["period"], "value": series["net_sales"].astype("float64")})
    if compared is None:
        frame = frame.assign(before_period=pd.Series(dtype="datetime64[s]"), before=float("nan"))
    else:
        found = reader.frame(Query(("net_sales",), grain=grain), compared).set_index("period")["net_sales"]
        starts = pd.Series(pd.to_datetime(buckets(compared, grain)).astype("datetime64[s]"))
        before = starts.map(found).fillna(0).astype("float64")
        frame = frame.assign(before_period=starts.reindex(frame.index), before=before.reindex(frame.index))
    frame["complete"] = series["complete"]
    label, words = metric("net_sales").label, str(compared) if compared else None
    return Trend(frame, label, Unit.CENTS, grain, str(summary.span), words, summary.currency)


def _usual(reader: Reader, summary: Summary) -> Usual | None:
    return usual_range(reader.conn, "net_sales", summary.span, reader.filters.grain, scope=reader.scope,
                       filters=reader.filters.query_filters(), revision=reader.revision,
                       currency=summary.currency)  # fmt: skip


def _ranking(reader: Reader, dimension: str, span: Span, compared: Span | None, currency: str) -> Ranking:
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


def _products(reader: Reader, span: Span, compared: Span | None) -> pd.DataFrame:
    """The best-selling products; `before` is what each of them sold in the comparison.

    Baskets and departments are looked for once it is known which they are: for every product that takes far longer.
    """
    order = (Order("net_sales", descending=True),)
    frame = reader.frame(Query(("net_sales", "units"), ("product",), order_by=order, limit=PRODUCTS), span)
    if frame.empty:
        dtypes = {"department": "str", "baskets": "int64", "before": "Int64"}
        return frame.assign(**{name: pd.Series(dtype=dtype) for name, dtype in dtypes.items()})
    also = (Filter("product", tuple(int(key) for key in frame["product"])),)
    counted = reader.frame(Query(("baskets",), ("product", "department")), span, also=also)
    frame = frame.merge(counted[["product", "department", "baskets"]], on="product")
    if compared is None:
        return frame.assign(before=pd.array([pd.NA] * len(frame), dtype="Int64"))
    before = reader.frame(Query(("net_sales",), ("product",)), compared, also=also).set_index("product")["net_sales"]
    return frame.assign(before=frame["product"].map(before).fillna(0).astype("Int64"))
