"""Regions and stores: where it is sold."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from data.db import Base
from data.models.versioned import Inferable, Retirable, Versioned


class Region(Retirable, Versioned, Base):
    """A group of stores."""

    __tablename__ = "regions"

    region_id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(sa.Text, unique=True, comment="natural key, as files give it")

    __table_args__ = (sa.CheckConstraint("name <> ''", name="name_not_empty"),)


class Store(Inferable, Retirable, Versioned, Base):
    """A shop."""

    __tablename__ = "stores"

    store_id: Mapped[int] = mapped_column(
        sa.Integer, primary_key=True, autoincrement=False, comment="store number, as files give it"
    )
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("regions.region_id"), index=True)
    name: Mapped[str | None] = mapped_column(sa.Text)

    __table_args__ = (sa.CheckConstraint("store_id > 0", name="number_positive"),)
