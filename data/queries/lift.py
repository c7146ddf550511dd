"""Lift: what products sold on display or in the mailer, against their usual week in the same stores.

It observes and proves nothing: what is promoted, and when, is chosen by people, prices are often cut at the same time,
and what is said of a product-store-week in `data.queries.promoted` holds here.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from data.cache import ResultCache
from data.queries.metrics import Result
from data.queries.promoted import RESTS_ON, Weeks, joined_by_hash, promoted_rows
from data.queries.slices import Slice, answer
from data.semantic.types import ColumnSpec, Unit

ANY, WAY, DISPLAY, MAILER = "Any promotion", "Way", "Display location", "Mailer location"
PARTS = (ANY, WAY, DISPLAY, MAILER)
DISPLAY_ONLY, MAILER_ONLY, BOTH = "On display only", "In the mailer only", "Both"
DISPLAYS = {
    "1": "Store front",
    "2": "Store rear",
    "3": "Front end cap",
    "4": "Mid-aisle end cap",
    "5": "Rear end cap",
    "6": "Side-aisle end cap",
    "7": "In-aisle",
    "9": "Secondary location",
    "A": "In-shelf",
}
MAILERS = {
    "A": "Interior page feature",
    "C": "Interior page line item",
    "D": "Front page feature",
    "F": "Back page feature",
    "H": "Wrap front feature",
    "J": "Wrap interior coupon",
    "L": "Wrap back feature",
    "P": "Interior page coupon",
    "X": "Free on interior page",
    "Z": "Free on front, back or wrap",
}
# Fewer usual units than this, and chance decides how many times as much was sold.
FEWEST_USUAL_UNITS = 10
_FIGURES = (
    ColumnSpec("weeks", "Product-store-weeks", Unit.COUNT, "a product in a store in a week, sold or not"),
    ColumnSpec("net_sales", "Net sales", Unit.CENTS, "in promoted weeks"),
    ColumnSpec(
        "usual_net_sales", "Usual", Unit.CENTS, "what as many usual weeks of them sell: those without promotion"
    ),
    ColumnSpec("lift", "Lift", Unit.RATIO, "net sales in promoted weeks, by how much above the usual"),
    ColumnSpec("units", "Units", Unit.COUNT, "of products counted in pieces"),
    ColumnSpec("usual_units", "Usual units", Unit.NUMBER, "in as many usual weeks"),
    ColumnSpec("unit_lift", "Lift in units", Unit.RATIO),
)
COLUMNS = (
    ColumnSpec("part", "By", Unit.TEXT),
    ColumnSpec("place", "Promotion", Unit.TEXT),
    *_FIGURES,
    ColumnSpec("net_each", "Net sales each", Unit.CENTS_RATIO, "per 100 product-store-weeks"),
    ColumnSpec("usual_each", "Usual each", Unit.CENTS_RATIO, "per 100 product-store-weeks"),
)
PRODUCT_COLUMNS = (
    ColumnSpec("product", "Product no.", Unit.INTEGER),
    ColumnSpec("product_label", "Product", Unit.TEXT),
    *_FIGURES,
)


def promotion_lift(conn: sa.Connection, asked: Slice, *, weeks: Weeks, cache: ResultCache | None = None) -> Result:
    """Lift of any promotion, by the way of it, and by display and mailer location, over whole weeks of the slice.

    One row is a way or location that was used; columns as in COLUMNS, in the order of PARTS, then by code. A product
    that lay in two places in a week counts in both, so locations do not add up; a product on display is often in the
    mailer too, so the lift of a location is not its own alone. Lift is NaN where the usual is nothing. Empty where
    nothing was promoted. `weeks` are those of `compared_weeks`. Sources: promoted_weeks, or sales_lines and promotions.
    """
    rows = promoted_rows(conn, asked, weeks)
    codes = (rows.c.displays, rows.c.mailers)
    groups = sa.select(*codes, *_totals(rows)).group_by(*codes).cte("groups")
    parted = sa.union_all(*_parts(groups)).subquery("parted")
    figures = sa.select(
        parted.c.part, parted.c.code, *_totals(parted)
    ).group_by(parted.c.part, parted.c.code).subquery("figures")  # fmt: skip
    hundreds = sa.cast(figures.c.weeks, sa.Double) / sa.literal(100.0, sa.Double)
    stmt = sa.select(
        sa.case(dict(enumerate(PARTS)), value=figures.c.part).label("part"),
        _place(figures).label("place"),
        *_told(figures),
        (sa.cast(figures.c.net, sa.Double) / hundreds).label("net_each"),
        (figures.c.usual_net / hundreds).label("usual_each"),
    ).order_by(figures.c.part, figures.c.code)
    with joined_by_hash(conn, asked):
        return answer(conn, asked, stmt, COLUMNS, cache, derived_from=RESTS_ON)


def lifted_products(
    conn: sa.Connection, asked: Slice, *, weeks: Weeks, limit: int = 100, cache: ResultCache | None = None
) -> Result:
    """The products with the largest lift of net sales under any promotion, over whole weeks of the slice.

    One row is a product that usually sells FEWEST_USUAL_UNITS in as many weeks at least; columns as in PRODUCT_COLUMNS,
    largest lift first, then by number. Sources as of `promotion_lift`.
    """
    rows = promoted_rows(conn, asked, weeks)
    sums = sa.select(rows.c.product_id, *_totals(rows)).group_by(rows.c.product_id).cte("sums")
    lift = _over(sums.c.net, sums.c.usual_net)
    enough = sa.and_(sums.c.usual_pieces >= FEWEST_USUAL_UNITS, sums.c.usual_net > 0)
    best = (
        sa.select(sums, lift.label("lift"))
        .where(enough)
        .order_by(lift.desc(), sums.c.product_id)
        .limit(limit)
        .subquery("best")
    )
    named = asked.names("product", "named")
    stmt = (
        sa.select(named.c.key.label("product"), named.c.label.label("product_label"), *_told(best))
        .join_from(best, named, named.c.member == best.c.product_id)
        .order_by(best.c.lift.desc(), named.c.key)
    )
    with joined_by_hash(conn, asked):
        return answer(conn, asked, stmt, PRODUCT_COLUMNS, cache, derived_from=RESTS_ON)


def _parts(groups: sa.CTE) -> list[sa.Select[Any]]:
    """Each group once in every part that it belongs to, under the code of its place there."""
    amounts = [groups.c[name] for name in ("weeks", "net", "usual_net", "pieces", "usual_pieces")]
    shown, mailed = (groups.c[name].regexp_match("[^0]") for name in ("displays", "mailers"))
    way = sa.case((sa.and_(shown, mailed), BOTH), (shown, DISPLAY_ONLY), else_=MAILER_ONLY)

    def part(number: int, code: sa.ColumnElement[Any]) -> sa.Select[Any]:
        return sa.select(sa.literal(number, sa.Integer).label("part"), code.label("code"), *amounts)

    def places(number: int, name: str) -> sa.Select[Any]:
        each = sa.func.string_to_table(groups.c[name], None).table_valued("code").render_derived(name="each")
        codes = sa.select(each.c.code).where(each.c.code != "0").distinct().lateral("codes")
        return part(number, codes.c.code).select_from(groups.join(codes, sa.true()))

    return [
        part(0, sa.literal("", sa.Text)).select_from(groups),
        part(1, way).select_from(groups),
        places(2, "displays"),
        places(3, "mailers"),
    ]


def _place(figures: sa.FromClause) -> sa.ColumnElement[Any]:
    code = figures.c.code
    unknown = sa.func.concat("Location ", code)
    return sa.case(
        (figures.c.part == 0, "All of them"),
        (figures.c.part == 1, code),
        (figures.c.part == 2, sa.case(DISPLAYS, value=code, else_=unknown)),
        else_=sa.case(MAILERS, value=code, else_=unknown),
    )


def _totals(rows: sa.FromClause) -> list[sa.ColumnElement[Any]]:
    whole = [sa.cast(sa.func.sum(rows.c[name]), sa.BigInteger).label(name) for name in ("weeks", "net", "pieces")]
    usual = [sa.func.sum(rows.c[name]).label(name) for name in ("usual_net", "usual_pieces")]
    return [*whole, *usual]


def _told(rows: sa.FromClause) -> list[sa.ColumnElement[Any]]:
    """The columns of _FIGURES from totals."""
    return [
        rows.c.weeks,
        rows.c.net.label("net_sales"),
        sa.cast(sa.func.round(rows.c.usual_net), sa.BigInteger).label("usual_net_sales"),
        _over(rows.c.net, rows.c.usual_net).label("lift"),
        rows.c.pieces.label("units"),
        rows.c.usual_pieces.label("usual_units"),
        _over(rows.c.pieces, rows.c.usual_pieces).label("unit_lift"),
    ]


def _over(value: sa.ColumnElement[Any], usual: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.cast(value, sa.Double) / sa.cast(sa.func.nullif(usual, 0.0), sa.Double) - 1.0
