"""Using the embedded server: join the one that runs on a home folder or start it, and keep it while it is needed."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from data.errors import DataError, ServerError
from data.postgres.initialise import kept_password
from data.postgres.layout import Layout, prepare_home
from data.postgres.locks import FileLock
from data.postgres.server import EmbeddedServer
from data.postgres.spawn import start_supervisor_if_absent
from data.postgres.state import State, read_state

logger = logging.getLogger(__name__)

PAUSE_S = 0.03
WATCH_S = 1.0
STARTS = 3
REMINDER_S = 15.0
NO_OPTIONS: Mapping[str, str] = MappingProxyType({})


class ServerLease:
    """A running server, and the lock that keeps it running until `close`, or until this process ends in any way.

    A process forked from this one shares the lock: it keeps the server running too, and closing there takes nothing
    away here. While the lease is open, a supervisor that was killed is replaced within seconds.
    """

    def __init__(self, layout: Layout, lock: FileLock, server: EmbeddedServer, options: Mapping[str, str]) -> None:
        self.server = server
        self._lock = lock
        self._closed = threading.Event()
        watch = threading.Thread(
            target=_watch, args=(layout, options, self._closed), name="daybook-postgres", daemon=True
        )
        watch.start()

    def close(self) -> None:
        """Let go of the server; it stops when nobody else uses it. A second call does nothing."""
        self._closed.set()
        self._lock.close()


def open_server(
    home: Path, *, say: Callable[[str], None] = logger.info, options: Mapping[str, str] = NO_OPTIONS
) -> ServerLease:
    """Join or start the server of `home` and wait until it is ready; raises ServerError with the reason otherwise.

    `say` is told what takes time. `options` are settings of the server, used if this call starts it.
    """
    layout = prepare_home(home, say)
    lock = FileLock(layout.users_lock)
    try:
        _join_users(lock, say)
        state = _await_ready(layout, options, say)
        return ServerLease(layout, lock, _server(layout, state), options)
    except BaseException:
        lock.close()
        raise


@contextmanager
def running_server(
    home: Path, *, say: Callable[[str], None] = logger.info, options: Mapping[str, str] = NO_OPTIONS
) -> Iterator[EmbeddedServer]:
    """The server of `home` for the duration of the block; see `open_server`."""
    lease = open_server(home, say=say, options=options)
    try:
        yield lease.server
    finally:
        lease.close()


def _join_users(lock: FileLock, say: Callable[[str], None]) -> None:
    # A supervisor that stops the server holds this lock for itself to its end.
    began, told = time.monotonic(), False
    while not lock.try_shared():
        if not told and time.monotonic() - began > 1:
            say("Waiting for PostgreSQL to finish stopping.")
            told = True
        time.sleep(PAUSE_S)


def _await_ready(layout: Layout, options: Mapping[str, str], say: Callable[[str], None]) -> State:
    starts, told, told_at = 0, "", time.monotonic()
    while True:
        if start_supervisor_if_absent_checked(layout, options, starts):
            starts += 1
        state = read_state(layout.state)
        if state is not None and state.is_current:
            if state.phase == "ready":
                return state
            if state.phase == "failed":
                raise ServerError(_with_log(state.message, layout))
            if state.message and (state.message != told or time.monotonic() - told_at > REMINDER_S):
                say(state.message if state.message != told else f"Still waiting: {state.message}")
                told, told_at = state.message, time.monotonic()
        time.sleep(PAUSE_S)


def start_supervisor_if_absent_checked(layout: Layout, options: Mapping[str, str], starts: int) -> bool:
    """Start a supervisor unless one runs, but give up once those that were started before have ended by themselves."""
    if starts == 0:
        return start_supervisor_if_absent(layout, options)
    probe = FileLock(layout.supervisor_lock)
    try:
        if not probe.try_exclusive():
            return False
        state = read_state(layout.state)
        if state is not None and state.phase == "failed":
            raise ServerError(_with_log(state.message, layout))
        if starts >= STARTS:
            raise ServerError(f"PostgreSQL did not start; its supervisor ended early, see {layout.supervisor_log}")
    finally:
        probe.close()
    return start_supervisor_if_absent(layout, options)


def _server(layout: Layout, state: State) -> EmbeddedServer:
    return EmbeddedServer(
        socket_dir=Path(state.socket_dir),
        bin_dir=Path(state.bin_dir),
        log_path=layout.server_log,
        password=kept_password(layout.login_password),
        superuser_password=kept_password(layout.superuser_password),
    )


def _with_log(message: str, layout: Layout) -> str:
    return f"{message}; the server's log is {layout.server_log}"


def _watch(layout: Layout, options: Mapping[str, str], closed: threading.Event) -> None:
    pause = WATCH_S
    while not closed.wait(pause):
        try:
            started = start_supervisor_if_absent(layout, options)
        except (DataError, OSError) as error:
            logger.warning("the supervisor of PostgreSQL could not be started: %s", error)
            started = True
        # One that fails again and again is tried less and less often.
        pause = min(pause * 2, 60.0) if started else WATCH_S
