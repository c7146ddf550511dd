"""The process that owns PostgreSQL: `python -m data.postgres.supervisor`, started by the first user of a home folder.

It lives for as long as anyone holds the users' lock. It starts PostgreSQL, starts it again when it was killed, and
stops it once it has the users' lock for itself, which it keeps to its end: a user who arrives meanwhile waits for that
and then starts a new supervisor. It must keep to one thread, because PostgreSQL ends with the thread that started it.
"""

from __future__ import annotations

import argparse
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from data.errors import DataError, ServerError
from data.postgres import logs, postmaster
from data.postgres.archiving import ARCHIVE, OFF, archive_options
from data.postgres.binaries import usable_programs
from data.postgres.initialise import has_data, initialise, replace_lost_passwords
from data.postgres.layout import Layout, prepare_home
from data.postgres.locks import FileLock
from data.postgres.postmaster import Postmaster
from data.postgres.processes import clear_the_way
from data.postgres.programs import Programs
from data.postgres.sockets import remove_short_folder, socket_folder
from data.postgres.state import Phase, State

PAUSE_S = 0.1
START_PAUSE_S = 0.02
TRIES = 5
STEADY_S = 10.0
LONGEST_PAUSE_S = 3.0
# Parts of a killed server may take a moment to notice.
LINGERING = "pre-existing shared memory"
LINGERING_TRIES = 30
RECOVERING = "PostgreSQL is recovering after an unclean stop."


class Supervisor:
    """One server on one home folder, from its start to its end."""

    def __init__(self, layout: Layout, options: dict[str, str], lock: FileLock) -> None:
        self.layout = layout
        self.lock = lock
        self.options = options
        self.users = FileLock(layout.users_lock)
        self.state = State.of_this_process()
        self.is_told_to_stop = False
        self.waker = _wake_on_signals(self)
        self.logs_checked_at = 0.0
        self.failed_starts = self.quick_ends = 0
        self.tell("preparing")

    def run(self) -> None:
        """Serve until nobody uses the server any more."""
        server: Postmaster | None = None
        try:
            programs, sockets = self.prepare()
            self.state = replace(self.state, socket_dir=str(sockets), bin_dir=str(programs.folder))
            while not self.is_over():
                server = self.begin(programs, sockets)
                began, was_ready = time.monotonic(), self.watch(server)
                if server.has_ended:
                    self.judge_end(server, was_ready=was_ready, lived_s=time.monotonic() - began)
        finally:
            self.finish(server)

    def prepare(self) -> tuple[Programs, Path]:
        """Everything that a start needs: the programs, the data folder and the folder of the socket."""
        account, place = self.layout.account, self.layout.place
        programs = Programs(usable_programs(account, place), account)
        if not has_data(self.layout):
            self.tell("preparing", "Preparing the database for the first time.")
            initialise(self.layout, programs, is_durable=self.options.get("fsync", "on") != "off")
        postmaster.check_version(self.layout, programs)
        self.options |= archive_options(self.layout, programs, self.options.get(ARCHIVE))
        if self.options.get(ARCHIVE) == OFF:
            del self.options[ARCHIVE]
        return programs, socket_folder(self.layout)

    def begin(self, programs: Programs, sockets: Path) -> Postmaster:
        """Start the server on a data folder that nothing else works on."""
        self.tell("starting")
        clear_the_way(self.layout, sockets)
        replace_lost_passwords(self.layout, programs)
        if postmaster.needs_recovery(self.layout, programs):
            self.tell("recovering", RECOVERING)
        return postmaster.start(self.layout, programs, sockets, self.options)

    def watch(self, server: Postmaster) -> bool:
        """Return when the server has ended or nobody uses it; whether it was ready meanwhile."""
        while not server.has_ended and not self.is_over():
            if self.state.phase != "ready" and server.is_ready:
                self.state = replace(self.state, postmaster=server.process.pid)
                self.tell("ready")
            self.pause(PAUSE_S if self.state.phase == "ready" else START_PAUSE_S)
        return self.state.phase == "ready"

    def judge_end(self, server: Postmaster, *, was_ready: bool, lived_s: float) -> None:
        """After an end that nobody asked for: raise ServerError where it is no use to start the server again."""
        _note(f"PostgreSQL ended with status {server.process.returncode}")
        why = server.why()
        refused = (server.process.returncode or 0) > 0 and not was_ready
        waits = refused and LINGERING in why
        self.failed_starts = 0 if was_ready else self.failed_starts + 1
        hopeless = refused and not waits and not self.state.postmaster
        if hopeless or self.failed_starts >= (LINGERING_TRIES if waits else TRIES):
            raise ServerError(why)
        self.quick_ends = self.quick_ends + 1 if lived_s < STEADY_S else 0
        self.pause(1.0 if waits else min(0.1 * self.quick_ends, LONGEST_PAUSE_S))

    def is_over(self) -> bool:
        """Whether to stop: nobody holds the users' lock, the machine goes down, or the home was replaced."""
        return self.is_told_to_stop or not self.lock.is_in_place or self.users.try_exclusive()

    def finish(self, server: Postmaster | None) -> None:
        """Stop the server and leave nothing behind."""
        try:
            self.tell("stopping")
        finally:
            if server is not None:
                server.stop()
            remove_short_folder(self.layout)

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than until a signal arrives, such as that of the server's end."""
        if select.select([self.waker], [], [], seconds)[0]:
            os.read(self.waker, 4096)
        if time.monotonic() - self.logs_checked_at > 60:
            self.logs_checked_at = time.monotonic()
            for path in (self.layout.server_log, self.layout.supervisor_log):
                logs.bound(path)

    def tell(self, phase: Phase, message: str = "") -> None:
        """Let those who wait know the phase."""
        self.state = replace(self.state, phase=phase, message=message)
        self.state.write(self.layout.state)
        _note(f"{phase} {message}".strip())


def main(arguments: Sequence[str] | None = None) -> int:
    """Detach from the starting process, then supervise."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--lock", type=int, required=True, help="descriptor of the supervisor's lock, held already")
    parser.add_argument("--option", action="append", default=[], help="NAME=VALUE, a setting of the server")
    given = parser.parse_args(arguments)
    if os.fork():
        os._exit(0)
    os.setsid()
    os.umask(0o077)
    layout = prepare_home(given.home)
    lock = FileLock.adopted(given.lock, layout.supervisor_lock)
    supervisor = Supervisor(layout, dict(option.split("=", 1) for option in given.option), lock)
    try:
        supervisor.run()
    except (DataError, OSError) as error:
        _note(traceback.format_exc())
        supervisor.tell("failed", str(error))
        return 1
    return 0


def _wake_on_signals(supervisor: Supervisor) -> int:
    def stop(_number: int, _frame: object) -> None:
        supervisor.is_told_to_stop = True

    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)
    return reader


def _note(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())} UTC [{os.getpid()}] {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
