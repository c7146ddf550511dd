"""Restores a backup into an empty database, in one transaction, and holds every table against the backup's digests."""

from __future__ import annotations

import re
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO

import sqlalchemy as sa

from data.backup.digests import table_digests
from data.backup.manifest import DUMP, Manifest, read_manifest
from data.backup.roles import grant_creation, make_roles, revoke_creation
from data.backup.script import Script, last_line
from data.db import Database
from data.doctor import chain_head
from data.errors import BackupError
from data.loading.progress import Progress, silent
from data.migrating import knows_version
from data.postgres.clients import client_environment, client_program

_EVERY = 50_000
_TIMEOUT = b"SET transaction_timeout = 0;\n"  # unknown to servers before 17
_USED = sa.text("""
    select count(*) as n, min(nspname || '.' || relname) as first, current_database() as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where nspname !~ '^pg_' and nspname <> 'information_schema' and relkind in ('r', 'p', 'v', 'm', 'S', 'f')
""")


def restore_backup(database: Database, folder: Path, *, progress: Progress = silent) -> Manifest:
    """Restore the backup in `folder`; what it says about itself. The database must be empty, and stays so on failure.

    Raises BackupError where a file is damaged, the backup is of a newer Daybook or server, the database is not empty,
    or what was restored differs.
    """
    progress(0, None, "checking the files")
    manifest = read_manifest(folder)
    with database.owner.connect() as conn:
        _check_fits(conn, manifest)
        login = str(conn.scalar(sa.text("select current_user")))
    with database.owner.begin() as conn:
        make_roles(conn, manifest.roles)
        grant_creation(conn, manifest.roles)
    try:
        _run(database.owner.url, folder / DUMP, manifest, login, progress)
    finally:
        with database.owner.begin() as conn:
            revoke_creation(conn, manifest.roles)
    with database.owner.execution_options(isolation_level="AUTOCOMMIT").connect() as conn:
        conn.execute(sa.text("analyze"))
    _compare(database, manifest, progress)
    return manifest


def _check_fits(conn: sa.Connection, manifest: Manifest) -> None:
    if not knows_version(manifest.migration):
        raise BackupError(
            f"the backup is at migration {manifest.migration}, which this Daybook does not know;"
            f" restore it with Daybook {manifest.daybook} or newer"
        )
    server = int((conn.dialect.server_version_info or (0,))[0])
    if server < manifest.server:
        raise BackupError(
            f"the backup is of PostgreSQL {manifest.server}; the server must not be older, it is {server}"
        )
    used = conn.execute(_USED).one()
    if used.n:
        raise BackupError(
            f"the database {used.name} is not empty: it has {used.n:,} tables and sequences, such as {used.first};"
            " restore into an empty one"
        )


def _run(url: sa.URL, dump: Path, manifest: Manifest, login: str, progress: Progress) -> None:
    command = [client_program("psql"), "--no-psqlrc", "--quiet", "--no-password", "--single-transaction"]
    command += ["--set=ON_ERROR_STOP=1", "--output=/dev/null", "--file=-"]
    environment = client_environment(url, PGAPPNAME="daybook restore", LC_ALL="C", PGCLIENTENCODING="UTF8")
    with tempfile.TemporaryFile() as said:
        writing = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=said, env=environment)  # noqa: S603
        assert writing.stdin is not None  # noqa: S101  it is a pipe
        try:
            _feed(writing.stdin, dump, manifest, login, progress)
        except BrokenPipeError:
            pass  # it has ended, and said why
        except BaseException:
            writing.kill()  # before it sees the end of its input, and commits
            writing.wait()
            raise
        with suppress(BrokenPipeError):
            writing.stdin.close()
        if writing.wait() != 0:
            said.seek(0)
            raise BackupError(f"nothing was restored: {last_line(said.read())}")


def _feed(to: IO[bytes], dump: Path, manifest: Manifest, login: str, progress: Progress) -> None:
    script = Script(dump)
    named = re.escape(manifest.login).encode()
    # The login that owned the database may have another name here.
    of_login = re.compile(rb'((?:ALTER|GRANT|REVOKE) .* (?:TO|FROM) )"?' + named + rb'"?;\n')
    ours = b'"' + login.replace('"', '""').encode() + b'"'
    for line, is_row in script.lines():
        if is_row:
            if script.seen % _EVERY == 0:
                progress(script.seen, manifest.rows, "restoring")
        elif line == _TIMEOUT:
            continue
        elif (found := of_login.fullmatch(line)) is not None:
            line = found[1] + ours + b";\n"  # noqa: PLW2901
        to.write(line)
    progress(script.seen, manifest.rows, "restoring")


def _compare(database: Database, manifest: Manifest, progress: Progress) -> None:
    with database.owner.begin() as conn:
        found = table_digests(conn, progress=progress, total=manifest.rows, phase="comparing tables")
        head = str(chain_head(conn))
    names = sorted(found.keys() | manifest.tables.keys())
    wrong = [name for name in names if found.get(name) != manifest.tables.get(name)]
    if head != manifest.head:
        wrong.append("the chain of revisions")
    if wrong:
        raise BackupError(f"what was restored differs from the backup in {', '.join(wrong[:5])}: do not use it")
