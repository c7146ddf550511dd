"""Products: who moved, what price and volume did, how few make most, and what is bought together."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

import pandas as pd

from dashboard.charts.curve import Curve, curve_chart
from dashboard.charts.diverging import Movers, movers_alt, movers_chart
from dashboard.charts.layout import rows_of
from dashboard.charts.waterfall import Waterfall, waterfall_alt, waterfall_chart
from dashboard.curated.asked import Asked
from dashboard.curated.piece import Piece
from dashboard.explain.components import component_columns, component_rows
from dashboard.explain.words import amount
from dashboard.exports import Table
from dashboard.periods import Span
from data.queries.pairs import PAIRED, bought_together
from data.queries.pareto import CLASSES, pareto_classes, pareto_curve
from data.queries.price_volume import AFTER, BEFORE, COMPONENTS, LABEL, PriceVolumeMix, price_volume_mix
from data.semantic.types import ColumnSpec, Unit

PAIRS_OF = PAIRED
_EACH_WAY = 8
_CHANGE = "change"


def changes(asked: Asked, before: Span) -> PriceVolumeMix:
    """What price, volume and mix did to every product, from the dates compared with to those asked for."""
    periods = ((before.start, before.end), (asked.span.start, asked.span.end))
    return price_volume_mix(
        asked.conn, subject="sales", dimension="product", periods=periods, scope=asked.user.scope,
        filters=asked.slice.filters, cache=asked.cache, revision=asked.pin.revision,
    )  # fmt: skip


def movers(asked: Asked, found: PriceVolumeMix, before: Span) -> Piece:
    """The products that gained and lost most."""
    frame = found.frame.assign(**{_CHANGE: found.frame[AFTER] - found.frame[BEFORE]})
    ends = pd.concat([frame[frame[_CHANGE] > 0].nlargest(_EACH_WAY, _CHANGE),
                      frame[frame[_CHANGE] < 0].nsmallest(_EACH_WAY, _CHANGE).iloc[::-1]])  # fmt: skip
    drawn = ends[[LABEL, BEFORE, AFTER, _CHANGE]].set_axis(["label", "before", "after", "change"], axis=1)
    figures = drawn.astype({"before": "float64", "after": "float64", "change": "float64"})
    shown = Movers(figures, "Net sales", "product", Unit.CENTS, f"{asked.span} against {before}", asked.currency)
    table = frame[frame[_CHANGE] != 0].head(500)
    columns = (
        ColumnSpec(LABEL, "Product", Unit.TEXT),
        ColumnSpec(BEFORE, "Before", Unit.CENTS, f"net sales, {before}"),
        ColumnSpec(AFTER, "After", Unit.CENTS, f"net sales, {asked.span}"),
        ColumnSpec(_CHANGE, "Change", Unit.CENTS),
        *component_columns(Unit.CENTS),
    )
    return Piece("movers", "Products that moved", Table("Movers", table, columns, signed=frozenset({_CHANGE})),
                 partial(movers_chart, shown), movers_alt(shown), f"{asked.span} against {before}. As a table: the 500 "
                 "products that moved most.", asked.origin("net_sales", "product"))  # fmt: skip


def price_and_volume(asked: Asked, found: PriceVolumeMix, before: Span) -> Piece:
    """What price, volume, mix, new and lost products did, in parts that add up to the change."""
    rows = component_rows(found.frame, "product", Unit.CENTS)
    totals = [Decimal(found.before), Decimal(found.after)]
    ends = tuple((str(span), float(value), amount(value, Unit.CENTS))
                 for span, value in zip((before, asked.span), totals, strict=True))  # fmt: skip
    waterfall = Waterfall(rows, "Net sales", (ends[0], ends[1]))
    moved = totals[1] - totals[0]
    exact = sum((Decimal(int(found.frame[name].sum())) for name in COMPONENTS), Decimal(0)) == moved
    fault = ":material/error: The parts do not add up: a fault."
    note = f":material/check: The parts add up to {amount(moved, Unit.CENTS, sign=True)} exactly." if exact else fault
    if waterfall.is_broken:
        note += "  \nThe axis does not begin at zero: the cut bars are longer than drawn."
    table = pd.DataFrame({"part": rows["label"], "amount": rows["amount"].astype("int64"), "told": rows["told"]})
    columns = (ColumnSpec("part", "Part", Unit.TEXT), ColumnSpec("amount", "Amount", Unit.CENTS),
               ColumnSpec("told", "What it is", Unit.TEXT))  # fmt: skip
    return Piece("price-volume", "Price and volume", Table("Price and volume", table, columns,
                 signed=frozenset({"amount"})), partial(waterfall_chart, waterfall), waterfall_alt(waterfall),
                 note)  # fmt: skip


def pareto(asked: Asked) -> Piece:
    """How few products make most of the sales."""
    curve = pareto_curve(asked.conn, asked.slice, cache=asked.cache)
    classes = pareto_classes(asked.conn, asked.slice, cache=asked.cache)
    frame = curve.frame
    told = [f"of net sales, with {row.products:,} products" for row in rows_of(frame)]
    drawn = pd.DataFrame({"x": frame["product_share"], "y": frame["net_share"], "told": told})
    marks = tuple((share / 100, f"{name}: to {share}\N{NARROW NO-BREAK SPACE}%") for name, share in CLASSES.items()
                  if share < 100)  # fmt: skip
    shown = Curve(drawn, "Of all products, best-selling first", "Of net sales", marks)
    first = next(rows_of(classes.frame), None)
    few = "" if first is None else (f"{first.products:,} products ({first.product_share:.1%} of all) make the first "
                                    f"80 % of net sales.").replace("%", "\N{NARROW NO-BREAK SPACE}%")  # fmt: skip
    few = few.replace(" \N{NARROW NO-BREAK SPACE}%", "\N{NARROW NO-BREAK SPACE}%")
    return Piece("pareto", "How few make most", Table("Classes", classes.frame, classes.columns),
                 partial(curve_chart, shown), few or "Nothing was sold.", few)  # fmt: skip


def pairs(asked: Asked, dimension: str) -> Table:
    """What is bought together."""
    result = bought_together(asked.conn, asked.slice, dimension=dimension, cache=asked.cache)
    shown = tuple(column for column in result.columns if column.name not in {"one", "other"})
    return Table(f"Bought together, {dimension}", result.frame, shown)
