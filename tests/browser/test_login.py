"""Logging in and out, as a person and as somebody who tries to get in otherwise."""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request

import pytest
from playwright.sync_api import expect

from data.accounts.accounts import disable_account, find_account, set_role
from data.accounts.sessions import open_ticket, session_list
from tests.browser.live import fill_in, log_in, served
from tests.factories.accounts import PASSWORD, AccountFactory

FIGURES = ("Net sales", "GROCERY", "$")


def session_cookie(page):
    return next((cookie for cookie in page.context.cookies() if cookie["name"] == "daybook_session"), None)


def person(database, name, role="analyst"):
    with database.accounts() as conn:
        return AccountFactory(conn=conn, username=name, role=role)


def test_a_right_password_opens_the_first_page(page, app):
    log_in(page, app, "analyst")
    expect(page.get_by_role("heading", name="Home", exact=True)).to_be_visible()
    assert urllib.parse.urlsplit(page.url).path == "/"


def test_the_session_cookie_is_invisible_to_scripts(page, app):
    log_in(page, app, "analyst")
    cookie = session_cookie(page)
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
    assert "daybook" not in page.evaluate("document.cookie")
    assert "daybook" not in page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")


@pytest.mark.parametrize(("name", "password"), [("analyst", "a wrong password here"), ("nobody-knows", PASSWORD)])
def test_wrong_name_and_wrong_password_get_the_same_answer(page, app, name, password):
    page.goto(app)
    fill_in(page, name, password)
    expect(page.get_by_text("User name or password is not right")).to_be_visible()
    assert session_cookie(page) is None


def test_an_empty_form_is_answered_with_what_to_do(page, app):
    page.goto(app)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("Enter your user name and your password")).to_be_visible()


def test_a_browser_that_was_closed_can_log_in_again(page, app):
    log_in(page, app, "analyst")
    page.context.clear_cookies()  # those of a visit end with the browser, and what it keeps of the page does not
    log_in(page, app, "analyst")
    assert session_cookie(page) is not None


def test_a_deep_link_and_its_query_survive_the_login(page, app):
    log_in(page, app, "analyst", path="/account?from=a%20link&n=1")
    expect(page.get_by_role("heading", name="Account", exact=True)).to_be_visible()
    assert page.url == f"{app}/account?from=a+link&n=1"


def test_reloading_keeps_the_session_and_the_page(page, app):
    log_in(page, app, "analyst", path="/account")
    page.reload()
    expect(page.get_by_role("heading", name="Account", exact=True)).to_be_visible()


def test_a_cookie_replayed_after_logging_out_is_refused(page, app, browser):
    log_in(page, app, "analyst")
    stolen = session_cookie(page)
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("User name")).to_be_visible()
    assert session_cookie(page) is None
    other = browser.new_context()
    other.add_cookies([stolen])
    tab = other.new_page()
    tab.goto(app)
    expect(tab.get_by_label("User name")).to_be_visible()
    expect(tab.get_by_text("Your session is over")).to_be_visible()
    other.close()


def test_logging_out_ends_the_other_tab_without_a_click(page, app):
    log_in(page, app, "analyst", path="/account")
    second = page.context.new_page()
    second.goto(f"{app}/account")
    expect(second.get_by_role("heading", name="Account", exact=True)).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("User name")).to_be_visible()
    expect(second.get_by_label("User name")).to_be_visible()
    expect(second.get_by_text("Your session is over")).to_be_visible()


def test_logging_out_leaves_nothing_behind_where_two_tabs_had_logged_in(page, app, app_database):
    account = person(app_database, "twice")
    second = page.context.new_page()
    for tab in (page, second):
        tab.goto(f"{app}/account")
        expect(tab.get_by_label("User name")).to_be_visible()
    for tab in (page, second):
        fill_in(tab, "twice", PASSWORD)
        expect(tab.get_by_role("heading", name="Account", exact=True)).to_be_visible()
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("The current password is not right")).to_be_visible()
    second.get_by_role("button", name="Log out").click()
    expect(second.get_by_label("User name")).to_be_visible()
    with app_database.accounts() as conn:
        assert session_list(conn, account_id=account.account_id) == []
    expect(page.get_by_text("Your session is over")).to_be_visible()


