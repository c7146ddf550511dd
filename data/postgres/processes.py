"""Processes of an earlier server: found by what they are, never by a number in a file alone."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from data.errors import ServerError
from data.postgres.layout import Layout

# Signals and how long to wait after each: for a server, and for parts of one that was killed.
STOP = ((signal.SIGINT, 120.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0))
SWEEP = ((signal.SIGQUIT, 2.0), (signal.SIGKILL, 10.0))
MARK = "cluster_name=daybook"


def postmaster_pid(data: Path) -> int | None:
    """The process that `postmaster.pid` names, or None where the file is missing, empty or not understood."""
    try:
        first = (data / "postmaster.pid").read_bytes().split(b"\n", 1)[0]
        pid = int(first)
    except (OSError, ValueError):
        return None
    return pid if 0 < pid < 2**31 else None


def postmaster_status(data: Path, pid: int) -> str:
    """What the server `pid` says of itself in `postmaster.pid`: starting, ready, stopping, or nothing yet."""
    try:
        lines = (data / "postmaster.pid").read_text(errors="replace").splitlines()
    except OSError:
        return ""
    return lines[7].strip() if len(lines) >= 8 and lines[0].strip() == str(pid) else ""


def clear_the_way(layout: Layout, sockets: Path) -> None:
    """Stop what is left of an earlier server on this data folder; raise ServerError where another one uses it.

    The caller holds the supervisor's lock: a server of ours that still runs has lost its supervisor.
    """
    living = list(_living(layout.data))
    for process in living:
        if not _is_postmaster(process, {other.pid for other in living}):
            continue
        if MARK not in _command(process):
            raise ServerError(
                f"the data folder {layout.data} is in use by another server (process {process.pid}); stop it first"
            )
        _end(process, STOP)
    for process in _living(layout.data):
        _end(process, SWEEP)
    _remove_stale_files(layout.data, sockets)


def _remove_stale_files(data: Path, sockets: Path) -> None:
    # No process works on this folder any more. PostgreSQL copes with a file that names a process which is gone, but it
    # refuses to start on an empty or garbled one, or if a foreign process of the same account has that number by now.
    pid = postmaster_pid(data)
    if pid is None or psutil.pid_exists(pid):
        (data / "postmaster.pid").unlink(missing_ok=True)
    for leftover in sockets.glob(".s.PGSQL.*"):
        leftover.unlink(missing_ok=True)


def _living(data: Path) -> Iterator[psutil.Process]:
    # Every process of a server has its data folder as its working folder, from its first steps to its end.
    try:
        target = data.stat()
    except FileNotFoundError:
        return
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if _looks_like_postgres(process) and _works_in(process, data, target):
                yield process


def _looks_like_postgres(process: psutil.Process) -> bool:
    return process.name().startswith("postgres") and process.status() != psutil.STATUS_ZOMBIE


def _works_in(process: psutil.Process, data: Path, target: os.stat_result) -> bool:
    try:
        found = Path(process.cwd()).stat()
    except psutil.AccessDenied:
        # In a container root may be barred from looking at processes of other accounts, but for their command line.
        command = process.cmdline()
        return "-D" in command and command[command.index("-D") + 1] == str(data)
    return (found.st_dev, found.st_ino) == (target.st_dev, target.st_ino)


def _is_postmaster(process: psutil.Process, living: set[int]) -> bool:
    # Its children soon show what they do in place of its command line: `postgres: daybook: checkpointer`.
    with suppress(psutil.Error):
        command = process.cmdline()
        return bool(command) and Path(command[0]).name == "postgres" and process.ppid() not in living
    return False


def _command(process: psutil.Process) -> list[str]:
    with suppress(psutil.Error):
        return process.cmdline()
    return [MARK]


def _end(process: psutil.Process, steps: Sequence[tuple[signal.Signals, float]]) -> None:
    # psutil compares the start time before it signals, so that a number taken over by another process is safe.
    for number, patience in steps:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
        if _has_ended(process, patience):
            return
    raise ServerError(f"an earlier server (process {process.pid}) does not stop")


def _has_ended(process: psutil.Process, patience_s: float) -> bool:
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        with suppress(psutil.NoSuchProcess):
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                time.sleep(0.02)
                continue
        return True
    return False
