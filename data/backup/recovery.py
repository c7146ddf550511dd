"""Lets PostgreSQL go on from the files of a base backup with the archive, up to a target."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from data.backup.archive import Archive
from data.errors import BackupError
from data.loading.progress import Progress
from data.postgres import postmaster
from data.postgres.archiving import fetch_command
from data.postgres.layout import Layout
from data.postgres.postmaster import Postmaster
from data.postgres.programs import Programs
from data.postgres.segments import segment_at, segment_number
from data.postgres.sockets import socket_folder

_PAUSE_S = 0.1
_MB = 1_000_000
_FETCHED = re.compile(r'restored log file "([0-9A-F]{24})" from archive')
TOO_NEW = "is before consistent recovery point"
NOT_REACHED = "recovery ended before configured recovery target was reached"


@dataclass(frozen=True)
class Target:
    """Where a recovery stops: what people call it, and PostgreSQL's settings; without settings, where the log ends.

    What was seen already is in the base or in the archive: not reached, it is in the base.
    """

    called: str
    settings: Mapping[str, str] = field(default_factory=dict)
    was_seen: bool = False


def recover(layout: Layout, programs: Programs, archive: Archive, target: Target, progress: Progress) -> None:
    """Recover the data folder of `layout`, which holds the files of a base, to the target; its server is stopped then.

    Raises BackupError where the target is not reached, lies before the base, or the log does not go on to its end.
    """
    (layout.data / "recovery.signal").touch(mode=0o600)
    layout.account.own(layout.data / "recovery.signal")
    options = {
        "restore_command": fetch_command(archive.folder),
        "recovery_target_timeline": "current",
        "recovery_target_action": "promote",
        "hot_standby": "off",  # so that it is ready only at the target, and asks for no settings of the original
        "archive_mode": "off",
        **target.settings,
    }
    server = postmaster.start(layout, programs, socket_folder(layout), options)
    try:
        _follow(server, archive, f"replaying the log to {target.called}", progress)
        if server.has_ended:
            raise BackupError(_reason(server, archive, target))
    finally:
        server.stop()
    if not target.settings:
        _check_end(layout.data, archive)


def _follow(server: Postmaster, archive: Archive, phase: str, progress: Progress) -> None:
    total = len(archive.numbers) * archive.segment_bytes // _MB
    progress(0, total, phase)
    while not (server.is_ready or server.has_ended):
        if fetched := _FETCHED.findall(server.said()):
            number = segment_number(fetched[-1], archive.segment_bytes) or archive.first
            done = (number - archive.first + 1) * archive.segment_bytes // _MB
            progress(min(max(done, 0), total), total, phase)
        time.sleep(_PAUSE_S)


def _reason(server: Postmaster, archive: Archive, target: Target) -> str:
    said = server.said()
    if TOO_NEW in said or (NOT_REACHED in said and target.was_seen):
        return f"the base is newer than {target.called}: it was only just being copied then; take an older base backup"
    if NOT_REACHED in said:
        return f"{target.called} was not reached: {archive.end}"
    return server.why()


def _check_end(data: Path, archive: Archive) -> None:
    """That the log was replayed to its last segment: a page that does not fit ends it early, without an error."""
    histories = sorted((data / "pg_wal").glob("????????.history"))
    lines = [line.split() for line in histories[-1].read_text().splitlines() if line.strip()] if histories else []
    if not lines:
        raise BackupError(f"where the recovery ended is not known: {data / 'pg_wal'} has no history")
    reached = segment_at(lines[-1][1], archive.segment_bytes)
    if reached < archive.last:
        raise BackupError(
            f"the log could be replayed only up to the segment {archive.name(reached)}, which or the next of which is"
            f" damaged; the archive goes on to {archive.name(archive.last)}. What is before it can be restored with"
            " --before-revision or --until"
        )
