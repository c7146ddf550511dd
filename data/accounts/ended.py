"""Sessions that end, as the database tells it: to every process, when the transaction that ends them commits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from typing import Any

import psycopg
import sqlalchemy as sa

from data.accounts.sessions import alive_conditions
from data.db import Database
from data.models import Account, Session

CHANNEL = "daybook_sessions"
LOOK_EVERY_S = 30.0
_KEEPALIVES: dict[str, Any] = {"keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3}


async def ended_sessions(database: Database, *, look_every_s: float = LOOK_EVERY_S) -> AsyncIterator[bytes | None]:
    """The token hash of each session that ends from now on, for ever; None where all that are open shall be looked at.

    That is so at the start, when an account was disabled, and every `look_every_s` seconds: sessions also end by the
    clock, and a pooler that gives a connection to others between transactions passes no notices on. A notice may be
    anybody's, so ask `live_sessions` before anything is ended. Raises OperationalError where the server goes away.
    """
    # By name, and not as an address: libpq does not read a space of a socket's path as it is written in there.
    _, named = database.owner.dialect.create_connect_args(database.owner.url)
    told = {**named, "application_name": "daybook sessions", "connect_timeout": 10, **_KEEPALIVES}
    connecting = psycopg.AsyncConnection.connect(autocommit=True, **told)
    async with await connecting as conn:
        await conn.execute(f"listen {CHANNEL}")
        while True:
            yield None
            async for notice in conn.notifies(timeout=look_every_s):
                yield _hash_of(notice.payload)
            await conn.execute("select 1")  # a server that is gone says nothing by itself


def live_sessions(conn: sa.Connection, token_hashes: Collection[bytes]) -> set[bytes]:
    """Those of `token_hashes` whose session is not over, and whose account is not disabled."""
    stmt = (
        sa.select(Session.token_hash)
        .join(Account, Account.account_id == Session.account_id)
        .where(Session.token_hash.in_(token_hashes), *alive_conditions(), Account.disabled_at.is_(None))
    )
    return set(conn.scalars(stmt))


def _hash_of(payload: str) -> bytes | None:
    try:
        return bytes.fromhex(payload) or None
    except ValueError:  # not the database's own notice
        return None
