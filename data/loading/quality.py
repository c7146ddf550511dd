"""Data quality: what managers are to look at, with the money it holds.

Every list counts the sales lines that the caller may see. The lists are small where the data is good: each row is
work for somebody.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import sqlalchemy as sa

from data.frames import read_frame
from data.models import Category, Department, Household, Product, Region, SalesLine, Store
from data.models.households import SEGMENTS
from data.models.products import UNASSIGNED
from data.scope import Scope
from data.semantic.types import ColumnSpec, Unit

LARGE_FOR_PIECES = 1_000
SMALL_FOR_THOUSANDTHS = 10
_MONEY = (ColumnSpec("lines", "Lines", Unit.COUNT), ColumnSpec("net_cents", "Net sales", Unit.CENTS))
_MEMBER = (ColumnSpec("table_name", "Table", Unit.TEXT), ColumnSpec("key", "Number", Unit.INTEGER))
INFERRED = (*_MEMBER, *_MONEY)
UNPLACED = (*_MEMBER, ColumnSpec("parent", "In", Unit.TEXT), *_MONEY)
ODD = (
    ColumnSpec("key", "Product", Unit.INTEGER),
    ColumnSpec("unit_of_measure", "Unit of measure", Unit.TEXT),
    ColumnSpec("smallest", "Smallest quantity", Unit.COUNT),
    ColumnSpec("largest", "Largest quantity", Unit.COUNT),
    *_MONEY,
)
MISSING = (
    ColumnSpec("table_name", "Table", Unit.TEXT),
    ColumnSpec("column_name", "Column", Unit.TEXT),
    ColumnSpec("members", "Members", Unit.COUNT),
    *_MONEY,
)
_MEMBERS: dict[str, tuple[Any, Any]] = {
    "products": (Product.product_id, SalesLine.product_id),
    "stores": (Store.store_id, SalesLine.store_id),
    "households": (Household.household_id, SalesLine.household_id),
}


def inferred_members(conn: sa.Connection, *, scope: Scope) -> pd.DataFrame:
    """Placeholders that were made because a file named them, until a file or an edit says more.

    One row is a member; columns table_name (str: products, stores or households), key (int64), lines (int64),
    net_cents (int64, cents). Most money first, then table and number; empty where nothing is inferred. Over all of
    time. Sources: products, stores, households, sales_lines.
    """
    tables = ((name, model) for name, model in (("products", Product), ("stores", Store), ("households", Household)))
    parts = [_with_money(name, [], scope).where(model.inferred) for name, model in tables]
    return read_frame(conn, _ranked(parts), INFERRED)


def unassigned_members(conn: sa.Connection, *, scope: Scope) -> pd.DataFrame:
    """Products without a category and stores without a region.

    One row is a member; columns table_name (str), key (int64), parent (str: the department, or `Unassigned`), lines
    (int64), net_cents (int64, cents). Most money first; empty where everything has its place. Over all of time.
    Sources: products, categories, departments, stores, regions, sales_lines.
    """
    products = _with_money("products", [Department.name.label("parent")], scope)
    products = products.join(Category, Category.category_id == Product.category_id)
    products = products.join(Department).where(Category.name == UNASSIGNED)
    stores = _with_money("stores", [Region.name.label("parent")], scope)
    stores = stores.join(Region, Region.region_id == Store.region_id).where(Region.name == UNASSIGNED)
    return read_frame(conn, _ranked([products, stores]), UNPLACED)


def odd_units(conn: sa.Connection, *, scope: Scope) -> pd.DataFrame:
    """Products whose quantities do not look like their unit: 1,000 pieces in a line, or under 10 thousandths.

    One row is a product; columns key (int64), unit_of_measure (str), smallest, largest (int64, in that unit), lines
    (int64, of the odd ones), net_cents (int64, cents). Most money first; empty where all is well. Over all of time.
    Sources: products, sales_lines.
    """
    large = sa.and_(Product.unit_of_measure == "piece", SalesLine.quantity >= LARGE_FOR_PIECES)
    small = sa.and_(Product.unit_of_measure == "thousandth", SalesLine.quantity.between(1, SMALL_FOR_THOUSANDTHS - 1))
    stmt = (
        sa.select(
            Product.product_id.label("key"),
            Product.unit_of_measure,
            sa.func.min(SalesLine.quantity).label("smallest"),
            sa.func.max(SalesLine.quantity).label("largest"),
            sa.func.count().label("lines"),
            sa.cast(sa.func.sum(SalesLine.net_cents), sa.BigInteger).label("net_cents"),
        )
        .join(SalesLine, SalesLine.product_id == Product.product_id)
        .where(sa.or_(large, small), _seen(scope))
        .group_by(Product.product_id)
        .order_by(sa.text("net_cents desc, key"))
    )
    return read_frame(conn, stmt, ODD)


def missing_values(conn: sa.Connection, *, scope: Scope) -> pd.DataFrame:
    """How much of the reference data is empty or Unknown, column by column.

    One row is a column of a table; columns table_name, column_name (str), members (int64: those without a value), lines
    (int64), net_cents (int64, cents: what those members sold or bought). Most money first; columns without a gap are
    left out. Over all of time. Sources: products, stores, households, sales_lines.
    """
    parts = []
    for table, gaps in _gaps().items():
        marked = [gap.label(column) for column, gap in gaps.items()]
        members = _with_money(table, marked, scope).cte(f"known_{table}")  # read once for all of its columns
        parts += [_gap_stmt(members, table, column) for column in gaps]
    found = sa.union_all(*parts).subquery()
    stmt = sa.select(found).order_by(found.c.net_cents.desc(), found.c.table_name, found.c.column_name)
    return read_frame(conn, stmt, MISSING)


def _with_money(table: str, more: list[Any], scope: Scope) -> sa.Select[Any]:
    """The members of a table, each with its lines and net; members without any have zero."""
    key, named = _MEMBERS[table]
    net = sa.cast(sa.func.sum(SalesLine.net_cents), sa.BigInteger)
    sold = sa.select(named.label("key"), sa.func.count().label("lines"), net.label("net_cents"))
    sums = sold.where(_seen(scope)).group_by(named).subquery()
    stmt = sa.select(
        sa.literal(table).label("table_name"),
        sa.cast(key, sa.BigInteger).label("key"),
        *more,
        sa.func.coalesce(sums.c.lines, 0).label("lines"),
        sa.func.coalesce(sums.c.net_cents, 0).label("net_cents"),
    ).select_from(key.class_.__table__.outerjoin(sums, sums.c.key == key))
    if table == "stores" and scope.stores is not None:
        stmt = stmt.where(key.in_(sorted(scope.stores)))
    return stmt


def _gaps() -> dict[str, dict[str, sa.ColumnElement[bool]]]:
    """What counts as no value, by table and column."""
    return {
        "products": {
            "manufacturer": Product.manufacturer.is_(None),
            "brand": Product.brand == "Unknown",
            "product_type": Product.product_type.is_(None),
            "package_size": Product.package_size.is_(None),
        },
        "stores": {"name": Store.name.is_(None)},
        "households": {name: getattr(Household, name) == "Unknown" for name in SEGMENTS},
    }


def _gap_stmt(members: sa.CTE, table: str, column: str) -> Any:
    sums = [
        sa.cast(sa.func.coalesce(sa.func.sum(members.c[name]), 0), sa.BigInteger).label(name)
        for name in ("lines", "net_cents")
    ]
    named = (sa.literal(table).label("table_name"), sa.literal(column).label("column_name"))
    count = sa.func.count().label("members")
    stmt: Any = sa.select(*named, count, *sums)
    return stmt.where(members.c[column]).having(sa.func.count() > 0)


def _ranked(parts: list[sa.Select[Any]]) -> sa.Select[Any]:
    found = sa.union_all(*parts).subquery()
    return sa.select(found).order_by(found.c.net_cents.desc(), found.c.table_name, found.c.key)


def _seen(scope: Scope) -> sa.ColumnElement[bool]:
    """The lines in scope; the database's own policy says the same once more."""
    return sa.true() if scope.stores is None else SalesLine.store_id.in_(sorted(scope.stores))
