"""Departments, categories and products: what is sold."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from data.db import Base
from data.models.versioned import Inferable, Retirable, Versioned

UNASSIGNED = "Unassigned"
UNITS_OF_MEASURE = ("piece", "thousandth")


class Department(Retirable, Versioned, Base):
    """A department of the shop; the top of the product hierarchy."""

    __tablename__ = "departments"

    department_id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(sa.Text, unique=True, comment="natural key, as files give it")

    __table_args__ = (sa.CheckConstraint("name <> ''", name="name_not_empty"),)


class Category(Retirable, Versioned, Base):
    """A category within one department; files name it `DEPARTMENT > CATEGORY`."""

    __tablename__ = "categories"

    category_id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    department_id: Mapped[int] = mapped_column(sa.ForeignKey("departments.department_id"))
    name: Mapped[str] = mapped_column(
        sa.Text,
        comment="unique within its department; Unassigned where none was given",
        info={"header": "category"},
    )

    __table_args__ = (
        sa.UniqueConstraint("department_id", "name"),
        sa.CheckConstraint("name <> ''", name="name_not_empty"),
    )


class Product(Inferable, Retirable, Versioned, Base):
    """A product that can be scanned; labelled by its type, package size and number."""

    __tablename__ = "products"

    product_id: Mapped[int] = mapped_column(
        sa.BigInteger, primary_key=True, autoincrement=False, comment="product number, as files give it"
    )
    category_id: Mapped[int] = mapped_column(sa.ForeignKey("categories.category_id"), index=True)
    manufacturer: Mapped[int | None] = mapped_column(sa.Integer, comment="manufacturer's number")
    brand: Mapped[str] = mapped_column(sa.Text, server_default="Unknown", comment="National, Private or Unknown")
    product_type: Mapped[str | None] = mapped_column(sa.Text)
    package_size: Mapped[str | None] = mapped_column(sa.Text)
    unit_of_measure: Mapped[str] = mapped_column(
        sa.Text, server_default="piece", comment="what a quantity of 1 is: a piece, or a thousandth of a unit"
    )

    __table_args__ = (
        sa.CheckConstraint("product_id > 0", name="number_positive"),
        sa.CheckConstraint("brand <> ''", name="brand_not_empty"),
        sa.CheckConstraint("unit_of_measure in ('piece', 'thousandth')", name="unit_of_measure_known"),
        # Units ask for these few of all products, each time.
        sa.Index("ix_products_not_in_pieces", "product_id", postgresql_where=sa.text("unit_of_measure <> 'piece'")),
    )
