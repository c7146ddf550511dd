"""Snapshots of a streaming replica that are as new as the primary, and the watch over whether it can give any.

It is looked at every few seconds. One that is down, or is no replica of this database, is left alone until a look
finds it well, so that nobody waits for it. A read begins with the primary's newest revision: where the snapshot of the
replica holds another, the primary is read. So no figure is older than what was saved before it was asked for.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections import Counter
from contextlib import suppress
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

import psycopg
import sqlalchemy as sa
from psycopg.errors import QueryCanceled
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from data.errors import DataError
from data.replica.patience import within
from data.replica.standing import PATIENCE_S, THERE, UNSEEN, Looks, Standing, State, There, down
from data.scope import Scope

if TYPE_CHECKING:
    from data.db import Database

LOOK_EVERY_S = 5.0
_HEAD = sa.text("select last_revision, head from history.revision_counter")
_log = logging.getLogger(__name__)


class Replica:
    """One replica, watched from its first use on.

    It counts the reads by the state that sent them to it (`up`) or to the primary, and those that it broke off.
    """

    def __init__(self, database: Database, engine: sa.Engine, probe: sa.Engine) -> None:
        self.engine = engine
        self.standing = UNSEEN
        self.reads: Counter[State] = Counter(dict.fromkeys(State, 0))
        self.repeated = 0
        self._database = database
        self._looks = Looks(database, probe)
        self._snapshot = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._primary = database.owner.execution_options(isolation_level="AUTOCOMMIT")
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._watched = False
        self._rests_until = 0.0
        self._under_way: dict[sa.Connection, socket.socket] = {}

    def snapshot(self, scope: Scope) -> sa.Connection | None:
        """A read-only snapshot at the primary's newest revision, of the rows of `scope`; None to read the primary.

        It is to be closed by `close`. Raises what the primary raises.
        """
        self.watch()
        state, conn = self.standing.state, None
        if state is State.UP:
            # Before the snapshot begins: it then holds all that was saved until now, or is not used.
            state, conn = self._opened(scope, self._newest())
        with self._lock:
            self.reads[state] += 1
            if conn is not None:
                self._under_way[conn] = _socket_of(conn)
        return conn

    def close(self, conn: sa.Connection) -> None:
        """End a snapshot; what was read of it is right, also where the server has gone meanwhile."""
        with self._lock:
            self._under_way.pop(conn).close()
        _close(conn)

    def lost(self, error: DBAPIError) -> None:
        """A read broke off: leave the replica alone for a while. Who read it reads again, from the primary."""
        with self._lock:
            self.repeated += 1
        self._leave_alone(error)

    def watch(self) -> None:
        """Look at the replica every few seconds from now on, in a thread of its own."""
        with self._lock:
            if self._watched or self._closed.is_set():
                return
            self._watched = True
        threading.Thread(target=self._watch, name="daybook-replica", daemon=True).start()

    def look(self) -> Standing:
        """How the replica is now; from here on it is read, or left alone. Raises what the primary raises."""
        found = self._looks.standing()
        with self._lock:
            if found.hangs and self.standing.state is State.DOWN:
                self._cut()
            if found.state is not State.UP or monotonic() >= self._rests_until:
                self._stand(found)
        return found

    def dispose(self) -> None:
        """Stop watching, and close every pooled connection."""
        self._closed.set()
        self.engine.dispose()

    def _watch(self) -> None:
        while not self._closed.is_set():
            try:
                self.look()
            except (DBAPIError, DataError):  # the primary does not answer, which is told elsewhere
                _log.debug("the replica could not be compared with the primary", exc_info=True)
            self._closed.wait(LOOK_EVERY_S)

    def _newest(self) -> tuple[int, bytes]:
        with self._primary.connect() as conn:
            revision, head = conn.execute(_HEAD).one()
            return revision, head

    def _opened(self, scope: Scope, newest: tuple[int, bytes]) -> tuple[State, sa.Connection | None]:
        try:
            conn, found = within(PATIENCE_S, partial(self._open, scope), give_back=lambda late: _close(late[0]))
        except sa.exc.TimeoutError:
            return State.BUSY, None
        except (DBAPIError, TimeoutError) as error:
            self._leave_alone(error)
            return State.DOWN, None
        if found.follows and (found.last_revision, found.head) == newest:
            return State.UP, conn
        _close(conn)
        return State.BEHIND if found.follows else State.REFUSED, None

    def _open(self, scope: Scope) -> tuple[sa.Connection, There]:
        conn = self._snapshot.connect()
        try:
            self._database.assume_reader(conn, scope)
            return conn, conn.execute(THERE).one()
        except BaseException:
            _close(conn)
            raise

    def _leave_alone(self, error: Exception) -> None:
        with self._lock:
            self._rests_until = monotonic() + LOOK_EVERY_S
            self._stand(down(error))
        self.engine.dispose()  # what is pooled is most likely broken, too

    def _cut(self) -> None:
        """End what is under way on a server that stands still: nobody else would tell those who wait for it."""
        for one in self._under_way.values():
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _stand(self, found: Standing) -> None:
        before, self.standing = self.standing, found
        if found.state is not before.state or before is UNSEEN:
            level = logging.INFO if before is UNSEEN and found.state is State.UP else logging.WARNING
            _log.log(level, "%s", f"{found.detail} ({found.cause})" if found.cause else found.detail)


def is_lost(error: DBAPIError) -> bool:
    """Whether the server and not the question is why it was not answered: it has gone, or had to end it to recover.

    Not where the question took longer than it may: it would on the primary, too.
    """
    if isinstance(error.orig, QueryCanceled):
        return False
    broken = str(getattr(error.orig, "sqlstate", None) or "").startswith("XX")  # its files, say
    return isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated or broken


def _socket_of(conn: sa.Connection) -> socket.socket:
    # By a descriptor of our own: the driver's may be closed at any time, and its number be another's then.
    raw: psycopg.Connection[Any] = conn.connection.driver_connection  # type: ignore[assignment]
    return socket.socket(fileno=os.dup(raw.fileno()))


def _close(conn: sa.Connection) -> None:
    try:
        conn.close()
    except DBAPIError:  # its transaction could not be ended, because the server is gone
        conn.close()
