"""Streamlit's own routes are behind the login like everything else."""

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.websockets import WebSocket

from dashboard import load
from dashboard.auth.guard import REFUSED, SessionGuard
from data.accounts.accounts import disable_account
from data.accounts.sessions import open_ticket, redeem_ticket, revoke_session, token_digest
from tests.factories.accounts import AccountFactory

UPLOAD = "/_stcore/upload_file/some-session/some-file"
METRICS = "/_stcore/metrics"


async def behind(scope, receive, send):
    if scope["type"] == "websocket":
        socket = WebSocket(scope, receive, send)
        await socket.accept()
        await socket.close()
    else:
        await PlainTextResponse("passed on")(scope, receive, send)


@pytest.fixture
def shop(database, monkeypatch):
    monkeypatch.setattr(load.Resources, "database", database)
    return database


@pytest.fixture
def token(shop):
    with shop.accounts() as conn:
        account = AccountFactory(conn=conn, username="mia")
        ticket = open_ticket(conn, account_id=account.account_id, browser="mine")
        return redeem_ticket(conn, ticket=ticket, browser="mine")


def ask(method, path, *, session=None, name="daybook_session", base="http://testserver"):
    cookies = {} if session is None else {"cookie": f"{name}={session}"}
    return TestClient(SessionGuard(behind), base_url=base).request(method, path, headers=cookies)


def assert_refused(answer):
    assert (answer.status_code, answer.text) == (403, REFUSED)


GUARDED = [
    ("PUT", UPLOAD),
    ("DELETE", UPLOAD),
    ("POST", UPLOAD),
    ("PUT", "/base/path" + UPLOAD),
    ("PUT", "/_stcore/%75pload_file/a/b"),
    ("GET", METRICS),
    ("HEAD", METRICS),
    ("GET", METRICS + "/"),
    ("GET", METRICS + "?families=session_memory"),
]


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_a_stranger_is_refused_without_asking_the_database(monkeypatch, method, path):
    monkeypatch.setattr(load.Resources, "database", None)
    answer = ask(method, path)
    assert answer.status_code == 403
    assert answer.text == ("" if method == "HEAD" else REFUSED)


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_somebody_logged_in_passes(token, method, path):
    assert ask(method, path, session=token).status_code == 200


@pytest.mark.parametrize("made_up", ["made-up", "%00", "' or 1=1 --", "a" * 5000])
def test_a_made_up_session_is_refused(shop, made_up):
    assert_refused(ask("PUT", UPLOAD, session=made_up))


def test_a_session_that_is_over_is_refused(shop, token):
    with shop.accounts() as conn:
        revoke_session(conn, token_hash=token_digest(token))
    assert_refused(ask("GET", METRICS, session=token))


def test_a_disabled_account_is_refused(shop, token):
    with shop.accounts() as conn:
        disable_account(conn, username="mia")
    assert_refused(ask("PUT", UPLOAD, session=token))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("OPTIONS", UPLOAD),
        ("OPTIONS", METRICS),
        ("GET", "/"),
        ("GET", "/_stcore/health"),
        ("GET", "/_stcore/metrics-of-mine"),
        ("POST", "/auth/session"),
    ],
)
def test_everything_else_passes_without_a_session(monkeypatch, method, path):
    monkeypatch.setattr(load.Resources, "database", None)
    assert ask(method, path).text == "passed on"


def test_websockets_pass(monkeypatch):
    monkeypatch.setattr(load.Resources, "database", None)
    with TestClient(SessionGuard(behind)).websocket_connect(METRICS):
        pass


@pytest.mark.parametrize(("name", "code"), [("__Host-daybook_session", 200), ("daybook_session", 403)])
def test_on_https_only_the_prefixed_cookie_counts(token, name, code):
    assert ask("GET", METRICS, session=token, name=name, base="https://testserver").status_code == code
