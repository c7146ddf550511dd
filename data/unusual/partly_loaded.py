"""Business dates whose file was taken before they were over: what stands there is not all that was sold."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from data.models import Load
from data.models.loads import stands


def partly_loaded(conn: sa.Connection, *, facts: str, time_zone: str, revision: int | None = None) -> frozenset[date]:
    """The last dates of loads that began before the end of that date, where no later load has it too.

    Of loads of `facts` that stand now, or as of `revision`; days end at midnight in `time_zone`. Source: loads.
    """
    later = aliased(Load)
    over = sa.func.timezone(time_zone, sa.cast(Load.last_on + 1, sa.DateTime))
    complete = sa.exists().where(
        later.table_name == facts,
        later.first_on <= Load.last_on,
        later.last_on >= Load.last_on,
        later.started_at >= over,
        *([] if revision is None else [later.revision <= revision]),
    )
    stmt = sa.select(Load.last_on).where(
        Load.table_name == facts, Load.last_on.is_not(None), Load.started_at < over, stands(revision), ~complete
    )
    return frozenset(day for (day,) in conn.execute(stmt.distinct()) if day is not None)
