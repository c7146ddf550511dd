"""A file is made when it is asked for, by then perhaps for nobody any more."""

from __future__ import annotations

import pytest

from dashboard import load
from dashboard.auth import gate, while_allowed
from data.accounts.scopes import set_scope
from data.accounts.sessions import open_ticket, redeem_ticket, revoke_session, token_digest
from data.errors import NotAllowed
from data.scope import Scope
from tests.factories.accounts import AccountFactory
from tests.spec.world import World


@pytest.fixture
def token(database, monkeypatch):
    """A session of ann's, which is the one of this browser."""
    monkeypatch.setattr(load.Resources, "database", database)
    with database.owner.begin() as conn:
        World(conn).stores("store  region\n1  North")
    with database.accounts() as conn:
        account = AccountFactory(conn=conn, username="ann")
        ticket = open_ticket(conn, account_id=account.account_id, browser="mine")
        found = redeem_ticket(conn, ticket=ticket, browser="mine")
    monkeypatch.setattr(gate, "session_token", lambda: found)
    return found


def file_of_all_stores():
    return while_allowed(lambda: b"rows", scope=Scope.everything())


def test_a_file_is_made_for_who_is_still_logged_in(token):
    assert file_of_all_stores()() == b"rows"


def test_no_file_is_made_once_the_session_has_ended(database, token):
    make = file_of_all_stores()
    with database.accounts() as conn:
        revoke_session(conn, token_hash=token_digest(token))
    with pytest.raises(NotAllowed, match="you are logged out"):
        make()


def test_no_file_is_made_of_stores_that_are_out_of_reach_by_then(database, token):
    make = file_of_all_stores()
    with database.accounts() as conn:
        set_scope(conn, username="ann", stores=[1])
    with pytest.raises(NotAllowed, match="other stores"):
        make()
