"""Drafts of edits, kept as they are typed, and the tables whose edits a second manager approves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from data.db import Base

_SCHEMA = {"schema": "accounts"}
_ACCOUNT = "accounts.accounts.account_id"
_TIME = sa.DateTime(timezone=True)


class Draft(Base):
    """Changes of one table that somebody is working on."""

    __tablename__ = "drafts"

    draft_id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    table_name: Mapped[str] = mapped_column(sa.Text)
    owner_id: Mapped[int] = mapped_column(
        sa.ForeignKey(_ACCOUNT, ondelete="CASCADE"), index=True, comment="who may go on with it"
    )
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey(_ACCOUNT, ondelete="SET NULL"), comment="who began it")
    reason: Mapped[str] = mapped_column(sa.Text, server_default="")
    state: Mapped[str] = mapped_column(
        sa.Text, server_default="open", comment="open, or submitted to somebody who approves"
    )
    note: Mapped[str] = mapped_column(
        sa.Text, server_default="", comment="what was said when it was handed over or sent back"
    )
    created_at: Mapped[datetime] = mapped_column(_TIME, server_default=sa.func.now())
    updated_at: Mapped[datetime] = mapped_column(_TIME, server_default=sa.func.now())

    __table_args__ = (
        sa.CheckConstraint("state in ('open', 'submitted')", name="state_known"),
        sa.CheckConstraint("length(reason) <= 500", name="reason_length"),
        sa.CheckConstraint("length(note) <= 500", name="note_length"),
        _SCHEMA,
    )


class DraftRow(Base):
    """What a draft wants of one row."""

    __tablename__ = "draft_rows"

    draft_id: Mapped[int] = mapped_column(
        sa.ForeignKey("accounts.drafts.draft_id", ondelete="CASCADE"), primary_key=True
    )
    row_key: Mapped[str] = mapped_column(
        sa.Text, primary_key=True, comment="primary key as text, or a name for a new row"
    )
    version: Mapped[int | None] = mapped_column(
        sa.BigInteger, comment="version of the row before the change; empty for a new row"
    )
    changes: Mapped[dict[str, Any]] = mapped_column(
        JSONB, server_default=sa.text("'{}'"), comment="values by field, as people give them"
    )
    removed: Mapped[bool] = mapped_column(sa.Boolean, server_default=sa.false())
    position: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True))

    __table_args__ = (sa.CheckConstraint("length(row_key) between 1 and 200", name="row_key_length"), _SCHEMA)


class EditRule(Base):
    """What an admin has set for a table: whether its edits need a second manager."""

    __tablename__ = "edit_rules"

    table_name: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    needs_approval: Mapped[bool] = mapped_column(
        sa.Boolean, server_default=sa.false(), comment="a second manager approves before an edit takes effect"
    )
    changed_by: Mapped[int | None] = mapped_column(sa.ForeignKey(_ACCOUNT, ondelete="SET NULL"))
    changed_at: Mapped[datetime] = mapped_column(_TIME, server_default=sa.func.now())

    __table_args__ = (_SCHEMA,)
