"""The names that people give to revisions."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from data.db import Base


class RevisionName(Base):
    """What a revision is called, and whether somebody vouches for the figures as of it."""

    __tablename__ = "revision_names"

    revision: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(sa.Text)
    certified: Mapped[bool] = mapped_column(
        sa.Boolean, server_default=sa.false(), comment="a manager vouches for the figures as of it"
    )
    note: Mapped[str] = mapped_column(sa.Text, server_default="")
    named_by: Mapped[int | None] = mapped_column(
        sa.ForeignKey("accounts.accounts.account_id", ondelete="SET NULL"),
        comment="who named or certified it last; empty for the command line",
    )
    named_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())

    __table_args__ = (
        sa.CheckConstraint("revision > 0", name="revision_positive"),
        sa.CheckConstraint("name = btrim(name) and length(name) between 1 and 80", name="name_length"),
        sa.CheckConstraint("length(note) <= 500", name="note_length"),
        {"schema": "accounts"},
    )


sa.Index("uq_revision_names_name", sa.func.lower(RevisionName.name), unique=True)
