"""Ways to find a past revision: by date, by load, and when it was made."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by

from data.frames import read_frame
from data.models import Load, Revision
from data.models.loads import stands
from data.queries.revisions import check_revision
from data.semantic.types import ColumnSpec, Unit

LOAD_COLUMNS = (
    ColumnSpec("revision", "Revision", Unit.INTEGER),
    ColumnSpec("opened_at", "Loaded", Unit.INSTANT, "UTC"),
    ColumnSpec("reason", "Why", Unit.TEXT),
    ColumnSpec("sources", "Files", Unit.TEXT),
    ColumnSpec("first_on", "From", Unit.DATE, "first business date in it", nullable=True),
    ColumnSpec("last_on", "To", Unit.DATE, "last business date in it", nullable=True),
    ColumnSpec("standing", "Standing", Unit.COUNT, "files of it that were not undone since"),
)


def revision_at_end_of(conn: sa.Connection, *, day: date, time_zone: str) -> int | None:
    """The last revision begun before the end of a business date; None where there was none yet."""
    end = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(time_zone))
    found: int | None = conn.scalar(sa.select(sa.func.max(Revision.revision)).where(Revision.opened_at < end))
    return found


def revision_opened_at(conn: sa.Connection, *, revision: int) -> datetime:
    """When the revision was begun (UTC); raises UnknownName for a number that is none."""
    check_revision(conn, revision=revision)
    return conn.execute(sa.select(Revision.opened_at).where(Revision.revision == revision)).scalar_one()


def load_list(conn: sa.Connection, *, limit: int = 200) -> pd.DataFrame:
    """Revisions that loaded files, newest first; those that were undone since included, undoing itself left out.

    One row is a revision; columns as in LOAD_COLUMNS, `opened_at` in UTC, business dates of facts alone. Empty before
    the first load. Sources: loads and history.revisions.
    """
    files = sa.func.string_agg(Load.source.distinct(), aggregate_order_by(sa.literal(", "), Load.source))
    stmt = (
        sa.select(
            Load.revision,
            Revision.opened_at,
            sa.func.coalesce(Revision.reason, "").label("reason"),
            files.label("sources"),
            sa.func.min(Load.first_on).label("first_on"),
            sa.func.max(Load.last_on).label("last_on"),
            sa.func.count().filter(stands()).label("standing"),
        )
        .join(Revision, Revision.revision == Load.revision)
        .where(Load.source != "")
        .group_by(Load.revision, Revision.opened_at, Revision.reason)
        .order_by(Load.revision.desc())
        .limit(limit)
    )
    return read_frame(conn, stmt, LOAD_COLUMNS)
