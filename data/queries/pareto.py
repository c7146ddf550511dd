"""How few products make most of the sales."""

from __future__ import annotations

import sqlalchemy as sa

from data.cache import ResultCache
from data.models import SalesLine
from data.queries.metrics import Result
from data.queries.slices import Slice, answer
from data.semantic.expressions import Statement
from data.semantic.types import ColumnSpec, Unit

# Products are sorted by net sales; a class ends with the product that reaches its share, in percent.
CLASSES = {"A": 80, "B": 95, "C": 100}
_FINE_TENTHS = 50  # of the first 5 percent each tenth is told: there the curve is steep
CURVE_COLUMNS = (
    ColumnSpec("product_share", "Of all products", Unit.RATIO, "the products with most net sales, as a share of all"),
    ColumnSpec("net_share", "Of all net sales", Unit.RATIO, "what they make together, as a share of all"),
    ColumnSpec("products", "Products", Unit.COUNT),
    ColumnSpec("net_sales", "Net sales", Unit.CENTS, "what they make together"),
)
CLASS_COLUMNS = (
    ColumnSpec("class", "Class", Unit.TEXT, "A to 80 % of net sales, B to 95 %, C the rest"),
    ColumnSpec("products", "Products", Unit.COUNT),
    ColumnSpec("product_share", "Of all products", Unit.RATIO),
    ColumnSpec("net_sales", "Net sales", Unit.CENTS),
    ColumnSpec("net_share", "Of all net sales", Unit.RATIO),
)


def pareto_curve(conn: sa.Connection, asked: Slice, *, cache: ResultCache | None = None) -> Result:
    """The share of net sales that the best-selling products make, percent by percent of the products.

    One row is a percent, of those that a product falls in, and for the first 5 of them a tenth of one; columns as in
    CURVE_COLUMNS, running totals, from few products to all. Products sold in the slice, by net sales, then by number.
    Empty where nothing was sold; shares are NaN where net sales are zero in all. Source: sales_lines. Raises
    UnknownName and InvalidFilter.
    """
    ranked = _ranked(asked)
    tenth = (ranked.c.place * 1000 + ranked.c.products - 1) // ranked.c.products
    step = sa.case((tenth <= _FINE_TENTHS, tenth), else_=(tenth + 9) // 10 * 10)
    last = sa.select(ranked, sa.func.max(ranked.c.place).over(partition_by=step).label("ends")).subquery("last")
    stmt = (
        sa.select(
            (sa.cast(last.c.place, sa.Float) / last.c.products).label("product_share"),
            (sa.cast(last.c.running, sa.Float) / sa.func.nullif(last.c.total, 0)).label("net_share"),
            last.c.place.label("products"),
            last.c.running.label("net_sales"),
        )
        .where(last.c.place == last.c.ends)
        .order_by(last.c.place)
    )
    return answer(conn, asked, stmt, CURVE_COLUMNS, cache)


def pareto_classes(conn: sa.Connection, asked: Slice, *, cache: ResultCache | None = None) -> Result:
    """The same products in classes: A makes the first 80 % of net sales, B the next 15 %, C the rest.

    One row is a class that has products; columns as in CLASS_COLUMNS, A first.
    """
    ranked = _ranked(asked)
    before = (ranked.c.running - ranked.c.net) * 100
    named = [(before < ranked.c.total * share, sa.literal(name)) for name, share in CLASSES.items() if share < 100]
    classed = sa.select(ranked, sa.case(*named, else_=sa.literal("C")).label("class")).subquery("classed")
    net = sa.cast(sa.func.sum(classed.c.net), sa.BigInteger)
    stmt = (
        sa.select(
            classed.c["class"],
            sa.func.count().label("products"),
            (sa.func.count() / sa.cast(sa.func.max(classed.c.products), sa.Float)).label("product_share"),
            net.label("net_sales"),
            (net / sa.cast(sa.func.nullif(sa.func.max(classed.c.total), 0), sa.Float)).label("net_share"),
        )
        .group_by(classed.c["class"])
        .order_by(classed.c["class"])
    )
    return answer(conn, asked, stmt, CLASS_COLUMNS, cache)


def _ranked(asked: Slice) -> sa.Subquery:
    """A product a row: its net sales, its place, the running total, and both totals."""
    sold: Statement = asked.lines(product=SalesLine.product_id, net=SalesLine.net_cents)
    lines = sold.subquery("lines")
    products = (
        sa.select(lines.c.product, sa.cast(sa.func.sum(lines.c.net), sa.BigInteger).label("net"))
        .group_by(lines.c.product)
        .subquery("products_sold")
    )
    order = (products.c.net.desc(), products.c.product)
    net = products.c.net
    return sa.select(
        net,
        sa.func.row_number().over(order_by=order).label("place"),
        sa.cast(sa.func.sum(net).over(order_by=order, rows=(None, 0)), sa.BigInteger).label("running"),
        sa.func.count().over().label("products"),
        sa.cast(sa.func.sum(net).over(), sa.BigInteger).label("total"),
    ).subquery("ranked")
