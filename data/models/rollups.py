"""Rollups: facts added up by some of their columns. The database keeps them right; nobody else writes them.

Each has the facts' columns of its keys, sums under the names of what is added up, and `line_count`. Rows of each load
are apart, and what a load replaced goes to the history, as with the facts. Where a rollup holds products, one stands in
for all that were classed alike in every revision, so that tables joined to it say the same of all.

A rollup may be made of a finer one, by week or by month: its date is then the first day of that. Instants may be
rounded down.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, UUID
from sqlalchemy.orm import Mapped, mapped_column

from data.db import Base
from data.models.versioned import REPEATS_OF, ROLLUP_OF

_OF_SALES = ({"info": {ROLLUP_OF: "sales_lines"}},)


class _SalesSums:
    """What is added up of sales lines."""

    load_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False, sort_order=50)
    quantity: Mapped[int] = mapped_column(sa.BigInteger, sort_order=51)
    net_cents: Mapped[int] = mapped_column(sa.BigInteger, sort_order=52)
    retail_discount_cents: Mapped[int] = mapped_column(sa.BigInteger, sort_order=53)
    coupon_discount_cents: Mapped[int] = mapped_column(sa.BigInteger, sort_order=54)
    coupon_match_cents: Mapped[int] = mapped_column(sa.BigInteger, sort_order=55)
    line_count: Mapped[int] = mapped_column(sa.BigInteger, sort_order=56, comment="how many lines are added up")


class _Day:
    sold_on: Mapped[date] = mapped_column(sa.Date, primary_key=True, sort_order=1)


class _Week:
    sold_on: Mapped[date] = mapped_column(sa.Date, primary_key=True, sort_order=1, comment="the first day of the week")


class _Month:
    sold_on: Mapped[date] = mapped_column(sa.Date, primary_key=True, sort_order=1, comment="the first day of the month")


class _Store:
    store_id: Mapped[int] = mapped_column(
        sa.Integer, primary_key=True, autoincrement=False, sort_order=10, comment="the scope column"
    )


class _Household:
    household_id: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False, sort_order=11)


class _ClassOfProducts:
    product_id: Mapped[int] = mapped_column(
        sa.BigInteger,
        primary_key=True,
        autoincrement=False,
        sort_order=20,
        comment="stands in for every product of its category, brand and unit of measure",
    )


class _UnitOfProducts:
    product_id: Mapped[int] = mapped_column(
        sa.BigInteger,
        primary_key=True,
        autoincrement=False,
        sort_order=20,
        comment="stands in for every product of its unit of measure",
    )


class _CountsBaskets:
    row_count: Mapped[int] = mapped_column(
        sa.BigInteger, sort_order=57, comment="how many rows of sales_baskets are added up"
    )


class SalesDay(_Day, _ClassOfProducts, _SalesSums, Base):
    """What was sold on a day of the products of one category, brand and unit of measure, over all stores."""

    __tablename__ = "sales_days"
    __table_args__ = _OF_SALES


class SalesWeek(_Week, _ClassOfProducts, _SalesSums, Base):
    """What was sold in a week of the products of one category, brand and unit of measure, over all stores."""

    __tablename__ = "sales_weeks"
    __table_args__ = _OF_SALES


class SalesMonth(_Month, _ClassOfProducts, _SalesSums, Base):
    """What was sold in a month of the products of one category, brand and unit of measure, over all stores."""

    __tablename__ = "sales_months"
    __table_args__ = _OF_SALES


class SalesBasket(_Day, _Store, _Household, _UnitOfProducts, _SalesSums, Base):
    """What a basket holds of the products of one unit of measure: one row for most baskets, two for a few."""

    __tablename__ = "sales_baskets"
    __table_args__ = _OF_SALES

    basket_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False, sort_order=2)
    sold_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), primary_key=True, sort_order=3)


class SalesQuarterHour(_Day, _UnitOfProducts, _SalesSums, _CountsBaskets, Base):
    """What was sold in a quarter of an hour of the products of one unit of measure, over all stores.

    Time zones are whole quarters of an hour apart, so that a row is of one hour in each of them.
    """

    __tablename__ = "sales_quarter_hours"
    __table_args__ = _OF_SALES

    sold_at: Mapped[datetime] = mapped_column(
        sa.DateTime(timezone=True),
        primary_key=True,
        sort_order=3,
        comment="the instant that the quarter of an hour begins, UTC",
    )


class SalesProductMonth(_Month, _SalesSums, Base):
    """What was sold of a product in a month, over all stores."""

    __tablename__ = "sales_product_months"
    __table_args__ = _OF_SALES

    product_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False, sort_order=20)
    row_count: Mapped[int] = mapped_column(
        sa.BigInteger, sort_order=57, comment="how many lines are a product's first in its basket"
    )


class SalesTotal(_Day, _UnitOfProducts, _SalesSums, _CountsBaskets, Base):
    """What was sold on a day of the products of one unit of measure, over all stores."""

    __tablename__ = "sales_totals"
    __table_args__ = _OF_SALES


class SalesStoreDay(_Day, _Store, _UnitOfProducts, _SalesSums, _CountsBaskets, Base):
    """What a store sold on a day of the products of one unit of measure."""

    __tablename__ = "sales_store_days"
    __table_args__ = _OF_SALES


class SalesStoreMonth(_Month, _Store, _UnitOfProducts, _SalesSums, _CountsBaskets, Base):
    """What a store sold in a month of the products of one unit of measure."""

    __tablename__ = "sales_store_months"
    __table_args__ = _OF_SALES


class SalesHouseholdMonth(_Month, _Household, _UnitOfProducts, _SalesSums, Base):
    """What a household bought in a month of the products of one unit of measure."""

    __tablename__ = "sales_household_months"
    __table_args__ = _OF_SALES


class SalesBasketRepeat(_Day, Base):
    """A basket that has several rows of `sales_baskets`, now or in the past: of two units of measure, or two loads."""

    __tablename__ = "sales_basket_repeats"
    __table_args__ = ({"info": {REPEATS_OF: "sales_lines"}},)

    basket_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False, sort_order=2)
    store_id: Mapped[int] = mapped_column(sa.Integer, sort_order=10, comment="the scope column")


class RollupRow(Base):
    """A rollup that the database keeps: what it adds up, and by what."""

    __tablename__ = "rollups"

    table_name: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    facts: Mapped[str] = mapped_column(sa.Text)
    date_column: Mapped[str] = mapped_column(sa.Text)
    keys: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), comment="columns of the facts that rows are told apart by")
    sums: Mapped[list[str]] = mapped_column(
        ARRAY(sa.Text), comment="columns of the facts that are added up, and row_count where first_by tells it"
    )
    stood_for: Mapped[str | None] = mapped_column(sa.Text, comment="the key whose members others stand in for")
    members: Mapped[str | None] = mapped_column(sa.Text, comment="the table of these members")
    classes: Mapped[list[str] | None] = mapped_column(
        ARRAY(sa.Text), comment="columns that a member and its stand-in share in every revision"
    )
    derived_from: Mapped[str | None] = mapped_column(
        sa.Text, comment="the rollup whose rows are added up in place of facts"
    )
    grain: Mapped[str | None] = mapped_column(
        sa.Text, comment="what its date is the first day of; null: the day itself"
    )
    counts_rows: Mapped[bool] = mapped_column(
        server_default=sa.false(), comment="whether row_count tells how many rows it adds up"
    )
    instants_by: Mapped[timedelta | None] = mapped_column(
        sa.Interval, comment="what its instants are rounded down to; null: as they are"
    )
    first_by: Mapped[str | None] = mapped_column(
        sa.Text, comment="the column of the facts that is 1 in those that row_count counts"
    )
    entity: Mapped[str | None] = mapped_column(sa.Text, comment="what nearly each row is one of")
    repeats: Mapped[str | None] = mapped_column(
        sa.Text, comment="the table of those that have several rows, now or in the past"
    )

    __table_args__ = (
        sa.CheckConstraint("grain in ('week', 'month')", name="grain"),
        {"schema": "history"},
    )


class StandIn(Base):
    """A member of a rollup's key, and the one that stands in for it."""

    __tablename__ = "stand_ins"

    member: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    table_name: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    lineage: Mapped[str] = mapped_column(
        UUID, comment="digest of when the member was there, and of every class that it had"
    )
    stand_in: Mapped[int] = mapped_column(sa.BigInteger)

    __table_args__ = (
        sa.Index("ix_stand_ins_lineage_table_name", "lineage", "table_name"),
        {"schema": "history"},
    )
