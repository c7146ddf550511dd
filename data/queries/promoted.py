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
_SALES, _PROMOTIONS = _TABLES[SalesLine.__tablename__], _TABLES[Promotion.__tablename__]
_BY_STORE, _BY_PRODUCT = _TABLES[PromotedWeek.__tablename__], _TABLES[PromotedProduct.__tablename__]
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
    from what each load derives where that is what was asked for, and worked out from lines and promotions otherwise: as
    of an older revision, or of some of the lines.
    """
    kept = weeks.within(asked.start, asked.end)
    if _is_derived(conn, asked):
        rows = _derived(asked, kept)
    else:
        rows = _worked_out(asked, weeks, kept, current=asked.revision is None)
    return rows.subquery("promoted")


@contextmanager
def joined_by_hash(conn: sa.Connection, asked: Slice) -> Iterator[None]:
    """For the block, rows that have to be worked out are joined by hash alone.

    The server cannot know how many placements and lines there will be; guessing few, it looks through all for each.
    """
    ways = () if _is_derived(conn, asked) else ("enable_nestloop", "enable_mergejoin")
    for value in ("off", "on"):
        if ways:
            conn.execute(sa.select(*(sa.func.set_config(way, value, True) for way in ways)))
        if value == "off":
            yield


def _is_derived(conn: sa.Connection, asked: Slice) -> bool:
    if not _filtered(asked) <= _OF_PRODUCT | _OF_STORE:
        return False
    newest = max(revision for _, revision in last_revisions(conn, tables=RESTS_ON))
    return asked.revision is None or newest <= asked.revision


def _filtered(asked: Slice) -> set[str]:
    return {item.dimension for item in asked.filters}


def _derived(asked: Slice, kept: Weeks) -> Statement:
    """The derived rows, under the conditions that would hold of their lines."""
    of_stores = asked.scope.stores is not None or _filtered(asked) & _OF_STORE
    table, weeks = (_BY_STORE, sa.literal_column("1")) if of_stores else (_BY_PRODUCT, _BY_PRODUCT.c.stores)
    named = {"week_on": "sold_on", "net_cents": "net", "usual_cents": "usual_net"}
    columns = [column.label(named.get(column.name, column.name)) for column in table.c]
    promoted = sa.select(*columns, weeks.label("weeks")).subquery("rows")
    source = asked.source
    rows = FactRows(
        Stream(asked.subject, asked.subject.graph, ()), lambda table: promoted if table is _SALES else source(table)
    )
    conditions = rows.conditions(kept.start, kept.end, asked.filters, asked.scope)
    return _with_pieces(asked, promoted, rows.from_clause()).where(*conditions)


def _worked_out(asked: Slice, weeks: Weeks, kept: Weeks, *, current: bool) -> Statement:
    """The same from the lines that the filters keep: what they sold in promoted weeks and in all others."""
    sold = _sold(asked, weeks)
    pair = (sold.c.product_id, sold.c.store_id)
    ever = sa.select(*pair, *_sums(sold)).group_by(*pair).cte("ever")
    placed = _placed_now() if current else _placed_at(asked, weeks)
    same_pair = sa.and_(ever.c.product_id == placed.c.product_id, ever.c.store_id == placed.c.store_id)
    same_week = sa.and_(*(sold.c[name] == placed.c[name] for name in ("product_id", "store_id", "week_on")))
    amounts = [sa.func.coalesce(sold.c[name], 0).label(name) for name in ("net", "quantity")]
    promoted = (
        sa.select(*placed.c, *amounts)
        .select_from(placed.join(ever, same_pair).outerjoin(sold, same_week))
        .cte("promoted_weeks_found")
    )
    during = (
        sa.select(promoted.c.product_id, promoted.c.store_id, sa.func.count().label("weeks"), *_sums(promoted))
        .group_by(promoted.c.product_id, promoted.c.store_id)
        .having(sa.func.count() < weeks.number)
        .subquery("during")
    )
    others = sa.cast(weeks.number - during.c.weeks, sa.Double)
    usual = [
        (sa.cast(ever.c[name] - during.c[name], sa.Double) / others).label(f"usual_{name}")
        for name in ("net", "quantity")
    ]
    joined = promoted.join(
        during, sa.and_(during.c.product_id == promoted.c.product_id, during.c.store_id == promoted.c.store_id)
    ).join(ever, sa.and_(ever.c.product_id == promoted.c.product_id, ever.c.store_id == promoted.c.store_id))
    rows = sa.select(*promoted.c, sa.literal_column("1").label("weeks"), *usual).select_from(joined).subquery("rows")
    return _with_pieces(asked, rows, rows).where(rows.c.week_on >= kept.start, rows.c.week_on < kept.end)


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


def _placed_now() -> sa.Subquery:
    """The placements of whatever was ever sold, from the derived rows."""
    columns = (_BY_STORE.c[name] for name in ("product_id", "store_id", "week_on", "displays", "mailers"))
    return sa.select(*columns).subquery("placed")


def _placed_at(asked: Slice, weeks: Weeks) -> sa.Subquery:
    """All placements at the slice's revision."""
    rows = asked.source(_PROMOTIONS)
    kept = [rows.c.week_on >= weeks.start, rows.c.week_on < weeks.end]
    if asked.scope.stores is not None:
        kept.append(rows.c.store_id.in_(sorted(asked.scope.stores)))
    columns = (rows.c[name] for name in ("store_id", "week_on", "displays", "mailers"))
    return sa.select(sa.func.unnest(rows.c.product_ids).label("product_id"), *columns).where(*kept).subquery("placed")


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
