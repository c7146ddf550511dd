"""Whether a server is a replica of this very database and has caught up with it; found out by looking at both."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, ProgrammingError

from data.replica.patience import within
from data.scope import Scope

if TYPE_CHECKING:
    from data.db import Database

PATIENCE_S = 1.5
_PRIMARY = "charts are read from the primary"

THERE = sa.text(
    "select last_revision, head, pg_is_in_recovery() as follows,"
    " (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint as replayed from history.revision_counter"
)
There = sa.Row[tuple[int, bytes, bool, int | None]]
_WRITTEN = sa.text("select (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint")
_HASH = sa.text("select hash from history.revisions where revision = :revision")
_MAY_ASK = sa.text("select has_function_privilege('pg_catalog.pg_control_system()', 'execute')")
_SYSTEM = sa.text("select system_identifier from pg_control_system()")


class State(StrEnum):
    """Whether the replica is read, and why not; `busy` is of a read alone, while every connection to it is in use."""

    UP = "up"
    DOWN = "down"
    BEHIND = "behind"
    REFUSED = "refused"
    BUSY = "busy"


@dataclass(frozen=True)
class Standing:
    """What is known of the replica.

    `detail` names no address, `cause` may; `revision` is the newest that it had when it was last looked at. It `hangs`
    where it takes connections, or seems to, and does not answer.
    """

    state: State
    detail: str
    cause: str = ""
    revision: int | None = None
    hangs: bool = False


UNSEEN = Standing(State.DOWN, f"the replica has not been looked at yet; {_PRIMARY}")


class Looks:
    """Looks at a replica and its primary, on connections that are not kept."""

    def __init__(self, database: Database, probe: sa.Engine) -> None:
        self._database = database
        self._probe = probe
        self._written: int | None = None

    def standing(self) -> Standing:
        """How the replica is now. Raises what the primary raises."""
        if self._written is None:  # what was there when this process began, its schema and roles among it
            self._written = int(self._ask_primary(_WRITTEN))
        _ = self._database.roles  # asked of the primary, and not on the replica's time
        try:
            there, system = within(PATIENCE_S, self._ask, give_back=lambda _: None)
        except ProgrammingError as error:
            return _refused("what charts read is not there, or not for its login", _said(error))
        except (DBAPIError, TimeoutError) as error:
            return down(error)
        return self._judged(there, system)

    def _judged(self, there: There, system: int | None) -> Standing:
        if not there.follows:
            return _refused("the server is not in recovery")
        ours = self._system()
        if None not in (system, ours) and system != ours:
            return _refused("its system identifier is another", f"it is {system}, that of the primary {ours}")
        if there.last_revision and self._ask_primary(_HASH, revision=there.last_revision) != bytes(there.head):
            return _refused(f"its revision {there.last_revision} is not that of the primary")
        if (there.replayed or 0) < (self._written or 0):
            why = f"the replica has not caught up since this process began; {_PRIMARY}"
            return Standing(State.BEHIND, why, revision=there.last_revision)
        return Standing(State.UP, "the replica answers; charts are read from it", revision=there.last_revision)

    def _ask(self) -> tuple[There, int | None]:
        with self._probe.begin() as conn:
            system = _system(conn)
            self._database.assume_reader(conn, Scope.everything())
            return conn.execute(THERE).one(), system

    def _system(self) -> int | None:
        with self._database.probe.connect() as conn:
            return _system(conn)

    def _ask_primary(self, stmt: sa.TextClause, **values: int) -> Any:
        with self._database.probe.connect() as conn:
            return conn.scalar(stmt, values)


def down(error: Exception) -> Standing:
    """It does not answer."""
    hangs = isinstance(error, TimeoutError)
    return Standing(State.DOWN, f"the replica does not answer; {_PRIMARY}", _said(error), hangs=hangs)


def _refused(why: str, cause: str = "") -> Standing:
    return Standing(State.REFUSED, f"DAYBOOK_REPLICA_URL names no replica of this database: {why}; {_PRIMARY}", cause)


def _system(conn: sa.Connection) -> int | None:
    """What one cluster and its replicas have in common; None where the login may not ask."""
    return conn.scalar(_SYSTEM) if conn.scalar(_MAY_ASK) else None


def _said(error: Exception) -> str:
    """What the server or the driver said, on one line and without the statement."""
    if isinstance(error, TimeoutError):
        return f"no answer within {PATIENCE_S} s"
    return " ".join(str(error.orig if isinstance(error, DBAPIError) else error).split())[:300]
