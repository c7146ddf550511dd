"""On https the session is where no neighbouring host and no plain http could have put it, and nowhere else."""

from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard import load
from dashboard.auth import gate
from dashboard.auth.cookies import SESSION, browser_cookie, cookie_value, set_cookie
from dashboard.auth.routes import routes
from dashboard.middleware import AnswerHeaders
from data.accounts.sessions import open_ticket, redeem_ticket, session_account
from tests.factories.accounts import AccountFactory

PLAIN, PREFIXED = "daybook_session", "__Host-daybook_session"
BOTH = {PLAIN: "planted", PREFIXED: "mine"}


@pytest.mark.parametrize(
    ("cookies", "https", "value"),
    [
        (BOTH, True, "mine"),
        (BOTH, False, "mine"),
        ({PLAIN: "planted"}, True, None),
        ({PLAIN: "planted", PREFIXED: ""}, True, None),
        ({PLAIN: "mine"}, False, "mine"),
        ({PLAIN: ""}, False, None),
        ({}, True, None),
    ],
)
def test_the_unprefixed_session_counts_on_http_alone(cookies, https, value):
    assert cookie_value(cookies, SESSION, https=https) == value


def test_the_prefixed_pre_login_cookie_goes_before_the_other():
    cookies = {"daybook_browser": "planted", "__Host-daybook_browser": "mine"}
    assert browser_cookie(cookies) == "mine"
    assert browser_cookie({"daybook_browser": "mine"}) == "mine"


@pytest.mark.parametrize(("https", "secure"), [(True, True), (False, False)])
def test_the_prefix_comes_with_what_browsers_insist_on(https, secure):
    cookie = set_cookie(SESSION, "x", https=https)
    assert cookie.startswith("__Host-") is secure
    assert ("Secure" in cookie) is secure
    assert "Path=/" in cookie
    assert "Domain" not in cookie


@pytest.mark.parametrize(
    ("url", "token"),
    [("https://shop.example/account", None), ("http://shop.example/", "planted"), (None, "planted")],
)
def test_a_page_goes_by_the_address_in_the_browser(monkeypatch, url, token):
    cookies = SimpleNamespace(to_dict=lambda: {PLAIN: "planted"})
    monkeypatch.setattr(gate.st, "context", SimpleNamespace(url=url, cookies=cookies))
    assert gate.session_token() == token


class TestRoutes:
    """Opening and closing a session, on either kind of connection."""

    @pytest.fixture
    def shop(self, database, monkeypatch):
        monkeypatch.setattr(load.Resources, "database", database)
        return database

    @pytest.fixture
    def account(self, shop):
        with shop.accounts() as conn:
            return AccountFactory(conn=conn, username="mia")

    def ticket(self, shop, account):
        with shop.accounts() as conn:
            return open_ticket(conn, account_id=account.account_id, browser="mine")

    def token(self, shop, account):
        with shop.accounts() as conn:
            ticket = open_ticket(conn, account_id=account.account_id, browser="mine")
            return redeem_ticket(conn, ticket=ticket, browser="mine")

    def post(self, path, *, scheme, origin, cookies, **form):
        client = TestClient(Starlette(routes=routes()), base_url=f"{scheme}://shop.example", follow_redirects=False)
        headers = {"origin": f"{origin}://shop.example", "cookie": cookies}
        return client.post(path, data=form, headers=headers).headers.get_list("set-cookie")

    @pytest.mark.parametrize(
        ("scheme", "origin", "name"),
        [
            ("https", "https", PREFIXED),
            ("http", "https", PREFIXED),  # a proxy that speaks https and does not say so
            ("http", "http", PLAIN),
        ],
    )
    def test_the_session_opens_under_the_name_that_the_browser_is_held_to(self, shop, account, scheme, origin, name):
        ticket = self.ticket(shop, account)
        (cookie,) = self.post(
            "/auth/session", scheme=scheme, origin=origin, cookies="daybook_browser=mine", ticket=ticket
        )
        assert cookie.startswith(f"{name}=")

    def test_a_planted_session_is_not_handed_on_at_the_login_over_https(self, shop, account):
        planted, ticket = self.token(shop, account), self.ticket(shop, account)
        cookies = f"__Host-daybook_browser=mine; {PLAIN}={planted}"
        (cookie,) = self.post("/auth/session", scheme="https", origin="https", cookies=cookies, ticket=ticket)
        assert planted not in cookie

    @pytest.mark.parametrize(("scheme", "alive"), [("https", True), ("http", False)])
    def test_logging_out_ends_the_session_of_the_cookie_that_counts(self, shop, account, scheme, alive):
        token = self.token(shop, account)
        dropped = self.post("/auth/logout", scheme=scheme, origin=scheme, cookies=f"{PLAIN}={token}")
        assert all("Max-Age=0" in cookie for cookie in dropped)
        with shop.accounts() as conn:
            assert (session_account(conn, token=token) is not None) is alive


@pytest.mark.parametrize(("scheme", "given"), [("https", True), ("http", False)])
def test_a_planted_pre_login_cookie_does_not_stand_for_the_prefixed_one(scheme, given):
    from starlette.responses import HTMLResponse

    client = TestClient(AnswerHeaders(HTMLResponse("a page")), base_url=f"{scheme}://shop.example")
    answer = client.get("/", headers={"cookie": "daybook_browser=planted"})
    assert ("set-cookie" in answer.headers) is given
