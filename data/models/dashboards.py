"""Dashboards: saved views on a grid under a name, their versions, and whose favourite they are."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from data.db import Base
from data.models.saved import SCHEMA, FavouriteColumns, SavedColumns, VersionColumns, name_index, saved_limits

_DASHBOARD = "accounts.dashboards.dashboard_id"
# A view, how many of twelve columns, how many rows of height, a title of its own; nothing else.
_WELL_FORMED = (
    "jsonb_typeof(items) = 'array' and jsonb_array_length(items) <= 24 and length(items::text) <= 16384 "
    "and not jsonb_path_exists(items, 'strict $[*] ? (@.type() != \"object\")', '{}', true) "
    'and not jsonb_path_exists(items, \'$[*] ? (!(@.view.type() == "number" && @.view > 0 && '
    '@.width.type() == "number" && (@.width == 3 || @.width == 4 || @.width == 6 || @.width == 8 || @.width == 12) '
    '&& @.height.type() == "number" && (@.height == 1 || @.height == 2 || @.height == 3) && '
    '@.title.type() == "string"))\')'
)


class Dashboard(SavedColumns, Base):
    """Saved views side by side. Its content is that of its newest version."""

    __tablename__ = "dashboards"

    dashboard_id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    items: Mapped[list[dict[str, Any]]] = mapped_column(
        JSONB, comment="in the order in which they fill the grid: view, width, height, title"
    )

    __table_args__ = (*saved_limits(), sa.CheckConstraint(_WELL_FORMED, name="items_well_formed"), SCHEMA)


name_index(Dashboard)


class DashboardVersion(VersionColumns, Base):
    """What a dashboard was when it was saved. Rows are only ever added."""

    __tablename__ = "dashboard_versions"

    dashboard_id: Mapped[int] = mapped_column(sa.ForeignKey(_DASHBOARD, ondelete="CASCADE"), primary_key=True)
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)

    __table_args__ = (SCHEMA,)


class DashboardFavourite(FavouriteColumns, Base):
    """A dashboard that somebody wants to find first."""

    __tablename__ = "dashboard_favourites"

    dashboard_id: Mapped[int] = mapped_column(
        sa.ForeignKey(_DASHBOARD, ondelete="CASCADE"), primary_key=True, index=True
    )

    __table_args__ = (SCHEMA,)
