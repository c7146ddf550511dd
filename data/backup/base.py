"""Makes a base backup: the files of a running server, from which its archive leads to any later moment."""

from __future__ import annotations

import json
import re
import subprocess
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import sqlalchemy as sa

from data.backup.base_manifest import BASE, FORMAT, KIND, BaseManifest, read_base_manifest, write_base_manifest
from data.backup.folder import new_folder
from data.backup.script import last_line
from data.db import Database, make_engine
from data.doctor import chain_head
from data.errors import BackupError, SchemaError, ServerError
from data.loading.progress import Progress, silent
from data.migrating import current_version
from data.postgres.archiving import ARCHIVE
from data.postgres.clients import client_environment, client_program
from data.postgres.segments import segment_at, segment_name

ELSEWHERE = "see docs/operations.md for what to use instead"
_COPIED = re.compile(rb"(\d+)/(\d+) kB")
_ARCHIVED_WITHIN_S = 60.0
_SERVER = sa.text("""
    select system_identifier::text as system, (select timeline_id from pg_control_checkpoint()) as timeline,
           (select setting::bigint from pg_settings where name = 'wal_segment_size') as segment_bytes,
           current_setting('archive_mode') as archive_mode, current_setting(:archive, true) as archive,
           (select rolreplication or rolsuper from pg_roles where rolname = current_user) as may_replicate,
           current_user as login, current_setting('server_version_num')::int / 10000 as major
    from pg_control_system()
""")
_ARCHIVER = sa.text("select last_archived_wal, last_failed_wal from pg_stat_archiver")


def write_base(
    database: Database, folder: Path, *, replication_url: str | None = None, progress: Progress = silent
) -> BaseManifest:
    """Write the server's files to the new or empty `folder`, while others go on working; what it says about itself.

    `replication_url` is the embedded server's login that may copy them; without it, the owner's must. `progress` is
    told MB. Raises BackupError where the server has no archive, the login may not, or a file is not as it was sent.
    """
    migration = current_version(database.owner)
    if migration is None:
        raise SchemaError
    engine = database.owner if replication_url is None else make_engine(replication_url)
    try:
        server = _server(engine, is_embedded=replication_url is not None)
        with database.owner.connect() as conn:
            revision = chain_head(conn).revision
        with new_folder(folder) as draft:
            _copy(engine.url, draft / BASE, progress)
            _verify(draft / BASE, progress, server_major=server.major)
            stop = _stop_segment(draft / BASE, server.segment_bytes)
            _await_archive(engine, segment_name(server.timeline, stop, server.segment_bytes), progress)
            made_at = datetime.now(UTC).isoformat(timespec="seconds")
            whose = (server.major, replication_url is not None, server.system, server.timeline, server.segment_bytes)
            daybook, archive = version("daybook"), server.archive or ""
            write_base_manifest(
                draft, BaseManifest(FORMAT, KIND, daybook, made_at, *whose, stop, migration, revision, archive)
            )
            return read_base_manifest(draft)
    finally:
        if engine is not database.owner:
            engine.dispose()


def verify_files(base: Path, *, server_major: int) -> None:
    """Raise BackupError naming a file that is not as its list says."""
    program = client_program("pg_verifybackup", server_major=server_major)
    options = ["--quiet", "--exit-on-error"]
    if not program_is_of(program, server_major):
        options.append("--no-parse-wal")  # only programs of the same version can read the log
    english = client_environment(sa.make_url("postgresql://"), LC_ALL="C")
    done = subprocess.run([program, *options, str(base)], env=english, capture_output=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise BackupError(f"{base} is damaged: {last_line(done.stderr)}")


def program_is_of(program: str, major: int) -> bool:
    """Whether the program is of this major version of PostgreSQL."""
    run = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    return re.search(rf"\) {major}\b", run.stdout) is not None


def _server(engine: sa.Engine, *, is_embedded: bool) -> sa.Row[tuple[object, ...]]:
    with engine.connect() as conn:
        found = conn.execute(_SERVER, {"archive": ARCHIVE}).one()
    if not found.may_replicate:
        raise BackupError(
            f"a base backup needs a login with the right REPLICATION, and {found.login} has not got it; {ELSEWHERE}"
        )
    if found.archive_mode == "off":
        remedy = "set DAYBOOK_WAL_ARCHIVE, and start it again" if is_embedded else f"switch it on, or {ELSEWHERE}"
        raise BackupError(f"a base backup is of use only with an archive, and this server runs without one; {remedy}")
    return found


def _copy(url: sa.URL, base: Path, progress: Progress) -> None:
    program = client_program("pg_basebackup")
    command = [program, f"--pgdata={base}", "--format=plain", "--wal-method=stream", "--checkpoint=fast", "--progress"]
    command += ["--manifest-checksums=SHA256", "--label=daybook", "--no-password"]
    environment = client_environment(url, PGAPPNAME="daybook backup", LC_ALL="C")
    progress(0, None, "copying the server's files")
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as running:  # noqa: S603
        assert running.stderr is not None  # noqa: S101  it is a pipe
        try:
            said = _follow(running, progress)
        except BaseException:
            running.terminate()
            raise
    if running.returncode != 0:
        raise BackupError(f"the server's files were not copied: {last_line(said)}; {ELSEWHERE}")


def _follow(running: subprocess.Popen[bytes], progress: Progress) -> bytes:
    said = b""
    while part := running.stderr.read1(4096) if running.stderr else b"":  # type: ignore[attr-defined]
        said = (said + part)[-65536:]
        if found := _COPIED.findall(part):
            done, total = (int(number) // 1000 for number in found[-1])
            progress(min(done, total), total, "copying the server's files")
    return said


def _verify(base: Path, progress: Progress, *, server_major: int) -> None:
    progress(0, None, "checking the copy")
    verify_files(base, server_major=server_major)


def _stop_segment(base: Path, segment_bytes: int) -> int:
    ranges = json.loads((base / "backup_manifest").read_text(encoding="utf-8"))["WAL-Ranges"]
    return segment_at(str(ranges[-1]["End-LSN"]), segment_bytes)


def _await_archive(engine: sa.Engine, wanted: str, progress: Progress) -> None:
    """Until the archive has what the files need: one that takes nothing is found out now, not at the restore."""
    progress(0, None, "waiting for the archive")
    until = time.monotonic() + _ARCHIVED_WITHIN_S
    while True:
        with engine.connect() as conn:
            archiver = conn.execute(_ARCHIVER).one()
        if (archiver.last_archived_wal or "")[:24] >= wanted:
            return
        if time.monotonic() > until:
            raise ServerError(
                f"the archive did not take the segment {wanted} within {_ARCHIVED_WITHIN_S:.0f} seconds"
                + (f" (it refused {archiver.last_failed_wal})" if archiver.last_failed_wal else "")
                + "; the server's log says why"
            )
        time.sleep(0.2)
