"""The end of a session is told by the database, whoever ends it, to every process that listens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from data.accounts.accounts import disable_account, set_password
from data.accounts.audit import OPERATOR
from data.accounts.ended import ended_sessions, live_sessions
from data.accounts.sessions import open_ticket, redeem_ticket, revoke_session, revoke_sessions, token_digest
from data.db import Database
from tests.factories.accounts import AccountFactory
from tests.loops import run_apart

PATIENCE_S = 20


def logged_in(database: Database, username: str) -> bytes:
    """The token hash of a new session of that account's, which is made where it is missing."""
    with database.accounts() as conn:
        number = conn.scalar(sa.text("select account_id from accounts.accounts where username = :n"), {"n": username})
        number = number or AccountFactory(conn=conn, username=username).account_id
        token = redeem_ticket(conn, ticket=open_ticket(conn, account_id=number, browser="b"), browser="b")
    assert token is not None
    return token_digest(token)


def told(database: Database, end: Callable[[], None], *, until: Callable[[list[bytes | None]], bool]):
    """What is told from before `end` on, until that is all."""

    async def listen() -> list[bytes | None]:
        found: list[bytes | None] = []
        async for one in ended_sessions(database):
            if not found:
                end()
            found.append(one)
            if until(found[1:]):
                return found[1:]
        return found

    async def listen_for_a_while() -> list[bytes | None]:
        return await asyncio.wait_for(listen(), PATIENCE_S)

    return run_apart(listen_for_a_while)


def by_its_own_browser(database: Database, session: bytes) -> None:
    with database.accounts() as conn:
        revoke_session(conn, token_hash=session)


def with_all_of_the_account(database: Database, session: bytes) -> None:
    with database.accounts() as conn:
        revoke_sessions(conn, username="mia", by=OPERATOR)


def by_another_password(database: Database, session: bytes) -> None:
    with database.accounts() as conn:
        set_password(conn, username="mia", password="another lamp on the pier", by=OPERATOR)


def with_the_account(database: Database, session: bytes) -> None:
    with database.accounts() as conn:
        disable_account(conn, username="mia", by=OPERATOR)


def by_deleting_it(database: Database, session: bytes) -> None:
    with database.accounts() as conn:
        conn.execute(sa.text("delete from accounts.sessions where token_hash = :h"), {"h": session})


ENDS = [by_its_own_browser, with_all_of_the_account, by_another_password, with_the_account, by_deleting_it]


@pytest.mark.parametrize("end", ENDS)
def test_the_end_of_a_session_is_told_when_it_is_committed(database: Database, end: Callable[[Database, bytes], None]):
    mine, hers = logged_in(database, "mia"), logged_in(database, "eve")
    found = told(database, lambda: end(database, mine), until=lambda got: mine in got)
    assert hers not in found
    with database.accounts() as conn:
        assert live_sessions(conn, {mine, hers}) == {hers}


def test_an_account_disabled_by_hand_makes_everybody_look(database: Database):
    mine = logged_in(database, "mia")

    def disable() -> None:
        with database.accounts() as conn:
            conn.execute(sa.text("update accounts.accounts set disabled_at = now() where username = 'mia'"))

    assert told(database, disable, until=bool) == [None]
    with database.accounts() as conn:
        assert live_sessions(conn, {mine}) == set()


def test_a_session_that_is_only_seen_again_is_not_told(database: Database):
    mine, hers = logged_in(database, "mia"), logged_in(database, "eve")

    def see_one_and_end_the_other() -> None:
        with database.accounts() as conn:
            conn.execute(
                sa.text("update accounts.sessions set last_seen_at = now() where token_hash = :h"), {"h": mine}
            )
        by_its_own_browser(database, hers)

    assert told(database, see_one_and_end_the_other, until=bool) == [hers]


def test_what_somebody_else_says_on_the_channel_ends_nothing_by_itself(database: Database):
    mine = logged_in(database, "mia")

    def say() -> None:
        with database.owner.begin() as conn:
            for words in ("no hash", mine.hex()):
                conn.execute(sa.text("select pg_notify('daybook_sessions', :words)"), {"words": words})

    assert told(database, say, until=lambda got: len(got) == 2) == [None, mine]
    with database.accounts() as conn:
        assert live_sessions(conn, {mine}) == {mine}
