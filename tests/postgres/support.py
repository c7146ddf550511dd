"""What the tests of the embedded server share: waiting with a bound, and a user in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
import sqlalchemy as sa

import data
from data.postgres import EmbeddedServer
from data.postgres.layout import Layout
from data.postgres.locks import FileLock
from data.postgres.state import SUPERVISOR, read_state

OPTIONS = {"fsync": "off", "shared_buffers": "16MB"}
PATIENCE_S = 20.0
ROOT = Path(data.__file__).resolve().parents[1]
PYTHONPATH = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))

USING = """
import sys
from pathlib import Path
from data.postgres import running_server

with running_server(Path(sys.argv[1]), say=lambda text: print("said", text, flush=True), options=%r) as server:
    print("ready", server.url, flush=True)
    sys.stdin.read()
"""


class User:
    """A process that uses the server of `home`."""

    def __init__(
        self,
        home: Path,
        *,
        python: Sequence[str] = (sys.executable,),
        env: Mapping[str, str] | None = None,
        **manner: Any,
    ) -> None:
        self.process = subprocess.Popen(
            [*python, "-P", "-c", USING % (OPTIONS,), str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": PYTHONPATH, **(env or {})},
            **manner,
        )
        self.said: list[str] = []

    def wait_until_ready(self) -> str:
        """The address of the server."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            word, _, rest = str(line).strip().partition(" ")
            if word == "ready":
                return rest
            self.said.append(rest)
        raise AssertionError(f"the user ended with {self.process.wait(PATIENCE_S)} after {self.said}")

    def leave(self) -> int:
        """End in order."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(PATIENCE_S)

    def kill(self) -> None:
        """End without a chance to clean up."""
        self.process.kill()
        self.process.wait(PATIENCE_S)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


def wait_until(condition: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    until = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < until, f"waited {patience_s} s in vain: {what}"
        time.sleep(0.02)


def postmaster_of(layout: Layout) -> int:
    """The server that its supervisor says is ready."""
    state = read_state(layout.state)
    assert state is not None
    assert state.phase == "ready"
    return state.postmaster


def supervisor_of(layout: Layout) -> int:
    state = read_state(layout.state)
    assert state is not None
    return state.pid


def is_alive(pid: int) -> bool:
    with suppress(psutil.Error):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def wait_until_gone(pid: int) -> None:
    wait_until(lambda: not is_alive(pid), f"process {pid} still runs")


def wait_until_stopped(layout: Layout) -> None:
    """Wait until neither a supervisor nor a server is left."""
    wait_until(lambda: _is_free(layout.supervisor_lock), "the supervisor still runs")
    assert servers_below(layout.place) == []


def _is_free(path: Path) -> bool:
    lock = FileLock(path)
    try:
        return lock.try_exclusive()
    finally:
        lock.close()


def servers_below(folder: Path) -> list[psutil.Process]:
    """Every process of any PostgreSQL whose working folder lies below `folder`."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.name() == "postgres" and Path(process.cwd()).is_relative_to(folder):
                found.append(process)
    return found


def postmasters_below(folder: Path) -> list[int]:
    """The servers themselves: a process that they forked just now still shows their command line."""
    servers = {process.pid for process in servers_below(folder)}
    found = []
    for pid in servers:
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            if "-D" in process.cmdline() and process.ppid() not in servers:
                found.append(pid)
    return found


def end_servers_below(folder: Path) -> None:
    """Leave nothing behind, whatever a test did."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            command = process.cmdline()
            if SUPERVISOR in command and any(part.startswith(f"{folder}/") for part in command):
                process.send_signal(signal.SIGTERM)
                wait_until_gone(process.pid)
    for process in servers_below(folder):
        with suppress(psutil.Error):
            process.kill()
            wait_until_gone(process.pid)


def answer(server: EmbeddedServer | str, statement: str) -> Any:
    """The first value that `statement` returns, on a connection of its own; None where it returns no rows."""
    with connection(server) as conn:
        result = conn.execute(statement)
        row = result.fetchone() if result.description else None
        return row[0] if row else None


def connection(server: EmbeddedServer | str) -> psycopg.Connection[Any]:
    url = sa.make_url(server if isinstance(server, str) else server.url)
    return psycopg.connect(
        host=str(url.query["host"]),
        port=int(str(url.query["port"])),
        user=url.username,
        password=url.password,
        dbname=url.database,
        autocommit=True,
        connect_timeout=5,
    )


def retried(action: Callable[[], Any], patience_s: float = PATIENCE_S) -> Any:
    """The result of `action` once it works, as an application that retries gets it."""
    until = time.monotonic() + patience_s
    while True:
        try:
            return action()
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
