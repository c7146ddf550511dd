"""Every page times everybody, by real sessions: the pages are read off the navigation, who sees them is written here."""

import secrets

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from dashboard import load
from dashboard.auth import gate
from dashboard.navigation import ENTRIES
from data.accounts.accounts import disable_account
from data.accounts.sessions import open_ticket, redeem_ticket
from tests.factories.accounts import AccountFactory

EVERYBODY, EDITORS, ADMINS = {"analyst", "scoped", "manager", "admin"}, {"manager", "admin"}, {"admin"}
MATRIX = {
    "home": EVERYBODY,
    "overview": EVERYBODY,
    "explore": EVERYBODY,
    "dashboards": EVERYBODY,
    "explain": EVERYBODY,
    "data_quality": EVERYBODY,
    "pinned": EVERYBODY,
    "member": EVERYBODY,
    "search": EVERYBODY,
    "products": EVERYBODY,
    "stores": EVERYBODY,
    "customers": EVERYBODY,
    "promotions": EVERYBODY,
    "calendar": EVERYBODY,
    "attainment": EVERYBODY,
    "reference": EDITORS,
    "targets": EDITORS,
    "review": EDITORS,
    "history": EVERYBODY,
    "glossary": EVERYBODY,
    "watches": EVERYBODY,
    "account": EVERYBODY,
    "accounts": ADMINS,
}
NOBODY = ("anonymous", "made up", "disabled", "expired", "revoked", "told to change")


@pytest.fixture
def tokens(database, monkeypatch):
    """The session of each person, by name."""
    monkeypatch.setattr(load.Resources, "database", database)
    monkeypatch.setattr(load.Resources, "cache", None)
    found = {"anonymous": None, "made up": secrets.token_urlsafe(32)}
    for name in sorted({*EVERYBODY, *NOBODY} - set(found)):
        role = name if name in {"manager", "admin"} else "analyst" if name in EVERYBODY else "admin"
        with database.accounts() as conn:
            account = AccountFactory(conn=conn, username=name.replace(" ", "-"), role=role)
            ticket = open_ticket(conn, account_id=account.account_id, browser="browser")
            found[name] = redeem_ticket(conn, ticket=ticket, browser="browser")
            of = {"account": account.account_id}
            for changed, sql in (
                ("expired", "update accounts.sessions set expires_at = now() where account_id = :account"),
                ("revoked", "update accounts.sessions set revoked_at = now() where account_id = :account"),
                ("scoped", "update accounts.accounts set scope_stores = '{1}' where account_id = :account"),
                (
                    "told to change",
                    "update accounts.accounts set must_change_password = true where account_id = :account",
                ),
            ):
                if name == changed:
                    conn.execute(sa.text(sql), of)
    with database.accounts() as conn:
        disable_account(conn, username="disabled")
    return found


def shown(entry, token, monkeypatch):
    """What a page says to who has the session `token`."""
    monkeypatch.setattr(gate, "session_token", lambda: token)
    page = AppTest.from_file(str(entry.script), default_timeout=60).run()
    assert not page.exception, (entry.file, page.exception)
    return [one.value for one in (*page.title, *page.info, *page.warning)]


def test_every_page_has_its_line_in_the_matrix():
    assert {entry.file for entry in ENTRIES} == set(MATRIX)
    assert {file for file, people in MATRIX.items() if people == EDITORS} == {
        entry.file for entry in ENTRIES if entry.role == "manager"
    }


@pytest.mark.long
@pytest.mark.parametrize("name", sorted({*EVERYBODY, *NOBODY}))
def test_who_sees_a_page(name, tokens, monkeypatch):
    for entry in ENTRIES:
        words = shown(entry, tokens[name], monkeypatch)
        refused = [word for word in words if word.startswith(("Please log in", "Choose your own", "This page is for"))]
        assert (not refused) == (name in MATRIX[entry.file]), (entry.file, words)
        if refused:
            assert words == refused, f"{entry.file} says more than that it may not be seen"
