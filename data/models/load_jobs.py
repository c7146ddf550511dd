"""Loads that were asked for over HTTP: what becomes of each, for who asks later."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from data.db import Base

_TIME = sa.DateTime(timezone=True)


class LoadJob(Base):
    """A file that an account sent to be loaded; the file itself is gone once the job has ended."""

    __tablename__ = "load_jobs"

    job_id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(
        sa.ForeignKey("accounts.accounts.account_id", ondelete="CASCADE"), index=True
    )
    table_name: Mapped[str] = mapped_column(sa.Text)
    file_name: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text, server_default="waiting")
    phase: Mapped[str] = mapped_column(sa.Text, server_default="", comment="what is being done")
    rows_done: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    rows_total: Mapped[int | None] = mapped_column(sa.BigInteger, comment="empty as long as nobody knows")
    told: Mapped[dict[str, Any] | None] = mapped_column(JSONB, comment="the outcome, or what was wrong")
    created_at: Mapped[datetime] = mapped_column(_TIME, server_default=sa.func.now())
    alive_at: Mapped[datetime] = mapped_column(_TIME, server_default=sa.func.now(), comment="last heard of")
    ended_at: Mapped[datetime | None] = mapped_column(_TIME)

    __table_args__ = (
        sa.CheckConstraint("state in ('waiting', 'running', 'done', 'failed')", name="state_known"),
        {"schema": "accounts"},
    )
