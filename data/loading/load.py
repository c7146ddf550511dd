"""One file, one revision: `load_file` loads facts or reference rows, all of them or none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from data.db import Database
from data.errors import AlreadyLoaded, LoadError, UnknownName, UsageError
from data.loading.content import content_of
from data.loading.lines import SALES_COLUMNS
from data.loading.options import Job, Options, Outcome
from data.loading.progress import Progress, silent
from data.loading.readers import open_source
from data.loading.reference import REFERENCE_TABLES
from data.loading.reference_file import load_reference_rows
from data.loading.rejects import report_path
from data.loading.sales import load_sales_rows

SALES = "sales"
TABLES = (SALES, *REFERENCE_TABLES)
_LOADED_BEFORE = "DB005"


class _DryRunDone(Exception):
    """Carries a dry run's outcome out of the transaction, which is rolled back."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome


def load_file(
    database: Database, table: str, path: Path, *, options: Options | None = None, progress: Progress | None = None
) -> Outcome:
    """Load `path` into `table` (one of TABLES) as one revision.

    Raises UsageError for a request that makes no sense, Rejected where rows break rules, AlreadyLoaded for content
    that is loaded already, and LoadError for a file that cannot be read or fits no table; nothing has changed then.
    """
    options, show, started_at = options or Options(), progress or silent, datetime.now(UTC)
    _check(table, options)
    columns = SALES_COLUMNS if table == SALES else REFERENCE_TABLES[table].columns
    required = [column.name for column in columns if column.required]
    optional = [column.name for column in columns if not column.required]
    source = open_source(path, options.mapping, required=required, optional=optional)
    before = _stamp(path)
    show(0, None, "reading")
    job = Job(source, content_of(path), options, show, started_at, options.report or report_path(path))

    def work(conn: sa.Connection) -> Outcome:
        outcome = (
            load_sales_rows(conn, job) if table == SALES else load_reference_rows(conn, REFERENCE_TABLES[table], job)
        )
        if _stamp(path) != before:
            raise LoadError(f"{path.name} changed while it was read; load it again when it is complete")
        return outcome

    return _as_one_revision(database, job, table, work)


def _check(table: str, options: Options) -> None:
    if table not in TABLES:
        raise UnknownName(f"table must be one of {', '.join(TABLES)}; got {table!r}")
    period = options.period
    if period is None:
        return
    if table != SALES:
        raise UsageError(f"only sales can replace a period; got {table}")
    if period.start >= period.end:
        raise UsageError(f"a period must start before it ends, and its end is not part of it; got {period}")


def _as_one_revision(database: Database, job: Job, table: str, work: Callable[[sa.Connection], Outcome]) -> Outcome:
    reason = job.options.reason or f"{table} from {job.source.path.name}"
    try:
        with database.writing(author=job.options.author, reason=reason, kind="load") as conn:
            outcome = work(conn)
            if job.options.dry_run:
                raise _DryRunDone(outcome)
    except _DryRunDone as done:
        return done.outcome
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == _LOADED_BEFORE:  # someone loaded it between our look and our write
            raise AlreadyLoaded(f"{job.source.path.name}: this content was loaded by someone else just now") from error
        raise
    return outcome


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
