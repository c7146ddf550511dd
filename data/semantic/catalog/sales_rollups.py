"""What sales are added up by beforehand, the coarsest first: each question is read from the first that answers it."""

from __future__ import annotations

from typing import Any

from data.db import Base
from data.models import (
    Product,
    SalesBasket,
    SalesBasketRepeat,
    SalesDay,
    SalesHouseholdMonth,
    SalesLine,
    SalesMonth,
    SalesProductMonth,
    SalesQuarterHour,
    SalesStoreDay,
    SalesStoreMonth,
    SalesTotal,
    SalesWeek,
)
from data.models.households import SEGMENTS
from data.semantic.types import Grain, Rollup

_SUMS = (
    "net_cents",
    "gross_cents",
    "discount_cents",
    "coupon_discount_cents",
    "line_count",
    "pieces",
    "net_cents_in_pieces",
)
_HOUSEHOLDS = ("household_count", "any_household_count")


def _rollup(table: type[Base], by: tuple[str, ...], measures: tuple[str, ...] = _SUMS, **more: Any) -> Rollup:
    """One in which a product stands in for those of its unit of measure, and of what else is `shared`."""
    told = {"stands_for": SalesLine.product_id, "shared": (Product.unit_of_measure,), **more}
    return Rollup(table.__table__, by, measures, **told)  # type: ignore[arg-type]


_BASKETS: dict[str, Any] = {"counts": ("basket_count",), "counted_in": SalesBasket}
_CLASSES = (Product.category_id, Product.brand, Product.unit_of_measure)
_BY_CLASS = ("department", "category", "brand")

ROLLUPS = (
    _rollup(SalesTotal, ("weekday",), **_BASKETS),
    _rollup(SalesMonth, _BY_CLASS, shared=_CLASSES, grain=Grain.MONTH, days=SalesDay),
    _rollup(SalesWeek, _BY_CLASS, shared=_CLASSES, grain=Grain.WEEK, days=SalesDay),
    _rollup(SalesDay, (*_BY_CLASS, "weekday"), shared=_CLASSES),
    _rollup(
        SalesProductMonth,
        (*_BY_CLASS, "product", "manufacturer"),
        stands_for=None,
        shared=(),
        grain=Grain.MONTH,
        days=SalesLine,
        apart="product",
        first=SalesLine.occurrence == 1,
        **_BASKETS,
    ),
    _rollup(SalesQuarterHour, ("weekday", "hour"), **_BASKETS),
    _rollup(SalesStoreMonth, ("store", "region"), grain=Grain.MONTH, days=SalesStoreDay, **_BASKETS),
    _rollup(SalesStoreDay, ("store", "region", "weekday"), **_BASKETS),
    _rollup(SalesHouseholdMonth, SEGMENTS, (*_SUMS, *_HOUSEHOLDS), grain=Grain.MONTH, days=SalesBasket),
    _rollup(
        SalesBasket,
        ("store", "region", "weekday", "hour", "campaign", *SEGMENTS),
        (*_SUMS, "basket_count", *_HOUSEHOLDS),
        repeats=SalesBasketRepeat,
    ),
)
