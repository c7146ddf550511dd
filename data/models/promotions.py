"""Promotions: which products a store had on display or in its mailer, and what they sold in those weeks."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from data.db import Base

NOWHERE = "0"


class Promotion(Base):
    """Every product that a store had in one way on display and in its mailer for a week; written by loads alone.

    A placement is a pair of codes, one for the display and one for the mailer, "0" where there is none. A product is in
    one row a store and week: one with several placements at once is in a row that has a character for each of them, so
    that the first display goes with the first mailer. Millions of placements are some thousand rows: what stands beside
    each product would be the same for hundreds of them. Partitioned by month of `week_on`.
    """

    __tablename__ = "promotions"

    week_on: Mapped[date] = mapped_column(
        sa.Date, primary_key=True, comment="Monday of the week, in business dates until Sunday"
    )
    store_id: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False, comment="the scope column")
    displays: Mapped[str] = mapped_column(
        sa.Text, primary_key=True, comment="display location of each placement; 0 is none"
    )
    mailers: Mapped[str] = mapped_column(
        sa.Text, primary_key=True, comment="mailer location of each placement; 0 is none"
    )
    product_ids: Mapped[list[int]] = mapped_column(ARRAY(sa.BigInteger), comment="the products, in order")
    load_id: Mapped[int] = mapped_column(sa.BigInteger, comment="the load that wrote it; loads maps it to a revision")

    __table_args__ = (
        sa.PrimaryKeyConstraint("store_id", "week_on", "displays", "mailers", name="pk_promotions"),
        {"postgresql_partition_by": "RANGE (week_on)", "info": {"file": False}},
    )


class PromotedWeek(Base):
    """What a product sold in a store in a week in which it was promoted there, beside its usual week there.

    Derived from sales and promotions whenever a load changes one of them, in the transaction of that load; nobody else
    writes it, and what a row was goes to the history. Only products that the store sold in a compared week have rows.
    The usual week follows from `other_cents`, `promoted` and the number of weeks compared.
    """

    __tablename__ = "promoted_weeks"

    product_id: Mapped[int] = mapped_column(sa.BigInteger)
    store_id: Mapped[int] = mapped_column(sa.Integer, comment="the scope column")
    week_on: Mapped[date] = mapped_column(sa.Date, comment="Monday of the week")
    displays: Mapped[str] = mapped_column(sa.Text, comment="as in promotions")
    mailers: Mapped[str] = mapped_column(sa.Text, comment="as in promotions")
    net_cents: Mapped[int] = mapped_column(sa.BigInteger, comment="net sales of the week; 0 where nothing was sold")
    quantity: Mapped[int] = mapped_column(sa.BigInteger, comment="in the product's unit of measure")
    other_cents: Mapped[int] = mapped_column(
        sa.BigInteger, comment="net sales of all compared weeks in which it was not promoted there"
    )
    other_quantity: Mapped[int] = mapped_column(sa.BigInteger, comment="quantity of these weeks")
    promoted: Mapped[int] = mapped_column(sa.Integer, comment="how many of the compared weeks it was promoted there")
    since_revision: Mapped[int] = mapped_column(
        sa.BigInteger, comment="revision of the load that made the row what it is"
    )

    # Rows have no key of their own for the server to keep; the mapper needs one.
    __mapper_args__ = {"primary_key": [product_id, store_id, week_on]}  # noqa: RUF012  read by the mapper alone
    __table_args__ = (sa.Index(None, "store_id", "week_on"),)


PAST_PROMOTED_WEEKS = sa.Table(
    PromotedWeek.__tablename__,
    Base.metadata,
    *(
        sa.Column(column.name, column.type, nullable=False, comment=column.comment)
        for column in Base.metadata.tables[PromotedWeek.__tablename__].columns
    ),
    sa.Column("until_revision", sa.BigInteger, nullable=False),
    schema="history",
)


class PromotedProduct(Base):
    """The same over all stores that promoted a product in the same way in a week: for who sees them all, and soon."""

    __tablename__ = "promoted_products"

    product_id: Mapped[int] = mapped_column(sa.BigInteger)
    week_on: Mapped[date] = mapped_column(sa.Date, comment="Monday of the week")
    displays: Mapped[str] = mapped_column(sa.Text)
    mailers: Mapped[str] = mapped_column(sa.Text)
    stores: Mapped[int] = mapped_column(sa.BigInteger, comment="how many stores promoted it in this way")
    net_cents: Mapped[int] = mapped_column(sa.BigInteger)
    quantity: Mapped[int] = mapped_column(sa.BigInteger)
    usual_cents: Mapped[float] = mapped_column(sa.Double)
    usual_quantity: Mapped[float] = mapped_column(sa.Double)

    __mapper_args__ = {"primary_key": [product_id, week_on, displays, mailers]}  # noqa: RUF012
