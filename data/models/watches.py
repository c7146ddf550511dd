"""Watches on saved views, and what they had to tell."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from data.db import Base

_TIME = sa.DateTime(timezone=True)


class Watch(Base):
    """Somebody wants to be told when a new revision moves the figure of a saved view."""

    __tablename__ = "watches"

    watch_id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(
        sa.ForeignKey("accounts.accounts.account_id", ondelete="CASCADE"), index=True
    )
    view_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.views.view_id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(
        sa.Text, comment="moved by more than so many percent, by more than an amount, or below its target"
    )
    threshold: Mapped[Decimal | None] = mapped_column(sa.Numeric)
    by_mail: Mapped[str] = mapped_column(sa.Text, server_default="")
    webhook: Mapped[str] = mapped_column(sa.Text, server_default="")
    revision: Mapped[int] = mapped_column(sa.BigInteger, comment="what new revisions are held against")
    checked: Mapped[int] = mapped_column(sa.BigInteger, comment="the newest revision that has been looked at")
    fired: Mapped[bool] = mapped_column(
        sa.Boolean, server_default=sa.false(), comment="below target: whether it has been told already"
    )
    made_at: Mapped[datetime] = mapped_column(_TIME, server_default=sa.func.now())
    problem: Mapped[str] = mapped_column(
        sa.Text, server_default="", comment="why it could not be looked at the last time; empty where it could"
    )

    __table_args__ = (
        sa.CheckConstraint("kind in ('percent', 'amount', 'target')", name="kind_known"),
        sa.CheckConstraint("(kind = 'target') = (threshold is null) and threshold > 0", name="threshold_positive"),
        sa.CheckConstraint("length(by_mail) <= 254", name="by_mail_length"),
        sa.CheckConstraint("length(webhook) <= 2000", name="webhook_length"),
        {"schema": "accounts"},
    )


class WatchEvent(Base):
    """What a watch had to tell: which revisions moved its figure from what to what."""

    __tablename__ = "watch_events"

    event_id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    watch_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.watches.watch_id", ondelete="CASCADE"))
    from_revision: Mapped[int] = mapped_column(sa.BigInteger)
    revision: Mapped[int] = mapped_column(sa.BigInteger)
    before: Mapped[Decimal | None] = mapped_column(sa.Numeric)
    after: Mapped[Decimal | None] = mapped_column(sa.Numeric)
    told: Mapped[dict[str, Any]] = mapped_column(
        JSONB, comment="the explanation: what each revision between contributed"
    )
    made_at: Mapped[datetime] = mapped_column(_TIME, server_default=sa.func.now())
    seen_at: Mapped[datetime | None] = mapped_column(_TIME)
    mailed_at: Mapped[datetime | None] = mapped_column(_TIME)
    posted_at: Mapped[datetime | None] = mapped_column(_TIME)
    attempts: Mapped[int] = mapped_column(sa.Integer, server_default="0")
    problem: Mapped[str] = mapped_column(
        sa.Text, server_default="", comment="why mail or webhook did not take it; empty where they did"
    )

    __table_args__ = (sa.UniqueConstraint("watch_id", "revision"), {"schema": "accounts"})
