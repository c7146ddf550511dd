"""Households and the segments they belong to: who buys."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from data.db import Base
from data.models.versioned import Inferable, Retirable, Versioned

SEGMENTS = ("age", "income", "home_ownership", "marital_status", "household_size", "household_comp", "kids_count")


def _segment() -> Mapped[str]:
    return mapped_column(sa.Text, server_default="Unknown")


class Household(Inferable, Retirable, Versioned, Base):
    """A household that holds a loyalty card; each segment is Unknown where no survey gave it."""

    __tablename__ = "households"

    household_id: Mapped[int] = mapped_column(
        sa.Integer, primary_key=True, autoincrement=False, comment="household number, as files give it"
    )
    age: Mapped[str] = _segment()
    income: Mapped[str] = _segment()
    home_ownership: Mapped[str] = _segment()
    marital_status: Mapped[str] = _segment()
    household_size: Mapped[str] = _segment()
    household_comp: Mapped[str] = _segment()
    kids_count: Mapped[str] = _segment()

    __table_args__ = (sa.CheckConstraint("household_id > 0", name="number_positive"),)
