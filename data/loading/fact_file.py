"""Rows of any fact table from a file, by way of a staging table, where the database sees all of them at once.

Sales have a faster way of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date

import sqlalchemy as sa

from data.errors import LoadError
from data.loading.ahead import read_ahead
from data.loading.checks import Reading
from data.loading.columns import file_column
from data.loading.dates import in_period, with_date
from data.loading.fact_rules import reject_loaded, reject_repeated
from data.loading.fact_tables import Facts
from data.loading.facts import insert_by_month, open_load, record_load
from data.loading.inferred import add_unknown
from data.loading.options import Job, Outcome
from data.loading.parents import resolve_parents, staging_for, with_empty
from data.loading.parse import FileColumn, Parsed, parse
from data.loading.recording import business_zone, fix_business_zone, recorded_dates, refuse_loaded_before
from data.loading.reference import Parent
from data.loading.rejects import write_report
from data.loading.staging import Staging


def load_fact_rows(conn: sa.Connection, facts: Facts, job: Job) -> Outcome:
    """Load the job's file into `facts`; raises Rejected with every fault of every row. A dry run opens no load."""
    name, options = facts.table.name, job.options
    load = None if options.dry_run else open_load(conn, name)
    refuse_loaded_before(conn, name, job.content.sha256, options.period)
    zone = business_zone(conn) or options.time_zone
    removed = _removed(conn, facts, job, load)
    staging, rows = _staged(conn, facts, job, zone)
    _judge(staging, facts, job, zone)
    if not rows:
        raise LoadError(f"{job.source.path.name} has no rows")
    first, last = _dates(staging, facts)
    fix_business_zone(conn, zone)
    members, inferred = add_unknown(conn, staging.rows, facts.shape.members, allow_many=options.allow_inferred)
    outcome = Outcome(
        name, job.source.path.name, None, rows, removed=removed, first_on=first, last_on=last, members=members,
        inferred=inferred,
    )  # fmt: skip
    if load is None:
        return outcome
    filled = [column for column in staging.rows.c if column.name == "row" or column.name in facts.table.columns]
    insert_by_month(conn, name, sa.select(*filled).subquery("staged"), facts.dated, load)
    revision = record_load(conn, load, source=outcome.source, digest=job.content.sha256, started_at=job.started_at,
                           rows=rows, replaced=options.period)  # fmt: skip
    first, last = recorded_dates(conn, load)
    return replace(outcome, revision=revision, first_on=first, last_on=last)


def _removed(conn: sa.Connection, facts: Facts, job: Job, load: int | None) -> int:
    """End the rows of the replaced period, if there is one; gives how many. A dry run only counts them."""
    period = job.options.period
    if period is None:
        return 0
    if load is None:
        dated = facts.table.c[facts.dated]
        stmt = sa.select(sa.func.count()).select_from(facts.table).where(dated >= period.start, dated < period.end)
    else:
        ended = sa.func.history.end_facts(sa.cast(load, sa.BigInteger), facts.table.name, period.start, period.end)
        stmt = sa.select(ended)
    return int(conn.execute(stmt).scalar_one())


def _staged(conn: sa.Connection, facts: Facts, job: Job, zone: str) -> tuple[Staging, int]:
    columns = [column for column in facts.shape.columns if column.name in job.source.places]
    derived = [] if facts.instant is None else [file_column(facts.table.c[facts.dated])]
    staging = staging_for(conn, [*columns, *derived], _parents(facts, job))
    with closing(read_ahead(_parts(facts, job, columns, zone))) as parts:
        return staging, staging.fill(with_empty(parts, staging), job.show, job.content.rows)


def _parts(facts: Facts, job: Job, columns: list[FileColumn], zone: str) -> Iterator[Parsed]:
    reading = Reading(job.options.mapping, zone)
    for chunk in job.source.chunks(quoted=job.content.quoted):
        parsed = parse(chunk, columns, reading)
        if facts.instant is not None:
            parsed = with_date(parsed, facts.dated, facts.instant, zone)
        yield in_period(parsed, job.options.period, facts.dated, facts.header_of(facts.dated))


def _parents(facts: Facts, job: Job) -> list[Parent]:
    return [parent for parent in facts.shape.parents if parent.header in job.source.places]


def _judge(staging: Staging, facts: Facts, job: Job, zone: str) -> None:
    """Judge the rows as a whole; raises Rejected with every fault of every row."""
    resolve_parents(staging, _parents(facts, job))
    reject_repeated(staging, facts, zone)
    reject_loaded(staging, facts, zone, job.options.period if job.options.dry_run else None)
    if staging.reject_count():
        raise write_report(staging.conn, staging.rejects, file=job.source.path.name, report=job.report)


def _dates(staging: Staging, facts: Facts) -> tuple[date, date]:
    dates = staging.rows.c[facts.dated]
    first, last = staging.conn.execute(sa.select(sa.func.min(dates), sa.func.max(dates))).one()
    return first, last
