"""Footfall: visitors counted at the entrances of the stores."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from data.db import Base
from data.models.versioned import Inferable, Retirable, Versioned


class Entrance(Inferable, Retirable, Versioned, Base):
    """A way into a store; its kind is Unknown until a file gives it."""

    __tablename__ = "entrances"

    entrance_id: Mapped[int] = mapped_column(
        sa.Integer, primary_key=True, autoincrement=False, comment="entrance number, as files give it"
    )
    name: Mapped[str | None] = mapped_column(sa.Text)
    kind: Mapped[str] = mapped_column(sa.Text, server_default="Unknown", comment="Street, Parking, Mall or Unknown")

    __table_args__ = (
        sa.CheckConstraint("entrance_id > 0", name="number_positive"),
        sa.CheckConstraint("kind in ('Street', 'Parking', 'Mall', 'Unknown')", name="kind_known"),
    )


class FootfallCount(Base):
    """The visitors who came through an entrance within an hour. Partitioned by month of `counted_on`."""

    __tablename__ = "footfall"

    store_id: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False, comment="the scope column")
    entrance_id: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    counted_at: Mapped[datetime] = mapped_column(
        sa.DateTime(timezone=True), primary_key=True, comment="start of the hour", info={"header": "hour"}
    )
    counted_on: Mapped[date] = mapped_column(
        sa.Date,
        primary_key=True,
        comment="business date, in the business time zone, fixed at load",
        info={"date_of": "counted_at"},
    )
    visitors: Mapped[int] = mapped_column(sa.Integer, info={"least": 0})
    load_id: Mapped[int] = mapped_column(sa.BigInteger, comment="the load that wrote it; loads maps it to a revision")

    __table_args__ = ({"postgresql_partition_by": "RANGE (counted_on)"},)
