"""Rows of a reference table from a file."""

from __future__ import annotations

from contextlib import closing

import sqlalchemy as sa

from data.errors import LoadError
from data.loading.ahead import read_ahead
from data.loading.checks import Reading
from data.loading.constraints import reject_unfit
from data.loading.facts import open_load, record_load
from data.loading.inferred import add_unknown
from data.loading.options import Job, Outcome
from data.loading.parents import resolve_parents, staging_for, with_empty
from data.loading.parse import parse
from data.loading.recording import business_zone, fix_business_zone, refuse_loaded_before
from data.loading.reference import Parent, ReferenceTable
from data.loading.rejects import write_report
from data.loading.staging import Staging
from data.loading.upsert import judge, upsert


def load_reference_rows(conn: sa.Connection, table: ReferenceTable, job: Job) -> Outcome:
    """Load the job's file into `table`; raises Rejected with every fault of every row."""
    refuse_loaded_before(conn, table.name, job.content.sha256, None)
    zone = business_zone(conn) or job.options.time_zone
    staging, rows = _staged(conn, table, job, zone)
    if not rows and not staging.reject_count():
        raise LoadError(f"{job.source.path.name} has no rows")
    # Everyone who changes reference data waits here, so that what is read below is what is written upon.
    conn.execute(sa.select(sa.func.history.next_revision()))
    load = open_load(conn, table.name)
    fix_business_zone(conn, zone)
    parents = resolve_parents(staging, _parents(table, job))
    judge(staging, table)
    if table.derived:
        reject_unfit(staging, table.target, table.header_of)
    if staging.reject_count():
        raise write_report(conn, staging.rejects, file=job.source.path.name, report=job.report)
    members, inferred = add_unknown(conn, staging.rows, table.members, allow_many=job.options.allow_inferred)
    added, changed = upsert(staging, table)
    revision = record_load(
        conn, load, source=job.source.path.name, digest=job.content.sha256, started_at=job.started_at, rows=rows
    )
    return Outcome(
        table.name,
        job.source.path.name,
        None if job.options.dry_run else revision,
        rows,
        added=added,
        changed=changed,
        members=members,
        inferred=inferred,
        parents=parents,
    )


def _parents(table: ReferenceTable, job: Job) -> list[Parent]:
    """The parents that the file may name: what it lacks is left alone."""
    return [parent for parent in table.parents if parent.made or parent.header in job.source.places]


def _staged(conn: sa.Connection, table: ReferenceTable, job: Job, zone: str) -> tuple[Staging, int]:
    reading = Reading(job.options.mapping, zone)
    columns = [column for column in table.columns if column.name in job.source.places]
    staging = staging_for(conn, columns, _parents(table, job))
    chunks = job.source.chunks(quoted=job.content.quoted)
    with closing(read_ahead(table.prepare(parse(chunk, columns, reading)) for chunk in chunks)) as parts:
        return staging, staging.fill(with_empty(parts, staging), job.show, job.content.rows)
