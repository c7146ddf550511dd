"""Using the embedded server: join the one that runs on a home folder or start it, and keep it while it is needed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from data.errors import DataError, ServerError
from data.postgres.joining import await_ready, await_stop, join_users
from data.postgres.layout import Layout, prepare_home
from data.postgres.locks import FileLock
from data.postgres.passwords import read_password
from data.postgres.server import EmbeddedServer
from data.postgres.spawn import start_supervisor_if_absent
from data.postgres.state import State

logger = logging.getLogger(__name__)

WATCH_S = 1.0
LONGEST_WATCH_S = 60.0
STOP_S = 10.0
NO_OPTIONS: Mapping[str, str] = MappingProxyType({})


class ServerLease:
    """A running server, and the lock that keeps it running until `close`, or until this process ends in any way.

    A process forked from this one shares the lock: it keeps the server running too, and closing there takes nothing
    away here. While the lease is open, a supervisor that was killed is replaced within seconds.
    """

    def __init__(self, layout: Layout, lock: FileLock, server: EmbeddedServer, options: Mapping[str, str]) -> None:
        self.server = server
        self._layout = layout
        self._lock = lock
        self._closed = threading.Event()
        arguments = (layout, options, self._closed)
        threading.Thread(target=_watch, args=arguments, name="daybook-postgres", daemon=True).start()

    def close(self, wait_s: float = STOP_S) -> None:
        """Let go of the server; where nobody else uses it, wait up to `wait_s` until it has stopped.

        In a container everything is killed when the first process ends, so that a stop in order has to be waited for.
        A second call does nothing.
        """
        if not self._closed.is_set():
            self._closed.set()
            self._lock.close()
            await_stop(self._layout, wait_s)


def open_server(
    home: Path, *, say: Callable[[str], None] = logger.info, options: Mapping[str, str] = NO_OPTIONS
) -> ServerLease:
    """Join or start the server of `home` and wait until it is ready; raises ServerError with the reason otherwise.

    `say` is told what takes time. `options` are settings of the server, used if this call starts it.
    """
    layout = prepare_home(home, say)
    try:
        lock = FileLock(layout.users_lock)
        try:
            join_users(lock, say)
            state = await_ready(layout, options, say)
            return ServerLease(layout, lock, _server(layout, state), dict(options))
        except BaseException:
            lock.close()
            raise
    except OSError as error:
        raise ServerError(f"the home folder {layout.home} cannot be used: {error.strerror}") from error


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


def _server(layout: Layout, state: State) -> EmbeddedServer:
    return EmbeddedServer(
        socket_dir=Path(state.socket_dir),
        bin_dir=Path(state.bin_dir),
        log_path=layout.server_log,
        password=_password(layout.login_password),
        superuser_password=_password(layout.superuser_password),
    )


def _password(path: Path) -> str:
    found = read_password(path)
    if found is None:
        raise ServerError(
            f"the password file {path} is missing; a start of the server without other users makes it anew"
        )
    return found


def _watch(layout: Layout, options: Mapping[str, str], closed: threading.Event) -> None:
    pause = WATCH_S
    while not closed.wait(pause):
        try:
            started = start_supervisor_if_absent(layout, options)
        except (DataError, OSError) as error:
            logger.warning("the supervisor of PostgreSQL could not be started: %s", error)
            started = True
        # One that fails again and again is tried less and less often.
        pause = min(pause * 2, LONGEST_WATCH_S) if started else WATCH_S
