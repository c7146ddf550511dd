"""Saved views: a page's link under a name, its versions, and whose favourite it is."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from data.db import Base

_SCHEMA = {"schema": "accounts"}
_ACCOUNT, _VIEW = "accounts.accounts.account_id", "accounts.views.view_id"
_TIME = sa.DateTime(timezone=True)


class View(Base):
    """A page as somebody wants to see it again. Its content is that of its newest version."""

    __tablename__ = "views"

    view_id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey(_ACCOUNT, ondelete="CASCADE"))
    version: Mapped[int] = mapped_column(sa.Integer, server_default="1")
    page: Mapped[str] = mapped_column(sa.Text, comment="path of the page that draws it")
    name: Mapped[str] = mapped_column(sa.Text)
    description: Mapped[str] = mapped_column(sa.Text, server_default="")
    folder: Mapped[str] = mapped_column(sa.Text, server_default="")
    shared: Mapped[bool] = mapped_column(sa.Boolean, server_default=sa.false())
    link: Mapped[str] = mapped_column(sa.Text, comment="what stands after the question mark")
    created_at: Mapped[datetime] = mapped_column(_TIME, server_default=sa.func.now())
    deleted_at: Mapped[datetime | None] = mapped_column(_TIME)

    __table_args__ = (
        sa.CheckConstraint("version > 0", name="version_positive"),
        sa.CheckConstraint("name = btrim(name) and length(name) between 1 and 120", name="name_length"),
        sa.CheckConstraint("length(description) <= 2000", name="description_length"),
        sa.CheckConstraint("folder = btrim(folder) and length(folder) <= 120", name="folder_length"),
        sa.CheckConstraint("length(link) <= 8192", name="link_length"),
        _SCHEMA,
    )


sa.Index(
    "uq_views_name",
    View.owner_id,
    sa.func.lower(View.folder),
    sa.func.lower(View.name),
    unique=True,
    postgresql_where=View.deleted_at.is_(None),
)


class ViewVersion(Base):
    """What a view was when it was saved. Rows are only ever added."""

    __tablename__ = "view_versions"

    view_id: Mapped[int] = mapped_column(sa.ForeignKey(_VIEW, ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(sa.Text)
    description: Mapped[str] = mapped_column(sa.Text)
    folder: Mapped[str] = mapped_column(sa.Text)
    shared: Mapped[bool] = mapped_column(sa.Boolean)
    link: Mapped[str] = mapped_column(sa.Text)
    saved_by: Mapped[int | None] = mapped_column(sa.ForeignKey(_ACCOUNT, ondelete="SET NULL"))
    saved_at: Mapped[datetime] = mapped_column(_TIME, server_default=sa.func.now())

    __table_args__ = (_SCHEMA,)


class ViewFavourite(Base):
    """A view that somebody keeps on their first page."""

    __tablename__ = "view_favourites"

    account_id: Mapped[int] = mapped_column(sa.ForeignKey(_ACCOUNT, ondelete="CASCADE"), primary_key=True)
    view_id: Mapped[int] = mapped_column(sa.ForeignKey(_VIEW, ondelete="CASCADE"), primary_key=True, index=True)
    added_at: Mapped[datetime] = mapped_column(_TIME, server_default=sa.func.now())

    __table_args__ = (_SCHEMA,)
