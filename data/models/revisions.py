"""Revisions: the one number that orders every load and every edit."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from data.db import Base


class RevisionCounter(Base):
    """One row: the last revision and the head of the hash chain. Its row lock puts revisions in commit order."""

    __tablename__ = "revision_counter"

    singleton: Mapped[bool] = mapped_column(sa.Boolean, primary_key=True, server_default=sa.true())
    last_revision: Mapped[int] = mapped_column(sa.BigInteger, server_default=sa.text("0"))
    opened_by: Mapped[str | None] = mapped_column(sa.Text, comment="transaction that opened the last revision")
    head: Mapped[bytes] = mapped_column(sa.LargeBinary, comment="hash of the last revision")

    __table_args__ = (sa.CheckConstraint("singleton", name="one_row"), {"schema": "history"})


class Revision(Base):
    """A load or an edit, complete or not there at all. Numbers have no gaps and follow commit order."""

    __tablename__ = "revisions"

    revision: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    opened_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    kind: Mapped[str] = mapped_column(sa.Text, comment="load, edit or undo")
    author: Mapped[str | None] = mapped_column(sa.Text, comment="account; empty where typed into the database")
    login_name: Mapped[str] = mapped_column(sa.Text, comment="database user that was logged in")
    role_name: Mapped[str] = mapped_column(sa.Text, comment="database role that acted")
    reason: Mapped[str | None] = mapped_column(sa.Text)
    reverts: Mapped[int | None] = mapped_column(sa.BigInteger, comment="the revision that this one undid")
    previous_hash: Mapped[bytes] = mapped_column(sa.LargeBinary)
    hash: Mapped[bytes | None] = mapped_column(sa.LargeBinary, comment="seals the content; set as the revision commits")

    __table_args__ = (
        sa.CheckConstraint("kind in ('load', 'edit', 'undo')", name="kind_known"),
        {"schema": "history"},
    )


class RevisionTable(Base):
    """What a revision did to one table."""

    __tablename__ = "revision_tables"

    revision: Mapped[int] = mapped_column(sa.ForeignKey("history.revisions.revision"), primary_key=True)
    table_name: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    rows_added: Mapped[int] = mapped_column(sa.BigInteger, server_default=sa.text("0"))
    rows_changed: Mapped[int] = mapped_column(sa.BigInteger, server_default=sa.text("0"))
    rows_removed: Mapped[int] = mapped_column(sa.BigInteger, server_default=sa.text("0"))
    digest: Mapped[bytes | None] = mapped_column(sa.LargeBinary, comment="digest of the versions written and ended")

    __table_args__ = (
        sa.Index("ix_revision_tables_table_name_revision", "table_name", "revision"),
        {"schema": "history"},
    )


class FactTable(Base):
    """A table that only loads may write, partitioned by month of its business date."""

    __tablename__ = "fact_tables"

    table_name: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    date_column: Mapped[str] = mapped_column(sa.Text)

    __table_args__ = ({"schema": "history"},)


class PendingLoad(Base):
    """A load in progress; never seen by another transaction, and gone again when the load is recorded."""

    __tablename__ = "pending_loads"

    load_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    table_name: Mapped[str] = mapped_column(sa.Text)
    opened_by: Mapped[str] = mapped_column(sa.Text)
    rows_removed: Mapped[int] = mapped_column(sa.BigInteger, server_default=sa.text("0"))

    __table_args__ = ({"schema": "history"},)
