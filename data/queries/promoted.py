"""Product-store-weeks under promotion, each beside the usual week of the same product in the same store.

The unit is a product in a store in a whole week, sold or not: a promoted week without a sale counts as nothing sold,
and so does a week without promotion. Usual is the average over all weeks in which the product was neither on display
nor in the mailer of that store, of all that sales and promotions both cover; it does not depend on the dates asked for.
Left out are product-stores that were never promoted, always promoted, or never sold. Whether a product lay on the shelf
in a week without a sale is not known: one that was listed for part of the year looks less usual than it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from data.models import Base, Load, Product, PromotedProduct, PromotedWeek, Promotion, SalesLine
from data.models.loads import stands
from data.models.promotions import PAST_PROMOTED_WEEKS
from data.queries.revisions import last_revisions
from data.queries.slices import Slice
from data.semantic.expressions import Statement
from data.semantic.facts import FactRows
from data.semantic.streams import Stream

RESTS_ON = (Promotion.__tablename__, SalesLine.__tablename__)
# Other dimensions tell the lines of a product, store and week apart, which are added up in the derived rows.
_OF_PRODUCT = {"department", "category", "product", "brand", "manufacturer"}
_OF_STORE = {"store", "region"}
_WEEK = timedelta(weeks=1)
_TABLES = Base.metadata.tables
_SALES = _TABLES[SalesLine.__tablename__]
_BY_STORE, _BY_PRODUCT = _TABLES[PromotedWeek.__tablename__], _TABLES[PromotedProduct.__tablename__]
_PAIR = ("product_id", "store_id")
_COLUMNS = ("product_id", "weeks", "displays", "mailers", "net", "usual_net", "pieces", "usual_pieces")


@dataclass(frozen=True)
class Weeks:
    """The Mondays of whole weeks from `start` until before `end`."""

    start: date
    end: date

    @property
    def number(self) -> int:
        """How many weeks; none where nothing lies between."""
        return max((self.end - self.start) // _WEEK, 0)

    def within(self, start: date | None, end: date) -> Weeks:
        """Those of which all days lie in `[start, end)`."""
        first = self.start if start is None else max(self.start, start + timedelta(days=-start.weekday() % 7))
        return Weeks(first, min(self.end, end - timedelta(days=end.weekday())))


def compared_weeks(conn: sa.Connection, *, revision: int | None = None) -> Weeks | None:
    """The whole weeks that loads of sales and of promotions both cover, now or as of a revision.

    None where no promotions were loaded, or none that stand. Source: loads.
    """
    promoted, sold = (_loaded_dates(conn, name, revision) for name in RESTS_ON)
    if promoted is None:
        return None
    first, last = promoted
    if sold is None:
        return Weeks(first, first)
    return Weeks(first, last + _WEEK).within(sold[0], sold[1] + timedelta(days=1))


def _loaded_dates(conn: sa.Connection, table: str, revision: int | None) -> tuple[date, date] | None:
    dates = sa.select(sa.func.min(Load.first_on), sa.func.max(Load.last_on))
    first, last = conn.execute(dates.where(Load.table_name == table, stands(revision))).one()
    return None if first is None or last is None else (first, last)


def promoted_rows(conn: sa.Connection, asked: Slice, weeks: Weeks) -> sa.Subquery:
    """The promoted product-store-weeks of the slice, of weeks wholly in its dates; `weeks` are all that are compared.

    One row is a product in a week, in a store or in several that promoted it in the same way: product_id, weeks (how
    many product-store-weeks it is), displays and mailers (a character for each placement), net and pieces of these,
    usual_net and usual_pieces of as many usual weeks; money in cents, pieces only of products counted so. They are read
    from what each load derives, and worked out from the lines for a filter that keeps only some of those.
    """
    kept = weeks.within(asked.start, asked.end)
    if not _needs_lines(asked):
        return _derived(conn, asked, weeks, kept).subquery("promoted")
    return _worked_out(asked, weeks, kept).subquery("promoted")


@contextmanager
def joined_by_hash(conn: sa.Connection, asked: Slice) -> Iterator[None]:
    """For the block, rows that have to be worked out are joined by hash alone.

    The server cannot know how many there will be; guessing few, it looks through all of them for each.
    """
    ways = ("enable_nestloop", "enable_mergejoin") if _needs_lines(asked) else ()
    for value in ("off", "on"):
        if ways:
            conn.execute(sa.select(*(sa.func.set_config(way, value, True) for way in ways)))
        if value == "off":
            yield


def _needs_lines(asked: Slice) -> bool:
    return not _filtered(asked) <= _OF_PRODUCT | _OF_STORE


def _filtered(asked: Slice) -> set[str]:
    return {item.dimension for item in asked.filters}


def _derived(conn: sa.Connection, asked: Slice, weeks: Weeks, kept: Weeks) -> Statement:
    """The derived rows, under the conditions that would hold of their lines."""
    of_stores = asked.scope.stores is not None or _filtered(asked) & _OF_STORE
    derived = _of_products() if not of_stores and _is_newest(conn, asked) else _of_stores(asked, weeks)
    promoted, source = derived.subquery("rows"), asked.source
    rows = FactRows(
        Stream(asked.subject, asked.subject.graph, ()), lambda table: promoted if table is _SALES else source(table)
    )
    conditions = rows.conditions(kept.start, kept.end, asked.filters, asked.scope)
    return _with_pieces(asked, promoted, rows.from_clause()).where(*conditions)


def _is_newest(conn: sa.Connection, asked: Slice) -> bool:
    """Whether nothing was loaded since the slice's revision."""
    if asked.revision is None:
        return True
    return max(revision for _, revision in last_revisions(conn, tables=RESTS_ON)) <= asked.revision


