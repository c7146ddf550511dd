"""Waiting for the server of a home folder, starting its supervisor where none runs."""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from data.errors import ServerError
from data.postgres.layout import Layout
from data.postgres.locks import FileLock
from data.postgres.server import PORT
from data.postgres.spawn import start_supervisor_if_absent
from data.postgres.state import State, read_state

PAUSE_S = 0.03
STARTS = 3
REMINDER_S = 15.0
UNSEEN_S = 60.0
FULL_BYTES = 32 * 1024 * 1024


def join_users(lock: FileLock, say: Callable[[str], None]) -> None:
    """Become a user of the server; waits while a supervisor, which then holds this lock to its end, stops it."""
    began, told = time.monotonic(), False
    while not lock.try_shared():
        if not told and time.monotonic() - began > 1:
            say("Waiting for PostgreSQL to finish stopping.")
            told = True
        time.sleep(PAUSE_S)


def await_ready(layout: Layout, options: Mapping[str, str], say: Callable[[str], None]) -> State:
    """The state of the server once it accepts connections; the caller has joined the users."""
    starts, news, seen_at = 0, News(say), time.monotonic()
    while True:
        starts += _start_if_absent(layout, options, starts)
        state = read_state(layout.state)
        if state is not None and state.is_current:
            seen_at = time.monotonic()
            if state.phase == "failed":
                raise _failure(layout, state.message)
            if state.phase == "ready" and _accepts(state):
                return state
            news.tell(state)
        elif time.monotonic() - seen_at > UNSEEN_S:
            raise ServerError(f"the home folder {layout.home} is in use from another container or machine")
        time.sleep(PAUSE_S)


def await_stop(layout: Layout, patience_s: float) -> bool:
    """Wait until the server has stopped; whether it has. Returns at once where somebody else uses it."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        if _is_free(layout.supervisor_lock):
            return True
        if not _is_free(layout.users_lock) and _is_shared(layout.users_lock):
            return False
        time.sleep(PAUSE_S)
    return False


def _is_free(path: Path) -> bool:
    with closing(FileLock(path)) as lock:
        return lock.try_exclusive()


def _is_shared(path: Path) -> bool:
    with closing(FileLock(path)) as lock:
        return lock.try_shared()


class News:
    """Tells what takes time: each message once, and again after a while."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self.told = ""
        self.told_at = time.monotonic()

    def tell(self, state: State) -> None:
        """Pass on the message of `state` if it is new, or a reminder if there was nothing new for long."""
        is_news, is_late = state.message not in ("", self.told), time.monotonic() - self.told_at > REMINDER_S
        if is_news:
            self.say(state.message)
            self.told = state.message
        elif is_late:
            self.say(f"PostgreSQL is not ready yet ({state.phase}).")
        if is_news or is_late:
            self.told_at = time.monotonic()


def _start_if_absent(layout: Layout, options: Mapping[str, str], starts: int) -> bool:
    # Once a supervisor was started here and none runs, it has ended by itself: that is its failure, not a reason to
    # go on for ever.
    if starts:
        with closing(FileLock(layout.supervisor_lock)) as probe:
            if not probe.try_exclusive():
                return False
            state = read_state(layout.state)
        if state is not None and state.phase == "failed":
            raise _failure(layout, state.message)
        if starts >= STARTS:
            raise ServerError(_unexplained(layout))
    return start_supervisor_if_absent(layout, options)


def _accepts(state: State) -> bool:
    # It may have been killed just now, before its supervisor could say so.
    with closing(socket.socket(socket.AF_UNIX)) as probe:
        try:
            probe.connect(f"{state.socket_dir}/.s.PGSQL.{PORT}")
        except OSError:
            return False
        return True


def _failure(layout: Layout, message: str) -> ServerError:
    return ServerError(f"{message}; the server's log is {layout.server_log}")


def _unexplained(layout: Layout) -> str:
    for folder in (layout.home, layout.place):
        if shutil.disk_usage(folder).free < FULL_BYTES:
            return f"PostgreSQL did not start: the disk of {folder} is full; free some space and start again"
    return f"PostgreSQL did not start: its supervisor ended early; its log is {layout.supervisor_log}"
