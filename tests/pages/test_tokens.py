"""Personal tokens on the account's page: shown once, listed, revoked, and made for nobody who is logged out."""

from functools import partial
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import auth, load
from dashboard.auth import User, change, gate, tokens
from data.accounts.tokens import bearer_of, personal_tokens
from data.scope import Scope
from tests.factories.accounts import AccountFactory

PAGE = Path(__file__).parents[2] / "pages" / "account.py"


@pytest.fixture
def user(database, monkeypatch):
    with database.accounts() as conn:
        made = AccountFactory(conn=conn, username="ann")
    found = User(made.account_id, "ann", "Ann", "analyst", Scope.everything())
    monkeypatch.setattr(load.Resources, "database", database)
    monkeypatch.setattr(auth, "require", lambda role: found)
    monkeypatch.setattr(tokens, "acting_user", lambda: found)
    for module in (gate, change):
        monkeypatch.setattr(module, "session_token", lambda: "here")
    return found


def opened():
    page = AppTest.from_file(str(PAGE), default_timeout=30).run()
    assert not page.exception, page.exception
    return page


def make(page, name):
    page.text_input(key="tokens.name").input(name)
    button = next(one for one in page.button if one.label == "Make a token")
    return button.click().run()


def kept(database, user):
    with database.accounts() as conn:
        return personal_tokens(conn, account_id=user.account_id)


def test_a_token_is_shown_once_and_works(user, database):
    page = make(opened(), "  Notebook on my laptop ")
    (code,) = page.code
    bearer = database.at_once(partial(bearer_of, token=code.value))
    assert (bearer.account.username, bearer.rights, bearer.personal) == ("ann", {"read"}, True)
    assert [one.name for one in kept(database, user)] == ["Notebook on my laptop"]
    assert list(page.run().code) == []
    assert "Notebook on my laptop" in [text.value for text in page.text]


def test_a_token_is_revoked(user, database):
    page = make(opened(), "Old")
    (token,) = kept(database, user)
    page.button(key=f"token-end-{token.token_id}").click().run()
    assert kept(database, user) == []


def test_a_token_without_a_name_is_refused_in_words(user, database):
    page = make(opened(), " ")
    assert "name must be 1 to 120" in page.error[0].value
    assert kept(database, user) == []


def test_who_is_logged_out_meanwhile_makes_none(user, database, monkeypatch):
    page = opened()
    monkeypatch.setattr(tokens, "acting_user", lambda: None)
    make(page, "Too late")
    assert kept(database, user) == []
