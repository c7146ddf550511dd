"""The data-quality list: what reference data leaves open, with the money that rests on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data.errors import UnknownName
from data.frames import read_frame
from data.measured import timed
from data.models import Category, Department, Household, Product, Region, SalesLine, Store
from data.models.households import SEGMENTS
from data.models.products import UNASSIGNED
from data.scope import Scope
from data.semantic.expressions import Statement
from data.semantic.types import ColumnSpec, Unit


@dataclass(frozen=True, eq=False)
class QualityCheck:
    """One thing that may be wrong with a member, and what to do about it.

    `table` is the editable table that the member is a row of, `field` the value in it to look at first.
    """

    name: str
    label: str
    remedy: str
    table: str
    key: sa.SQLColumnExpression[int]
    sold_as: str  # the column of a line that names the member
    field: str
    holds: sa.SQLColumnExpression[bool]
    sells: Callable[[sa.FromClause], sa.ColumnElement[bool]] | None = None  # in place of `holds`, of its lines

    def keys_stmt(self, *, scope: Scope | None = None) -> Statement:
        """The keys of the members found; lines of the stores in `scope`, or all that the caller's role may see."""
        if self.sells is None:
            return sa.select(self.key).select_from(_rows(self)).where(self.holds)
        return _found(self, _sold(self.sold_as, scope or Scope.everything()), self.key)


_PRODUCT = ("products", Product.product_id, "product_id")
_STORE = ("stores", Store.store_id, "store_id")
_HOUSEHOLD = ("households", Household.household_id, "household_id")
_NO_SURVEY = sa.and_(*(getattr(Household, segment) == "Unknown" for segment in SEGMENTS))
# Far outside of what is sold: in the sample, no product in pieces averages more than 30 a line, and none in thousandths
# less than 3,400 but for four fuels with 1 in every line, a thousandth of a gallon.
_MOST_PIECES, _LEAST_THOUSANDTHS = 100, 10