def _of_products() -> Statement:
    """The sums over all stores, under the names that lines have."""
    named = {"week_on": "sold_on", "stores": "weeks", "net_cents": "net", "usual_cents": "usual_net"}
    return sa.select(*(column.label(named.get(column.name, column.name)) for column in _BY_PRODUCT.c))


def _of_stores(asked: Slice, weeks: Weeks) -> Statement:
    """The same by store, at the slice's revision."""
    rows = _weeks_at(asked.revision)
    others = sa.cast(weeks.number - rows.c.promoted, sa.Double)
    columns = [rows.c[name] for name in ("product_id", "store_id", "displays", "mailers", "quantity")]
    return sa.select(
        *columns,
        rows.c.week_on.label("sold_on"),
        sa.literal_column("1").label("weeks"),
        rows.c.net_cents.label("net"),
        (sa.cast(rows.c.other_cents, sa.Double) / others).label("usual_net"),
        (sa.cast(rows.c.other_quantity, sa.Double) / others).label("usual_quantity"),
    ).where(rows.c.promoted < weeks.number)


def _weeks_at(revision: int | None) -> sa.FromClause:
    """The derived rows by store, now or as they were right after a revision."""
    if revision is None:
        return _BY_STORE
    past = PAST_PROMOTED_WEEKS
    now = sa.select(*_BY_STORE.c).where(_BY_STORE.c.since_revision <= revision)
    was = sa.select(*(past.c[column.name] for column in _BY_STORE.c))
    return sa.union_all(now, was.where(past.c.since_revision <= revision, past.c.until_revision > revision)).subquery(
        "promoted_weeks"
    )


def _worked_out(asked: Slice, weeks: Weeks, kept: Weeks) -> Statement:
    """The same from the lines that the filters keep: what they sold in promoted weeks and in all others."""
    sold, placed = _sold(asked, weeks), _weeks_at(asked.revision)
    sold_pair = [sold.c[name] for name in _PAIR]
    ever = sa.select(*sold_pair, *_sums(sold)).group_by(*sold_pair).cte("ever")
    amounts = [sa.func.coalesce(sold.c[name], 0).label(name) for name in ("net", "quantity")]
    columns = [placed.c[name] for name in (*_PAIR, "week_on", "displays", "mailers")]
    promoted = (
        sa.select(*columns, *amounts)
        .select_from(placed.join(ever, _same(ever, placed)).outerjoin(sold, _same(sold, placed, "week_on")))
        .cte("found")
    )
    pair = [promoted.c[name] for name in _PAIR]
    during = (
        sa.select(*pair, sa.func.count().label("weeks"), *_sums(promoted))
        .group_by(*pair)
        .having(sa.func.count() < weeks.number)
        .subquery("during")
    )
    others = sa.cast(weeks.number - during.c.weeks, sa.Double)
    usual = [
        (sa.cast(ever.c[name] - during.c[name], sa.Double) / others).label(f"usual_{name}")
        for name in ("net", "quantity")
    ]
    joined = promoted.join(during, _same(during, promoted)).join(ever, _same(ever, promoted))
    rows = sa.select(*promoted.c, sa.literal_column("1").label("weeks"), *usual).select_from(joined).subquery("rows")
    return _with_pieces(asked, rows, rows).where(rows.c.week_on >= kept.start, rows.c.week_on < kept.end)


def _same(left: sa.FromClause, right: sa.FromClause, *also: str) -> sa.ColumnElement[bool]:
    return sa.and_(*(left.c[name] == right.c[name] for name in (*_PAIR, *also)))


def _sold(asked: Slice, weeks: Weeks) -> sa.CTE:
    """What the lines of each product-store-week come to, over all weeks that are compared."""
    lines = (
        replace(asked, start=weeks.start, end=weeks.end)
        .lines(
            product=SalesLine.product_id,
            store=SalesLine.store_id,
            sold_on=SalesLine.sold_on,
            net=SalesLine.net_cents,
            quantity=SalesLine.quantity,
        )
        .subquery("lines")
    )
    first = sa.literal(weeks.start, sa.Date)
    week = first + (lines.c.sold_on - first) // 7 * 7
    key = (lines.c.product.label("product_id"), lines.c.store.label("store_id"), week.label("week_on"))
    return sa.select(*key, *_sums(lines)).group_by(lines.c.product, lines.c.store, week).cte("sold")


def _sums(rows: sa.FromClause) -> list[sa.ColumnElement[Any]]:
    return [sa.cast(sa.func.sum(rows.c[name]), sa.BigInteger).label(name) for name in ("net", "quantity")]


def _with_pieces(asked: Slice, rows: sa.FromClause, joined: sa.FromClause) -> Statement:
    """The columns of the result; what a quantity counts is read from the products, which may be edited."""
    products = asked.source(_TABLES[Product.__tablename__])
    others = sa.select(products.c.product_id).where(products.c.unit_of_measure != "piece")
    in_pieces = rows.c.product_id.not_in(others)
    pieces = {
        "pieces": sa.case((in_pieces, rows.c.quantity), else_=0),
        "usual_pieces": sa.case((in_pieces, rows.c.usual_quantity), else_=0.0),
    }
    return sa.select(*(pieces[n].label(n) if n in pieces else rows.c[n] for n in _COLUMNS)).select_from(joined)
