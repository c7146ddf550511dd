"""How fresh the figures are: up to which business date, and who loaded them when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from data.models import BusinessSettings, Load, Revision
from data.models.loads import stands
from data.queries.revisions import current_revision


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


def freshness(conn: sa.Connection, *, facts: str = "sales_lines") -> Freshness:
    """Newest revision, range of business dates loaded and not undone, and the newest load (times in UTC) of `facts`."""
    settings = conn.execute(sa.select(BusinessSettings.time_zone, BusinessSettings.currency)).first()
    dates = conn.execute(_dates_stmt(facts)).one()
    newest = conn.execute(_newest_load_stmt(facts)).first()
    return Freshness(
        current_revision(conn),
        dates.first_on,
        dates.last_on,
        newest.opened_at if newest else None,
        newest.author if newest else None,
        settings.time_zone if settings else "UTC",
        settings.currency if settings else "USD",
    )


def _kept_loads(facts: str) -> list[sa.ColumnElement[bool]]:
    """Loads of files that stand: lines that an undo brought back are within the dates of the file that had them."""
    return [Load.table_name == facts, Load.first_on.is_not(None), stands()]


def _dates_stmt(facts: str) -> sa.Select[date | None, date | None]:
    return sa.select(sa.func.min(Load.first_on).label("first_on"), sa.func.max(Load.last_on).label("last_on")).where(
        *_kept_loads(facts)
    )


def _newest_load_stmt(facts: str) -> sa.Select[datetime, str]:
    return (
        sa.select(Revision.opened_at, sa.func.coalesce(Revision.author, Revision.login_name).label("author"))
        .join(Load, Load.revision == Revision.revision)
        .where(*_kept_loads(facts))
        .order_by(Revision.revision.desc())
        .limit(1)
    )