def _misfit(sold: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether the average line cannot be meant in the product's unit."""
    pieces = sa.and_(Product.unit_of_measure == "piece", sold.c.quantity > _MOST_PIECES * sold.c.lines)
    measured = sa.and_(Product.unit_of_measure != "piece", sold.c.quantity < _LEAST_THOUSANDTHS * sold.c.lines)
    return sa.or_(pieces, measured)


CHECKS = (
    QualityCheck(
        "inferred_products",
        "Products that only a file named",
        "Load the product file that has them, or fill them in.",
        *(*_PRODUCT, "category", Product.inferred),
    ),
    QualityCheck(
        "uncategorised_products",
        "Products without a category",
        "Give them a category; until then they count as Unassigned in their department.",
        *(*_PRODUCT, "category", sa.and_(~Product.inferred, Category.name == UNASSIGNED)),
    ),
    QualityCheck(
        "odd_units",
        "Products not counted in pieces",
        "Nothing, if they are measured: they are left out of units and average price.",
        *(*_PRODUCT, "unit_of_measure", Product.unit_of_measure != "piece"),
    ),
    QualityCheck(
        "odd_quantities",
        "Products whose quantities do not fit their unit",
        "Correct the unit if it is wrong; if the quantities are, load the lines again.",
        *(*_PRODUCT, "unit_of_measure", sa.false(), _misfit),
    ),
    QualityCheck(
        "unnamed_products",
        "Products without a type",
        "Fill in the type; until then they are called unnamed.",
        *(*_PRODUCT, "product_type", sa.and_(~Product.inferred, Product.product_type.is_(None))),
    ),
    QualityCheck(
        "unsized_products",
        "Products without a package size",
        "Fill in the size where it tells products apart.",
        *(*_PRODUCT, "package_size", sa.and_(~Product.inferred, Product.package_size.is_(None))),
    ),
    QualityCheck(
        "inferred_stores",
        "Stores that only a file named",
        "Load the store file that has them, or fill them in.",
        *(*_STORE, "region", Store.inferred),
    ),
    QualityCheck(
        "stores_without_region",
        "Stores without a region",
        "Load a store file, or give them a region.",
        *(*_STORE, "region", Region.name == UNASSIGNED),
    ),
    QualityCheck(
        "inferred_households",
        "Households that only a file named",
        "Load the household file that has them, or fill them in.",
        *(*_HOUSEHOLD, "age", Household.inferred),
    ),
    QualityCheck(
        "households_without_survey",
        "Households without a survey",
        "Load a household file; until then their segments are Unknown.",
        *(*_HOUSEHOLD, "age", _NO_SURVEY),
    ),
)
SUMMARY_COLUMNS = (
    ColumnSpec("check", "Check", Unit.TEXT),
    ColumnSpec("label", "Open point", Unit.TEXT),
    ColumnSpec("members", "Members", Unit.COUNT, "How many of them there are."),
    ColumnSpec("sold", "Of these sold", Unit.COUNT, "How many of them any line names."),
    ColumnSpec("lines", "Lines", Unit.COUNT, "Lines that name them."),
    ColumnSpec("net_sales", "Net sales", Unit.CENTS, "What the shop received for them."),
    ColumnSpec("remedy", "What to do", Unit.TEXT),
)
MEMBER_COLUMNS = (
    ColumnSpec("number", "Number", Unit.INTEGER),
    ColumnSpec("label", "Name", Unit.TEXT),
    ColumnSpec("lines", "Lines", Unit.COUNT),
    ColumnSpec("net_sales", "Net sales", Unit.CENTS),
)


def check_named(name: str) -> QualityCheck:
    """The check of that name; raises UnknownName with those that there are."""
    for check in CHECKS:
        if check.name == name:
            return check
    raise UnknownName(f"no such check: {name!r}; known are {', '.join(check.name for check in CHECKS)}")


@timed("quality")
def quality_summary(conn: sa.Connection, *, scope: Scope) -> pd.DataFrame:
    """What is open in the reference data, and how much rests on it.

    One row is a check; columns as in SUMMARY_COLUMNS, money in cents. In the order of CHECKS, those with nothing open
    included. All business dates; lines of the stores in `scope`. Sources: reference tables and sales_lines.
    """
    counted = {name: _sold(name, scope) for name in dict.fromkeys(check.sold_as for check in CHECKS)}
    parts = [_summary_part(place, check, counted[check.sold_as]) for place, check in enumerate(CHECKS)]
    union = sa.union_all(*parts).subquery()
    columns = [union.c[column.name] for column in SUMMARY_COLUMNS]
    return read_frame(conn, sa.select(*columns).order_by(union.c.place), SUMMARY_COLUMNS)


@timed("quality")
def quality_members(conn: sa.Connection, *, check: str, scope: Scope, limit: int = 200) -> pd.DataFrame:
    """The members that a check of CHECKS finds, those that hold the most money first.

    One row is a product, store or household; columns as in MEMBER_COLUMNS, money in cents; at most `limit` rows, then
    by number. Empty where nothing is open. Raises UnknownName for another check.
    """
    return read_frame(conn, _members_stmt(check_named(check), scope).limit(limit), MEMBER_COLUMNS)


def _sold(name: str, scope: Scope) -> sa.CTE:
    """Lines and net sales by the member that a check is about; counted once, however many checks ask."""
    by = SalesLine.__table__.c[name]
    stmt: Statement = sa.select(
        by.label("number"),
        sa.func.count().label("lines"),
        sa.func.sum(SalesLine.net_cents).label("net_cents"),
        sa.func.sum(SalesLine.quantity).label("quantity"),
    )
    if scope.stores is not None:
        stmt = stmt.where(SalesLine.store_id.in_(sorted(scope.stores)))
    return stmt.group_by(by).cte()


def _found(check: QualityCheck, sold: sa.FromClause, *columns: sa.SQLColumnExpression[Any]) -> Statement:
    """The members that the check finds, beside what is sold of them."""
    rows = _rows(check).outerjoin(sold, sold.c.number == check.key)
    return sa.select(*columns).select_from(rows).where(check.holds if check.sells is None else check.sells(sold))


def _rows(check: QualityCheck) -> sa.FromClause:
    if check.sold_as == "product_id":
        return sa.join(Product, Category, Product.category_id == Category.category_id).join(
            Department, Department.department_id == Category.department_id
        )
    if check.sold_as == "store_id":
        return sa.join(Store, Region, Store.region_id == Region.region_id)
    return Household.__table__


def _label(check: QualityCheck) -> sa.ColumnElement[Any]:
    if check.sold_as == "product_id":
        named = sa.func.concat_ws(", ", sa.func.coalesce(Product.product_type, "Unnamed product"), Product.package_size)
        return sa.func.concat(Department.name, " > ", Category.name, ": ", named)
    if check.sold_as == "store_id":
        return sa.func.coalesce(Store.name, sa.func.concat("Store ", Store.store_id))
    return sa.func.concat("Household ", Household.household_id)


def _summary_part(place: int, check: QualityCheck, sold: sa.CTE) -> Statement:
    return _found(
        check,
        sold,
        sa.literal(place).label("place"),
        sa.literal(check.name).label("check"),
        sa.literal(check.label).label("label"),
        sa.literal(check.remedy).label("remedy"),
        sa.func.count().label("members"),
        sa.func.count(sold.c.number).label("sold"),
        sa.cast(sa.func.coalesce(sa.func.sum(sold.c.lines), 0), sa.BigInteger).label("lines"),
        sa.cast(sa.func.coalesce(sa.func.sum(sold.c.net_cents), 0), sa.BigInteger).label("net_sales"),
    )


def _members_stmt(check: QualityCheck, scope: Scope) -> Statement:
    sold = _sold(check.sold_as, scope)
    lines = sa.func.coalesce(sold.c.lines, 0).label("lines")
    net = sa.cast(sa.func.coalesce(sold.c.net_cents, 0), sa.BigInteger).label("net_sales")
    stmt = _found(check, sold, check.key.label("number"), _label(check).label("label"), lines, net)
    return stmt.order_by(net.desc(), check.key)