def test_a_disabled_account_is_out_without_a_click(page, app, app_database):
    person(app_database, "leaver")
    log_in(page, app, "leaver", path="/account")
    with app_database.accounts() as conn:
        disable_account(conn, username="leaver")
    expect(page.get_by_label("User name")).to_be_visible()
    fill_in(page, "leaver", PASSWORD)
    expect(page.get_by_text("User name or password is not right")).to_be_visible()


def test_a_changed_role_holds_from_the_next_action_on(page, app, app_database):
    person(app_database, "riser")
    log_in(page, app, "riser", path="/account")
    expect(page.get_by_text("role analyst")).to_be_visible()
    with app_database.accounts() as conn:
        set_role(conn, username="riser", role="manager")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("role manager")).to_be_visible()


def test_another_password_logs_other_browsers_out_and_keeps_this_one(page, app, app_database, browser):
    person(app_database, "changer")
    other = browser.new_context()
    tab = other.new_page()
    log_in(tab, app, "changer", path="/account")
    log_in(page, app, "changer", path="/account")
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill("the harbour light is green")
    page.get_by_label("New password again").fill("the harbour light is green")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("Every other browser has been logged out")).to_be_visible()
    tab.reload()
    expect(tab.get_by_label("User name")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Account", exact=True)).to_be_visible()
    other.close()


@pytest.mark.parametrize(
    "path",
    ["/overview?p=all", "/no-such-page"]
    + [pytest.param(path, marks=pytest.mark.full) for path in ("/", "/account", "/?start=2017-01-01", "/?p=all")],
)
def test_a_stranger_is_the_first_visitor_after_a_start_and_sees_no_data(page, app_database, tmp_path, path):
    with served(app_database, tmp_path) as address:
        page.goto(f"{address}{path}")
        expect(page.get_by_label("User name")).to_be_visible(timeout=20_000)
        shown = page.inner_text("body")
    assert not [word for word in FIGURES if word in shown]


@pytest.mark.parametrize("cookie", ["garbage", "", "a" * 5000, "%00%ff", "' or 1=1 --"])
def test_garbage_in_the_cookie_shows_the_login(browser, app, cookie):
    context = browser.new_context(extra_http_headers={"cookie": f"daybook_session={cookie}"})
    tab = context.new_page()
    tab.goto(app)
    expect(tab.get_by_label("User name")).to_be_visible()
    context.close()


class TestTicket:
    """The hand-over from the page that checked a password to the route that sets the cookie."""

    def post(self, app, ticket, *, browser_cookie="mine", origin=None):
        body = urllib.parse.urlencode({"ticket": ticket, "next": "/"}).encode()
        headers = {"cookie": f"daybook_browser={browser_cookie}", "origin": app if origin is None else origin}
        request = urllib.request.Request(f"{app}/auth/session", body, headers)

        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_, **__):
                return None

        try:
            answer = urllib.request.build_opener(Stay).open(request)
        except urllib.error.HTTPError as error:
            answer = error
        return answer.status, [
            value for value in answer.headers.get_all("set-cookie") or [] if "daybook_session" in value
        ]

    @pytest.fixture
    def ticket(self, app_database):
        with app_database.accounts() as conn:
            account = find_account(conn, username="analyst")
            return open_ticket(conn, account_id=account.account_id, browser="mine")

    def test_it_works_once(self, app, ticket):
        status, cookies = self.post(app, ticket)
        assert status == 303
        assert len(cookies) == 1
        assert self.post(app, ticket) == (303, [])

    def test_another_browser_cannot_use_it(self, app, ticket):
        assert self.post(app, ticket, browser_cookie="other") == (303, [])

    @pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", ""])
    def test_another_site_cannot_post_it(self, app, ticket, origin):
        assert self.post(app, ticket, origin=origin) == (403, [])

    def test_it_is_too_old_after_half_a_minute(self, app, app_database, ticket):
        import sqlalchemy as sa

        with app_database.accounts() as conn:
            conn.execute(sa.text("update accounts.login_tickets set expires_at = now() - interval '1 second'"))
        assert self.post(app, ticket) == (303, [])

    @pytest.mark.parametrize("made_up", ["", "x", "a" * 10_000])
    def test_a_made_up_one_opens_nothing(self, app, made_up):
        assert self.post(app, made_up) == (303, [])
