"""The audit trail: who logged in, changed whose account, took figures away. Rows are added and never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import INET, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from data.db import Base


class AuditRow(Base):
    """One thing that was done, or refused."""

    __tablename__ = "events"

    event_id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    noted_at: Mapped[datetime] = mapped_column(
        sa.DateTime(timezone=True), server_default=sa.func.clock_timestamp(), index=True
    )
    kind: Mapped[str] = mapped_column(sa.Text)
    via: Mapped[str] = mapped_column(sa.Text, comment="page, command or api")
    actor_id: Mapped[int | None] = mapped_column(
        sa.Integer, comment="empty: somebody at the command line, or nobody who is known"
    )
    actor: Mapped[str | None] = mapped_column(sa.Text, comment="who did it, as they were called then")
    subject_id: Mapped[int | None] = mapped_column(sa.Integer)
    subject: Mapped[str | None] = mapped_column(
        sa.Text, comment="the account that it was done to, as it was called then"
    )
    address: Mapped[str | None] = mapped_column(INET)
    details: Mapped[dict[str, Any]] = mapped_column(
        JSONB,
        server_default=sa.text("'{}'"),
        comment="what was changed into what; never a password, a token or an unknown name",
    )

    __table_args__ = (
        sa.CheckConstraint("kind ~ '^[a-z][a-z_]{0,39}$'", name="kind_well_formed"),
        sa.CheckConstraint("via ~ '^[a-z][a-z_]{0,19}$'", name="via_well_formed"),
        sa.CheckConstraint("length(actor) <= 200 and length(subject) <= 200", name="names_length"),
        sa.CheckConstraint(
            "jsonb_typeof(details) = 'object' and length(details::text) <= 8192", name="details_well_formed"
        ),
        sa.Index("ix_events_kind_event_id", "kind", "event_id"),
        sa.Index("ix_events_actor_event_id", "actor", "event_id"),
        sa.Index("ix_events_subject_event_id", "subject", "event_id"),
        {"schema": "audit"},
    )
