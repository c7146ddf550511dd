"""Categories for products that lack one, taken from the products whose names are most alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd
import sqlalchemy as sa
from rapidfuzz import fuzz, process, utils

from data.loading.hierarchy import SEPARATOR
from data.models import Category, Department, Product, SalesLine
from data.models.products import UNASSIGNED
from data.scope import Scope
from data.semantic.catalog import catalog
from data.semantic.expressions import Statement
from data.semantic.types import ColumnSpec, Unit

COLUMNS = (
    ColumnSpec("product", "Product", Unit.INTEGER),
    ColumnSpec("label", "Name", Unit.TEXT),
    ColumnSpec("category", "Category now", Unit.TEXT),
    ColumnSpec("suggestion", "Suggestion", Unit.TEXT),
    ColumnSpec("because", "Because of", Unit.TEXT, "The type most alike, and how many products of it are there."),
    ColumnSpec("score", "Likeness", Unit.RATIO, "Of the two types; 1 is the same type."),
    ColumnSpec("version", "Version", Unit.INTEGER, "The revision that wrote the product."),
    ColumnSpec("net_sales", "Net sales", Unit.CENTS, "What the shop received for it."),
)
# Chosen with the sample: with each of its 2,376 types hidden in turn, the type most alike leads to one of the hidden
# type's own categories in seven of ten cases from 0.85 on, in six of ten from 0.8 on, in half or fewer below.
_LEAST_SCORE = 0.85
_SCORERS = (fuzz.ratio, fuzz.token_sort_ratio)
_CLOSE = 0.05  # what the product's own department makes up for; about one letter in twenty
_NAME = sa.func.concat(Department.name, SEPARATOR, Category.name)
_PRODUCTS = sa.join(Product, Category, Product.category_id == Category.category_id).join(
    Department, Department.department_id == Category.department_id
)
_IS_OPEN = sa.or_(Product.inferred, Category.name == UNASSIGNED)


def category_suggestions(conn: sa.Connection, *, scope: Scope, limit: int = 50) -> pd.DataFrame:
    """Where products whose category is open may belong.

    One row is a product without a category, or one that only a file named, whose type is like that of others; columns
    as in COLUMNS: product (int64), label, category, suggestion and because (str), score (float64, 0 to 1), version
    (int64), net_sales (int64, cents); none is ever empty. By net sales, highest first, then by product; at most `limit`
    rows, none where nothing is open or alike. Money over all business dates, lines of the stores in `scope`. Products
    without a type have no suggestion. Sources: products, categories, departments, sales_lines. No errors of its own.
    """
    types = _Types(_Place(*row) for row in conn.execute(_known_stmt()))
    rows: list[tuple[Any, ...]] = []
    for product, label, version, net, category, department, named, size in conn.execute(_open_stmt(scope)):
        if len(rows) >= limit:
            break
        found = types.nearest(named, size, department)
        if found is not None and found.place.category != category:
            suggested = (found.place.category, types.reason(found.place), found.score)
            rows.append((product, label, category, *suggested, version, net))
    values = zip(*rows, strict=True) if rows else ([] for _ in COLUMNS)
    return pd.DataFrame({c.name: pd.Series(v, dtype=c.dtype) for c, v in zip(COLUMNS, values, strict=True)})


@dataclass(frozen=True)
class _Place:
    """A category that products of a type are in."""

    type: str
    department: str
    category: str
    products: int
    sizes: list[str]


@dataclass(frozen=True)
class _Nearest:
    place: _Place
    score: float


class _Types:
    """The types of products that have a category, and where those are."""

    def __init__(self, places: Iterable[_Place]) -> None:
        self.places: dict[str, list[_Place]] = defaultdict(list)
        for place in places:
            self.places[place.type].append(place)
        self._names = [name for name in self.places if utils.default_process(name)]
        self._plain = [utils.default_process(name) for name in self._names]
        self._alike: dict[str, list[tuple[str, float]]] = {}

    def nearest(self, type_: str, size: str | None, department: str) -> _Nearest | None:
        """The same type, otherwise the one most alike; those led to in the product's own department are preferred."""
        found = [_Nearest(self._place(name, size, department), score) for name, score in self._alike_to(type_)]

        def rank(one: _Nearest) -> tuple[bool, float, bool, int]:
            preferred = one.score + (_CLOSE if one.place.department == department else 0)
            of_size = any(size in place.sizes for place in self.places[one.place.type])
            return one.place.type == type_, preferred, of_size, one.place.products

        return max(found, key=rank, default=None)

    def reason(self, place: _Place) -> str:
        """The type, and how many of its products are in the category."""
        total = sum(other.products for other in self.places[place.type])
        return f"{place.type}: {place.products:,} of {total:,} {'product' if total == 1 else 'products'}"

    def _place(self, name: str, size: str | None, department: str) -> _Place:
        """Where most products of the type are; half as many will do in the product's own department."""

        def rank(place: _Place) -> tuple[int, bool]:
            return place.products * (2 if place.department == department else 1), size in place.sizes

        return max(self.places[name], key=rank)

    def _alike_to(self, type_: str) -> list[tuple[str, float]]:
        """Types that are like it, as they are written or with their words in order: COFFEE GROUND is GROUND COFFEE.

        Whole names are compared, for parts say little: OTHER is in sixty types.
        """
        plain = utils.default_process(type_)
        if type_ not in self._alike and plain and self._names:
            ways = [process.cdist([plain], self._plain, scorer=scorer)[0] for scorer in _SCORERS]
            scores = (np.maximum(*ways) / 100).tolist()
            self._alike[type_] = [pair for pair in zip(self._names, scores, strict=True) if pair[1] >= _LEAST_SCORE]
        return self._alike.get(type_, [])


def _known_stmt() -> Statement:
    return (
        sa.select(
            Product.product_type,
            Department.name,
            _NAME.label("category"),
            sa.func.count(),
            sa.func.array_remove(sa.func.array_agg(Product.package_size.distinct()), None),
        )
        .select_from(_PRODUCTS)
        .where(~_IS_OPEN, Product.product_type.is_not(None))
        .where(~Category.retired, ~Department.retired, Department.name != UNASSIGNED)
        .group_by(Product.product_type, Department.name, Category.name)
        .order_by(Product.product_type, Department.name, Category.name)
    )


def _open_stmt(scope: Scope) -> Statement:
    of_type = sa.and_(_IS_OPEN, Product.product_type.is_not(None))
    wanted = sa.select(Product.product_id).select_from(_PRODUCTS).where(of_type)
    lines = sa.select(SalesLine.product_id, sa.func.sum(SalesLine.net_cents).label("cents"))
    if scope.stores is not None:
        lines = lines.where(SalesLine.store_id.in_(sorted(scope.stores)))
    sold = lines.where(SalesLine.product_id.in_(wanted)).group_by(SalesLine.product_id).subquery()
    net = sa.func.coalesce(sold.c.cents, 0)
    label = cast("sa.ColumnElement[str]", catalog().dimension("product").display)
    columns = (Product.product_id, label, Product.revision, net, _NAME, Department.name)
    return (
        sa.select(*columns, Product.product_type, Product.package_size)
        .select_from(_PRODUCTS.outerjoin(sold, sold.c.product_id == Product.product_id))
        .where(of_type)
        .order_by(net.desc(), Product.product_id)
    )
