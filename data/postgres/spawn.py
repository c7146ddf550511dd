"""Starting a supervisor, in a way that at most one can ever run on a home folder."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import data
from data.errors import ServerError
from data.postgres.layout import Layout
from data.postgres.locks import FileLock
from data.postgres.logs import open_log
from data.postgres.state import SUPERVISOR, forget_state


def start_supervisor_if_absent(layout: Layout, options: Mapping[str, str]) -> bool:
    """Start a supervisor unless one runs; whether this call did.

    The caller holds the users' lock. Having the supervisor's lock proves that none runs; the new one inherits the very
    same open file, so that there is no moment in which another could begin.
    """
    lock = FileLock(layout.supervisor_lock)
    try:
        if not lock.try_exclusive():
            return False
        forget_state(layout.state)
        _start(layout, options, lock.fd)
        return True
    finally:
        lock.close()


def _start(layout: Layout, options: Mapping[str, str], lock: int) -> None:
    command = [sys.executable, "-P", "-m", SUPERVISOR, "--home", str(layout.home), "--lock", str(lock)]
    for name, value in options.items():
        command += ["--option", f"{name}={value}"]
    log = open_log(layout.supervisor_log)
    try:
        run = subprocess.run(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=_environment(),
            cwd="/",
            pass_fds=(lock,),
            start_new_session=True,
            check=False,
        )
    finally:
        os.close(log)
    if run.returncode != 0:
        raise ServerError(f"the supervisor of PostgreSQL did not start; its log is {layout.supervisor_log}")


def _environment() -> dict[str, str]:
    root = str(Path(data.__file__).resolve().parents[1])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
