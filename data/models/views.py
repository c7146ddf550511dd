"""Saved views: a page's link under a name, its versions, and whose favourite it is."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from data.db import Base
from data.models.saved import SCHEMA, FavouriteColumns, SavedColumns, VersionColumns, name_index, saved_limits

_VIEW = "accounts.views.view_id"


class View(SavedColumns, Base):
    """A page as somebody wants to see it again. Its content is that of its newest version."""

    __tablename__ = "views"

    view_id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    page: Mapped[str] = mapped_column(sa.Text, comment="path of the page that draws it")
    link: Mapped[str] = mapped_column(sa.Text, comment="what stands after the question mark")

    __table_args__ = (
        *saved_limits(),
        sa.CheckConstraint("length(link) <= 8192", name="link_length"),
        SCHEMA,
    )


name_index(View)


class ViewVersion(VersionColumns, Base):
    """What a view was when it was saved. Rows are only ever added."""

    __tablename__ = "view_versions"

    view_id: Mapped[int] = mapped_column(sa.ForeignKey(_VIEW, ondelete="CASCADE"), primary_key=True)
    link: Mapped[str] = mapped_column(sa.Text)

    __table_args__ = (SCHEMA,)


class ViewFavourite(FavouriteColumns, Base):
    """A view that somebody keeps on their first page."""

    __tablename__ = "view_favourites"

    view_id: Mapped[int] = mapped_column(sa.ForeignKey(_VIEW, ondelete="CASCADE"), primary_key=True, index=True)

    __table_args__ = (SCHEMA,)
