"""The sample into an empty database: revision 1 is the reference data, revisions 2 to 13 are a month of sales each."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial

import sqlalchemy as sa

from data.db import Database
from data.errors import LoadError
from data.loading.facts import FACTS, copy_lines, open_load, record_load, with_load
from data.loading.progress import Progress, silent
from data.loading.sample_files import SampleFiles, months
from data.loading.sample_reference import copy_reference
from data.models import Load, Revision, versioned_tables
from data.scope import Scope

AUTHOR = "daybook"
_STEP = 50_000


class _LoadedMeanwhileError(Exception):
    """Someone else loaded this part while we waited; the transaction is rolled back and the next part follows."""


def is_empty(database: Database) -> bool:
    """Whether nothing was ever loaded or edited here; raises SchemaError where the database was never migrated."""
    with database.reading(Scope.everything()) as conn:
        return conn.scalar(sa.select(Revision.revision).limit(1)) is None


def is_unfinished(database: Database) -> bool:
    """Whether a load of the sample was interrupted: its reference data is there, and a month is missing."""
    reference, *facts = _parts(SampleFiles())
    with database.owner.connect() as conn:
        loaded = _loaded_digests(conn)
    return reference in loaded and not loaded.issuperset(facts)


def load_sample(database: Database, *, progress: Progress | None = None) -> None:
    """Load what is missing of the sample; an interrupted load is continued, and nothing is loaded twice.

    What was loaded and undone since stays undone. Raises LoadError where the database holds something else, and
    SchemaError where it was never migrated.
    """
    files = SampleFiles()
    show = progress or silent
    with database.reading(Scope.everything()) as conn:
        loaded = _loaded_digests(conn)
    missing = {digest: load for digest, load in _parts(files).items() if digest not in loaded}
    for digest, load in missing.items():
        try:
            load(database, files, digest, show)
        except _LoadedMeanwhileError:
            continue
    if missing:
        _analyze(database)


def _analyze(database: Database) -> None:
    """Let the planner know the sizes now, not when autovacuum comes round."""
    with database.owner.execution_options(isolation_level="AUTOCOMMIT").connect() as conn:
        for table in versioned_tables():
            conn.execute(sa.text(f"analyze {table.name}"))


def _parts(files: SampleFiles) -> dict[bytes, Callable[[Database, SampleFiles, bytes, Progress], None]]:
    """What is loaded as one revision each, in order, by the digest that tells whether it was."""
    whole = files.digest("transactions")
    parts: dict[bytes, Callable[[Database, SampleFiles, bytes, Progress], None]] = {
        files.digest("products"): _load_reference
    }
    for month in months():
        parts[hashlib.sha256(whole + month.isoformat().encode()).digest()] = partial(_load_month, month)
    return parts


def _loaded_digests(conn: sa.Connection) -> set[bytes]:
    return {bytes(digest) for digest in conn.scalars(sa.select(Load.content_sha256))}


def _load_reference(database: Database, files: SampleFiles, digest: bytes, show: Progress) -> None:
    with database.writing(author=AUTHOR, reason="Sample: reference data", kind="load") as conn:
        conn.execute(sa.select(sa.func.history.next_revision()))
        if digest in _loaded_digests(conn):
            raise _LoadedMeanwhileError
        if conn.scalar(sa.select(Revision.revision).limit(1)) is not None:
            raise LoadError("the sample is loaded into an empty database only; this one holds other data")
        copy_reference(conn, files, show)


def _load_month(month: date, database: Database, files: SampleFiles, digest: bytes, show: Progress) -> None:
    started_at = datetime.now(UTC)
    with database.writing(author=AUTHOR, reason=f"Sample: sales of {month:%B %Y}", kind="load") as conn:
        load = open_load(conn, FACTS)
        if digest in _loaded_digests(conn):
            raise _LoadedMeanwhileError
        lines = with_load(files.lines_of(month), load)
        for start in range(0, lines.num_rows, _STEP):
            copy_lines(conn, lines.slice(start, _STEP))
            show(files.lines_before(month) + start, files.lines.num_rows, "sales")
        source = f"transactions.parquet, {month:%Y-%m}"
        record_load(conn, load, source=source, digest=digest, started_at=started_at, rows=lines.num_rows)
    show(files.lines_before(month) + lines.num_rows, files.lines.num_rows, "sales")
