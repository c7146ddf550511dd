"""One file, one revision: `load_file` loads facts or reference rows, all of them or none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from data.db import Database
from data.errors import AlreadyLoaded, LoadError, UsageError
from data.loading.content import content_of
from data.loading.fact_file import load_fact_rows
from data.loading.fact_tables import Facts
from data.loading.lines import SALES_COLUMNS
from data.loading.options import Job, Options, Outcome
from data.loading.parse import FileColumn
from data.loading.progress import Progress, silent
from data.loading.readers import open_source
from data.loading.reference import ReferenceTable
from data.loading.reference_file import load_reference_rows
from data.loading.rejects import report_path
from data.loading.sales import load_sales_rows
from data.loading.tables import facts_with_files, loaded_table
from data.models import SalesLine

_LOADED_BEFORE = "DB005"


class _DryRunDone(Exception):
    """Carries a dry run's outcome out of the transaction, which is rolled back."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome


def load_file(
    database: Database, table: str, path: Path, *, options: Options | None = None, progress: Progress | None = None
) -> Outcome:
    """Load `path` into `table` (one of `tables.table_names()`) as one revision.

    Raises UsageError for a request that makes no sense, Rejected where rows break rules, AlreadyLoaded for content
    that is loaded already, and LoadError for a file that cannot be read or fits no table; nothing has changed then.
    """
    options, show, started_at = options or Options(), progress or silent, datetime.now(UTC)
    target = loaded_table(table)
    _check_period(target, options)
    columns = _columns(target)
    required = [column.name for column in columns if column.required]
    optional = [column.name for column in columns if not column.required]
    source = open_source(path, options.mapping, required=required, optional=optional)
    before = _stamp(path)
    show(0, None, "reading")
    job = Job(source, content_of(path), options, show, started_at, options.report or report_path(path))

    def work(conn: sa.Connection) -> Outcome:
        outcome = _load_rows(conn, target, job)
        if _stamp(path) != before:
            raise LoadError(f"{path.name} changed while it was read; load it again when it is complete")
        return outcome

    return _as_one_revision(database, job, table, work)


def _check_period(target: Facts | ReferenceTable, options: Options) -> None:
    period = options.period
    if period is None:
        return
    if isinstance(target, ReferenceTable):
        raise UsageError(f"only {', '.join(facts_with_files())} can replace a period; got {target.name}")
    if period.start >= period.end:
        raise UsageError(f"a period must start before it ends, and its end is not part of it; got {period}")


def _columns(target: Facts | ReferenceTable) -> tuple[FileColumn, ...]:
    if isinstance(target, ReferenceTable):
        return target.columns
    return SALES_COLUMNS if _is_sales(target) else target.shape.columns


def _load_rows(conn: sa.Connection, target: Facts | ReferenceTable, job: Job) -> Outcome:
    if isinstance(target, ReferenceTable):
        return load_reference_rows(conn, target, job)
    return load_sales_rows(conn, job) if _is_sales(target) else load_fact_rows(conn, target, job)


def _is_sales(facts: Facts) -> bool:
    return facts.table is SalesLine.__table__


def _as_one_revision(database: Database, job: Job, table: str, work: Callable[[sa.Connection], Outcome]) -> Outcome:
    reason = job.options.reason or f"{table} from {job.source.path.name}"
    try:
        with database.writing(author=job.options.author, reason=reason, kind="load") as conn:
            outcome = work(conn)
            if job.options.dry_run:
                raise _DryRunDone(outcome)
    except _DryRunDone as done:
        return done.outcome
    except IntegrityError as error:  # a rule that nothing but the database knows
        told = str(error.orig).strip().splitlines()
        raise LoadError(
            f"{job.source.path.name}: nothing was loaded, the database refuses it: {'; '.join(told[:2])}"
        ) from error
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == _LOADED_BEFORE:  # someone loaded it between our look and our write
            raise AlreadyLoaded(f"{job.source.path.name}: this content was loaded by someone else just now") from error
        raise
    return outcome


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
