"""A streaming replica of an embedded server, made as PostgreSQL's documentation says: by pg_basebackup."""

from __future__ import annotations

import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa

from data.postgres.account import server_account
from data.postgres.programs import Programs
from data.postgres.server import EmbeddedServer
from tests.postgres.support import OPTIONS, wait_until


class Standby:
    """A replica with a data folder and a port of its own; it runs from `start` until `stop` or `kill`."""

    def __init__(self, primary: EmbeddedServer, folder: Path) -> None:
        self.primary, self.folder = primary, folder
        self.data = folder / "standby"
        self.port = _free_port()
        self._programs = Programs(primary.bin_dir, server_account())
        self._process: subprocess.Popen[bytes] | None = None
        self.data.mkdir(mode=0o700)
        self._programs.account.own(self.data)
        # As a connection string, so that the password goes into the file that --write-recovery-conf writes.
        source = psycopg.conninfo.make_conninfo(
            host=str(primary.socket_dir), port=primary.port, user="postgres", password=primary.superuser_password
        )
        run = self._programs.run("pg_basebackup", "--pgdata", self.data, "--write-recovery-conf", "--checkpoint=fast",
                                 "--no-sync", "--dbname", source)  # fmt: skip
        assert run.returncode == 0, run.stderr

    @property
    def url(self) -> str:
        """The address of the application's database there, under the same login."""
        return self._url(sa.make_url(self.primary.url)).render_as_string(hide_password=False)

    def start(self) -> None:
        """Start it and wait until it answers."""
        settings = {**OPTIONS, "port": str(self.port), "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
        settings["max_standby_streaming_delay"] = "0"  # so that a test need not wait for what is cancelled
        arguments = ["-D", str(self.data)]
        for name, value in settings.items():
            arguments += ["-c", f"{name}={value}"]
        with (self.folder / "standby.log").open("ab") as log:
            self._process = self._programs.start("postgres", arguments, log)
        wait_until(self._answers, f"the replica does not start: {(self.folder / 'standby.log').read_text()[-2000:]}")

    def kill(self) -> None:
        """End it, every process of it at once, without a chance to say anything."""
        assert self._process is not None
        with suppress(ProcessLookupError):
            _signal_all(self._process.pid, signal.SIGKILL)
        self._process.wait(20)
        self._process = None

    def halt(self) -> None:
        """Let it stand still: connections stay, and nothing answers."""
        assert self._process is not None
        _signal_all(self._process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """End a halt."""
        assert self._process is not None
        _signal_all(self._process.pid, signal.SIGCONT)

    def stop(self) -> None:
        """End it if it runs."""
        if self._process is not None:
            self.kill()

    def answer(self, statement: str) -> Any:
        """The first value that `statement` returns there, to a superuser."""
        url = self._url(sa.make_url(self.primary.superuser_url)).set(database="daybook")
        with psycopg.connect(
            host="127.0.0.1", port=self.port, user=url.username, password=url.password, dbname=url.database,
            autocommit=True, connect_timeout=5,
        ) as conn:  # fmt: skip
            row = conn.execute(statement).fetchone()
            return row[0] if row else None

    def await_replay(self) -> None:
        """Wait until it has everything that the primary has now."""
        from tests.postgres.support import answer

        written = answer(self.primary, "select pg_current_wal_lsn()")
        caught_up = f"select pg_last_wal_replay_lsn() >= '{written}'"
        wait_until(lambda: bool(self.answer(caught_up)), "the replica does not catch up")

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError):
            return bool(self.answer("select pg_is_in_recovery()"))
        return False

    def _url(self, url: sa.URL) -> sa.URL:
        return url.set(host="127.0.0.1", port=self.port, query={})


def _signal_all(postmaster: int, number: signal.Signals) -> None:
    import psutil

    process = psutil.Process(postmaster)
    for one in [*process.children(recursive=True), process]:
        with suppress(psutil.Error):
            one.send_signal(number)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
