"""What everything that people save under a name has: an owner, a name, versions that are only ever added."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

SCHEMA = {"schema": "accounts"}
ACCOUNT = "accounts.accounts.account_id"
TIME = sa.DateTime(timezone=True)


class SavedColumns:
    """A thing's newest state, besides its key and what it holds."""

    owner_id: Mapped[int] = mapped_column(sa.ForeignKey(ACCOUNT, ondelete="CASCADE"))
    version: Mapped[int] = mapped_column(sa.Integer, server_default="1")
    name: Mapped[str] = mapped_column(sa.Text)
    description: Mapped[str] = mapped_column(sa.Text, server_default="")
    folder: Mapped[str] = mapped_column(sa.Text, server_default="")
    shared: Mapped[bool] = mapped_column(sa.Boolean, server_default=sa.false())
    created_at: Mapped[datetime] = mapped_column(TIME, server_default=sa.func.now())
    deleted_at: Mapped[datetime | None] = mapped_column(TIME)


class VersionColumns:
    """What it was when it was saved, besides its key and what it held."""

    version: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(sa.Text)
    description: Mapped[str] = mapped_column(sa.Text)
    folder: Mapped[str] = mapped_column(sa.Text)
    shared: Mapped[bool] = mapped_column(sa.Boolean)
    saved_by: Mapped[int | None] = mapped_column(sa.ForeignKey(ACCOUNT, ondelete="SET NULL"))
    saved_at: Mapped[datetime] = mapped_column(TIME, server_default=sa.func.now())


class FavouriteColumns:
    """Whose favourite it is, and since when; its key is the other half of the primary key."""

    account_id: Mapped[int] = mapped_column(sa.ForeignKey(ACCOUNT, ondelete="CASCADE"), primary_key=True)
    added_at: Mapped[datetime] = mapped_column(TIME, server_default=sa.func.now())


def saved_limits() -> tuple[sa.CheckConstraint, ...]:
    """What the database holds every such table to, whoever writes."""
    return (
        sa.CheckConstraint("version > 0", name="version_positive"),
        sa.CheckConstraint("name = btrim(name) and length(name) between 1 and 120", name="name_length"),
        sa.CheckConstraint("length(description) <= 2000", name="description_length"),
        sa.CheckConstraint("folder = btrim(folder) and length(folder) <= 120", name="folder_length"),
    )


def name_index(model: Any) -> sa.Index:
    """One thing of a name in a folder of an owner, deleted ones aside."""
    return sa.Index(
        f"uq_{model.__tablename__}_name",
        model.owner_id,
        sa.func.lower(model.folder),
        sa.func.lower(model.name),
        unique=True,
        postgresql_where=model.deleted_at.is_(None),
    )
