"""Sales lines from a file.

The usual way copies each chunk straight into the partitions. Where a row breaks a rule, a basket's lines lie far apart
in the file, or nothing is to be written, the file goes through a staging table instead: slower, but there the database
sees all rows at once, so that every fault is found and numbering needs no memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date

import pyarrow as pa
import sqlalchemy as sa
from psycopg.errors import UniqueViolation

from data.errors import LoadError
from data.loading.ahead import read_ahead
from data.loading.baskets import (
    breaks_baskets,
    numbered_rows,
    parts_with_lines,
    reject_crowded,
    reject_loaded,
    reject_scattered,
)
from data.loading.checks import Reading
from data.loading.facts import (
    FACTS,
    LINES,
    Period,
    copy_months,
    encoded_months,
    insert_by_month,
    open_load,
    record_load,
    with_load,
)
from data.loading.inferred import Unknown, add_members
from data.loading.lines import parsed_lines
from data.loading.options import Job, Outcome
from data.loading.parse import Parsed
from data.loading.places import Places
from data.loading.recording import business_zone, fix_business_zone, recorded_dates, refuse_loaded_before
from data.loading.rejects import write_report
from data.loading.staging import Staging
from data.models import SalesLine


class _NeedsStagingError(Exception):
    """The straight way does not do for this file."""


@dataclass
class SalesFile:
    """A sales file on its way into the facts."""

    job: Job
    reading: Reading
    rows: int = 0
    days: list[date] = field(default_factory=list)

    @property
    def period(self) -> Period | None:
        """The period that the file replaces."""
        return self.job.options.period

    def parsed(self, seen: Places | None = None) -> Iterator[Parsed]:
        """The file's lines, a chunk at a time."""
        chunks = self.job.source.chunks(quoted=self.job.content.quoted)
        return parsed_lines(chunks, self.reading, self.period, seen)


def load_sales_rows(conn: sa.Connection, job: Job) -> Outcome:
    """Load the job's file into the facts; raises Rejected with every fault of every row."""
    dry = job.options.dry_run
    load = None if dry else open_load(conn, FACTS)
    refuse_loaded_before(conn, FACTS, job.content.sha256, job.options.period)
    zone = business_zone(conn) or job.options.time_zone
    file = SalesFile(job, Reading(job.options.mapping, zone))
    unknown = Unknown(conn)
    removed = _dry_run(conn, file, unknown) if load is None else _load_lines(conn, file, load, unknown)
    if not file.rows:
        raise LoadError(f"{job.source.path.name} has no rows")
    fix_business_zone(conn, zone)
    members = {table: len(numbers) for table, numbers in unknown.found.items() if numbers}
    allow = job.options.allow_inferred
    flagged = {table: add_members(conn, table, unknown.found[table], allow_many=allow) for table in members}
    outcome = Outcome(
        FACTS,
        job.source.path.name,
        None,
        file.rows,
        removed=removed,
        members=members,
        inferred={table: count for table, count in flagged.items() if count},
    )
    if load is None:
        return replace(outcome, first_on=file.days[0], last_on=file.days[1])
    revision = record_load(conn, load, source=outcome.source, digest=job.content.sha256, started_at=job.started_at,
                           rows=file.rows, replaced=job.options.period)  # fmt: skip
    first, last = recorded_dates(conn, load)
    return replace(outcome, revision=revision, first_on=first, last_on=last)


def _dry_run(conn: sa.Connection, file: SalesFile, unknown: Unknown) -> int:
    """Find every fault and write nothing; gives the lines that would be removed."""
    _stage(conn, file, unknown, ended=False)
    if file.period is None:
        return 0
    sold_on = SalesLine.__table__.c.sold_on
    stmt = sa.select(sa.func.count()).where(sold_on >= file.period.start, sold_on < file.period.end)
    return conn.execute(stmt.select_from(SalesLine)).scalar_one()


def _load_lines(conn: sa.Connection, file: SalesFile, load: int, unknown: Unknown) -> int:
    """Replace the period, if there is one, and add the file's lines; gives the lines removed. Raises Rejected."""
    removed = 0
    if file.period is not None:
        ended = sa.func.history.end_facts(sa.cast(load, sa.BigInteger), FACTS, file.period.start, file.period.end)
        removed = conn.execute(sa.select(ended)).scalar_one()
    try:
        with conn.begin_nested():
            _copy_straight(conn, file, load, unknown)
    except (_NeedsStagingError, UniqueViolation):
        staging = _stage(conn, file, unknown, ended=True)
        insert_by_month(conn, FACTS, numbered_rows(staging.rows).subquery("numbered"), "sold_on", load)
    return removed


def _stage(conn: sa.Connection, file: SalesFile, unknown: Unknown, *, ended: bool) -> Staging:
    """Stage the file and judge it as a whole; raises Rejected with every fault of every row."""
    columns = pa.schema([field for field in LINES if field.name not in {"load_id", "occurrence"}])
    staging = Staging(conn, columns.insert(0, pa.field("row", pa.int64())))
    with closing(read_ahead(file.parsed())) as parts:
        file.rows = staging.fill(_noted(parts, unknown), file.job.show, file.job.content.rows)
    reject_scattered(staging)
    reject_crowded(staging)
    reject_loaded(staging, None if ended else file.period)
    if staging.reject_count():
        raise write_report(conn, staging.rejects, file=file.job.source.path.name, report=file.job.report)
    dates = staging.rows.c.sold_on
    file.days = [day for day in conn.execute(sa.select(sa.func.min(dates), sa.func.max(dates))).one() if day]
    return staging


def _noted(parts: Iterator[Parsed], unknown: Unknown) -> Iterator[Parsed]:
    for part in parts:
        unknown.note(part.rows)
        yield part


def _copy_straight(conn: sa.Connection, file: SalesFile, load: int, unknown: Unknown) -> None:
    before = parts_with_lines(conn)
    seen = Places()
    names: set[str] = set()
    with closing(read_ahead(_encoded(file, load, unknown, seen))) as parts:
        for part in parts:
            names |= copy_months(conn, part.months)
            file.rows += part.rows
            file.job.show(file.rows, file.job.content.rows, "loading")
    if names and breaks_baskets(conn, load, names, before, seen):
        raise _NeedsStagingError


@dataclass(frozen=True)
class _Encoded:
    """Some lines of the file as they are copied, by month, and how many."""

    months: list[tuple[date, memoryview]]
    rows: int


def _encoded(file: SalesFile, load: int, unknown: Unknown, seen: Places) -> Iterator[_Encoded]:
    """The file's lines as they are copied. All that costs time is done here, so that the server need not wait."""
    for part in file.parsed(seen):
        if part.rejects.num_rows or seen.apart:
            raise _NeedsStagingError
        unknown.note(part.rows)
        yield _Encoded(encoded_months(with_load(_numbered(part.rows), load)), part.rows.num_rows)


def _numbered(rows: pa.Table) -> pa.Table:
    place = rows.column_names.index("occurrence")
    try:
        return rows.set_column(place, "occurrence", rows["occurrence"].cast(pa.int16()))
    except pa.ArrowInvalid:  # more than 32,767 lines of a product in a basket
        raise _NeedsStagingError from None
