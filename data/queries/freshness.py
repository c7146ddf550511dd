"""How fresh the figures are: up to which business date, and who loaded them when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

import sqlalchemy as sa

from data.measured import timed
from data.models import Base, BusinessSettings, Load, Revision
from data.models.loads import stands
from data.queries.revisions import current_revision
from data.semantic.sources import rows_at

_MOST_WRITTEN = 64  # statements: writing one takes longer than its answer


@dataclass(frozen=True)
class Freshness:
    """What the footer of every page says; dates and loader are None before the first load of facts."""

    revision: int
    first_business_date: date | None
    last_business_date: date | None
    loaded_at: datetime | None
    loaded_by: str | None
    time_zone: str
    currency: str


@timed("freshness")
def freshness(conn: sa.Connection, *, facts: str = "sales_lines", revision: int | None = None) -> Freshness:
    """Newest revision, range of business dates loaded and not undone, and the newest load (times in UTC) of `facts`.

    As of `revision`, where one is given: by what was loaded up to it, and was not undone by then.
    """
    # Before the first load there were no settings: dates and money are then told as they are now.
    settings = conn.execute(_settings_stmt(revision)).first() or conn.execute(_settings_stmt(None)).first()
    dates = conn.execute(_dates_stmt(facts, revision)).one()
    newest = conn.execute(_newest_load_stmt(facts, revision)).first()
    return Freshness(
        current_revision(conn) if revision is None else revision,
        dates.first_on,
        dates.last_on,
        newest.opened_at if newest else None,
        newest.author if newest else None,
        settings.time_zone if settings else "UTC",
        settings.currency if settings else "USD",
    )


@lru_cache(maxsize=_MOST_WRITTEN)
def _settings_stmt(revision: int | None) -> sa.Select[str, str]:
    settings = rows_at(revision)(Base.metadata.tables[BusinessSettings.__tablename__])
    return sa.select(settings.c.time_zone, settings.c.currency)


def _kept_loads(facts: str, revision: int | None) -> list[sa.ColumnElement[bool]]:
    """Loads of files that stand: lines that an undo brought back are within the dates of the file that had them."""
    return [Load.table_name == facts, Load.first_on.is_not(None), stands(revision)]


@lru_cache(maxsize=_MOST_WRITTEN)
def _dates_stmt(facts: str, revision: int | None) -> sa.Select[date | None, date | None]:
    return sa.select(sa.func.min(Load.first_on).label("first_on"), sa.func.max(Load.last_on).label("last_on")).where(
        *_kept_loads(facts, revision)
    )


@lru_cache(maxsize=_MOST_WRITTEN)
def _newest_load_stmt(facts: str, revision: int | None) -> sa.Select[datetime, str]:
    return (
        sa.select(Revision.opened_at, sa.func.coalesce(Revision.author, Revision.login_name).label("author"))
        .join(Load, Load.revision == Revision.revision)
        .where(*_kept_loads(facts, revision))
        .order_by(Revision.revision.desc())
        .limit(1)
    )
