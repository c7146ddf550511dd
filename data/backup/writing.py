"""Makes a backup: one snapshot, dumped and digested, read back, and put in its place as a whole."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import sqlalchemy as sa

from data.backup.digests import TableDigest, table_digests
from data.backup.folder import new_folder
from data.backup.manifest import DUMP, FORMAT, Manifest, read_manifest, write_manifest
from data.backup.script import Script, last_line
from data.db import Database
from data.doctor import chain_head
from data.errors import BackupError, SchemaError
from data.loading.progress import Progress, silent
from data.migrating import current_version
from data.postgres.clients import client_environment, client_program

_EVERY = 50_000


def write_backup(database: Database, folder: Path, *, progress: Progress = silent) -> Manifest:
    """Write the whole database to the new or empty `folder`, while others go on working; what it says about itself.

    Raises UsageError where something is in the folder, BackupError where the dump fails or does not hold every row.
    """
    prefix = database.roles.keeper.removesuffix("_keeper")  # raises where nothing was migrated
    migration = current_version(database.owner)
    if migration is None:
        raise SchemaError
    with new_folder(folder) as draft:
        snapshot = database.owner.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with snapshot.begin() as conn:
            number = str(conn.scalar(sa.text("select pg_export_snapshot()")))
            server = int((conn.dialect.server_version_info or (0,))[0])
            tables = table_digests(conn, progress=progress, total=None, phase="reading tables")
            login = str(conn.scalar(sa.text("select current_user")))
            progress(0, None, "writing the dump")
            _dump(database.owner.url, draft / DUMP, snapshot=number, server_major=server)
            head = str(chain_head(conn))
        made_at = datetime.now(UTC).isoformat(timespec="seconds")
        manifest = Manifest(FORMAT, version("daybook"), made_at, server, prefix, login, migration, head, tables)
        _check_rows(draft / DUMP, tables, progress)
        write_manifest(draft, manifest)
        return read_manifest(draft)


def _dump(url: sa.URL, path: Path, *, snapshot: str, server_major: int) -> None:
    program = client_program("pg_dump", server_major=server_major)
    command = [program, "--format=custom", f"--snapshot={snapshot}", "--no-password", f"--file={path}"]
    environment = client_environment(url, PGAPPNAME="daybook backup", LC_ALL="C", PGCLIENTENCODING="UTF8")
    done = subprocess.run(command, env=environment, capture_output=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise BackupError(f"the database was not dumped: {last_line(done.stderr)}")


def _check_rows(dump: Path, tables: dict[str, TableDigest], progress: Progress) -> None:
    """Read the dump back: whether it can be read to its end, and holds as many rows as each table has."""
    script, total = Script(dump), sum(table.rows for table in tables.values())
    for _, is_row in script.lines():
        if is_row and script.seen % _EVERY == 0:
            progress(script.seen, total, "checking the dump")
    progress(script.seen, total, "checking the dump")
    wrong = [
        f"{name} has {table.rows:,} rows, the dump {script.rows.get(name, 0):,}"
        for name, table in tables.items()
        if script.rows.get(name, 0) != table.rows
    ]
    if wrong:
        raise BackupError(f"the dump does not hold every row: {'; '.join(wrong[:5])}")
