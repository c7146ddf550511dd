"""Targets and calendar events: what a figure is held against."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from data.db import Base
from data.models.versioned import Retirable, Versioned


class Target(Versioned, Base):
    """The net sales wanted of a department in a month."""

    __tablename__ = "targets"

    department_id: Mapped[int] = mapped_column(sa.ForeignKey("departments.department_id"), primary_key=True)
    month: Mapped[date] = mapped_column(sa.Date, primary_key=True, comment="first day of the month")
    net_cents: Mapped[int] = mapped_column(sa.BigInteger, comment="net sales wanted")
    sample: Mapped[bool] = mapped_column(
        sa.Boolean, server_default=sa.false(), comment="seeded from the sample's own sales, not set by anyone"
    )

    __table_args__ = (
        sa.CheckConstraint("extract(day from month) = 1", name="month_first_day"),
        sa.CheckConstraint("net_cents >= 0", name="not_negative"),
    )


class CalendarEvent(Retirable, Versioned, Base):
    """A named range of dates `[start_on, end_on)` drawn on time series; it may be of one region or store only."""

    __tablename__ = "calendar_events"

    event_id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(sa.Text)
    kind: Mapped[str] = mapped_column(sa.Text, server_default="event", comment="holiday, promotion, closure or event")
    start_on: Mapped[date] = mapped_column(sa.Date, info={"help": "its first day"})
    end_on: Mapped[date] = mapped_column(
        sa.Date, comment="first date after it", info={"help": "its last day, counted in"}
    )
    region_id: Mapped[int | None] = mapped_column(sa.ForeignKey("regions.region_id"))
    store_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stores.store_id"))

    __table_args__ = (
        sa.UniqueConstraint("name", "start_on"),
        sa.CheckConstraint("name <> ''", name="name_not_empty"),
        sa.CheckConstraint("kind in ('holiday', 'promotion', 'closure', 'event')", name="kind_known"),
        sa.CheckConstraint("start_on < end_on", name="dates_in_order"),
        {"info": {"help": "A named range of days, drawn on time series; of one region or store, or of all."}},
    )
