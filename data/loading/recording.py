"""What every load does around its rows: it is not loaded twice, the business zone is fixed, the load is recorded."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from data.errors import AlreadyLoaded
from data.loading.facts import Period
from data.models import BusinessSettings, Load, Revision


def refuse_loaded_before(conn: sa.Connection, table: str, digest: bytes, period: Period | None) -> None:
    """Raise AlreadyLoaded where this content was loaded in the same way and not undone since."""
    undone = aliased(Load)
    start, end = (period.start, period.end) if period else (None, None)
    stmt = (
        sa.select(Load.load_id, Load.source, Load.revision, Revision.opened_at)
        .join(Revision, Revision.revision == Load.revision)
        .where(
            Load.content_sha256 == digest,
            Load.table_name == table,
            Load.replaced_from.is_not_distinct_from(start),
            Load.replaced_until.is_not_distinct_from(end),
            ~sa.exists().where(undone.reverts_load == Load.load_id),
        )
    )
    found = conn.execute(stmt).first()
    if found is not None:
        raise AlreadyLoaded(
            f"this content is loaded already: load {found.load_id} of {found.source}, revision {found.revision}, on "
            f"{found.opened_at:%Y-%m-%d}. To load it again, undo that first: daybook revisions revert {found.revision}"
        )


def business_zone(conn: sa.Connection) -> str | None:
    """The business time zone; None before the first load."""
    return conn.scalar(sa.select(BusinessSettings.time_zone))


def fix_business_zone(conn: sa.Connection, zone: str) -> None:
    """Store the business time zone, if this is the first load."""
    if business_zone(conn) is None:
        conn.execute(sa.select(sa.func.history.next_revision()))
        conn.execute(insert(BusinessSettings).values(time_zone=zone).on_conflict_do_nothing())


def recorded_dates(conn: sa.Connection, load: int) -> list[date]:
    """The first and the last business date of a recorded load; nothing where it has none."""
    row = conn.execute(sa.select(Load.first_on, Load.last_on).where(Load.load_id == load)).one()
    return [day for day in row if day is not None]
