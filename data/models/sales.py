"""Sales lines: the facts."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from data.db import Base


class SalesLine(Base):
    """A line of a basket. Partitioned by month of `sold_on`; written by loads alone.

    It carries the keys that never change (product, store, household). What may be edited, such as a product's
    category or a store's region, is read from the reference tables, so that an edit shows in every chart at once.
    """

    __tablename__ = "sales_lines"

    basket_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    product_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    sold_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), comment="instant of the sale")
    sold_on: Mapped[date] = mapped_column(
        sa.Date,
        primary_key=True,
        comment="business date, in the business time zone, fixed at load",
        info={"date_of": "sold_at"},
    )
    store_id: Mapped[int] = mapped_column(sa.Integer, comment="the scope column")
    household_id: Mapped[int] = mapped_column(sa.Integer)
    quantity: Mapped[int] = mapped_column(sa.Integer, comment="in the product's unit of measure", info={"least": 0})
    net_cents: Mapped[int] = mapped_column(sa.Integer, comment="what the shop received for it")
    retail_discount_cents: Mapped[int] = mapped_column(sa.Integer, comment="loyalty price reduction")
    coupon_discount_cents: Mapped[int] = mapped_column(sa.Integer, comment="manufacturer's coupon")
    coupon_match_cents: Mapped[int] = mapped_column(sa.Integer, comment="the house's match of that coupon")
    load_id: Mapped[int] = mapped_column(sa.BigInteger, comment="the load that wrote it; loads maps it to a revision")
    occurrence: Mapped[int] = mapped_column(
        sa.SmallInteger,
        primary_key=True,
        autoincrement=False,
        comment="1 for a product's first line in its basket",
        info={"file": False},
    )

    __table_args__ = (
        sa.PrimaryKeyConstraint("basket_id", "product_id", "occurrence", "sold_on", name="pk_sales_lines"),
        {"postgresql_partition_by": "RANGE (sold_on)"},
    )
