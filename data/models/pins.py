"""Pinned figures: the answer that somebody gave a link to, and what it was the answer to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from data.db import Base


class Pinned(Base):
    """A figure or a chart as it was shown once. Rows are only ever added."""

    __tablename__ = "pins"

    pin_id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    token: Mapped[str] = mapped_column(
        sa.Text, unique=True, comment="what the link says; random, so that pins cannot be counted"
    )
    made_by: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.accounts.account_id", ondelete="SET NULL"))
    made_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
    title: Mapped[str] = mapped_column(sa.Text)
    link: Mapped[str] = mapped_column(
        sa.Text, comment="what stands after the question mark on Explore, dates written out"
    )
    revision: Mapped[int] = mapped_column(sa.BigInteger)
    catalog_digest: Mapped[str] = mapped_column(sa.Text)
    scope: Mapped[dict[str, Any]] = mapped_column(
        JSONB, comment="what its maker was allowed to see: the answer is of that, and of nothing else"
    )
    answer: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="the figures as they were shown")

    __table_args__ = (
        sa.CheckConstraint("length(title) between 1 and 300", name="title_length"),
        sa.CheckConstraint("length(link) <= 8192", name="link_length"),
        sa.CheckConstraint("revision > 0", name="revision_positive"),
        {"schema": "accounts"},
    )
