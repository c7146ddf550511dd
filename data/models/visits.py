"""What each account has been shown, so that it can be told what has changed since."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from data.db import Base

_TIME = sa.DateTime(timezone=True)


class Visit(Base):
    """The visit that an account is on, and the one before it."""

    __tablename__ = "visits"

    account_id: Mapped[int] = mapped_column(
        sa.ForeignKey("accounts.accounts.account_id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    revision: Mapped[int] = mapped_column(
        sa.BigInteger, comment="the newest revision that the account has been shown in this visit"
    )
    seen_at: Mapped[datetime] = mapped_column(_TIME, server_default=sa.func.now())
    before_revision: Mapped[int | None] = mapped_column(
        sa.BigInteger, comment="the newest that it was shown in the visit before"
    )
    before_seen_at: Mapped[datetime | None] = mapped_column(_TIME)

    __table_args__ = ({"schema": "accounts"},)
