"""Loads, and the settings that the first load fixes."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, aliased, mapped_column

from data.db import Base
from data.models.versioned import Versioned


class Load(Versioned, Base):
    """A file's rows, or the undoing of an earlier load, as one revision. Rows are only ever added."""

    __tablename__ = "loads"

    load_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    table_name: Mapped[str] = mapped_column(sa.Text)
    source: Mapped[str] = mapped_column(sa.Text, comment="file name, without its folder")
    content_sha256: Mapped[bytes] = mapped_column(sa.LargeBinary, index=True, comment="digest of the content")
    started_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    rows_added: Mapped[int] = mapped_column(sa.BigInteger)
    rows_removed: Mapped[int] = mapped_column(sa.BigInteger, comment="lines that a replaced period lost")
    first_on: Mapped[date | None] = mapped_column(sa.Date, comment="first business date in it")
    last_on: Mapped[date | None] = mapped_column(sa.Date, comment="last business date in it")
    replaced_from: Mapped[date | None] = mapped_column(sa.Date)
    replaced_until: Mapped[date | None] = mapped_column(sa.Date, comment="first date after the replaced period")
    checksum: Mapped[Decimal] = mapped_column(sa.Numeric, comment="sum of the lines' hashes; order does not matter")
    reverts_load: Mapped[int | None] = mapped_column(sa.BigInteger, comment="the load that this one undid")


def stands(revision: int | None = None) -> sa.ColumnElement[bool]:
    """Whether a load brought a file that was not undone since, up to now or up to `revision`.

    An undo has no source of its own, so it never does; what undoes an undo has the file's again. Loads are only ever
    added, so that those as of a revision are the ones up to it.
    """
    undone = aliased(Load)
    is_undone = sa.exists().where(undone.reverts_load == Load.load_id)
    if revision is None:
        return sa.and_(Load.source != "", ~is_undone)
    return sa.and_(Load.source != "", Load.revision <= revision, ~is_undone.where(undone.revision <= revision))


class BusinessSettings(Versioned, Base):
    """The one row of settings that figures depend on, stored at the first load."""

    __tablename__ = "business_settings"

    singleton: Mapped[bool] = mapped_column(sa.Boolean, primary_key=True, server_default=sa.true())
    time_zone: Mapped[str] = mapped_column(sa.Text, comment="IANA name; decides every business date")
    currency: Mapped[str] = mapped_column(sa.Text, server_default="USD", comment="ISO 4217 code")

    __table_args__ = (sa.CheckConstraint("singleton", name="one_row"),)
