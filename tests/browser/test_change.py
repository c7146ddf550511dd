"""A password that an administrator chose opens one form and nothing else."""

from __future__ import annotations

from uuid import uuid4

import pytest
from playwright.sync_api import expect

from data.accounts.accounts import find_account, set_password
from data.accounts.sessions import session_list
from tests.browser.live import fill_in, log_in, quiet
from tests.factories.accounts import PASSWORD, AccountFactory

OWN = "the harbour light is green"
HEADING = "Choose your own password"


@pytest.fixture
def newcomer(app_database):
    """An account whose password an administrator has just set."""
    name = f"newcomer-{uuid4().hex}"
    with app_database.accounts() as conn:
        AccountFactory(conn=conn, username=name)
        set_password(conn, username=name, password=PASSWORD, must_change=True)
        return find_account(conn, username=name)


def choose(page, current, new, again=None):
    page.get_by_label("Current password").fill(current)
    page.get_by_label("New password", exact=True).fill(new)
    page.get_by_label("New password again").fill(new if again is None else again)
    page.get_by_role("button", name="Change password").click()


def test_every_address_shows_the_form_alone(page, app, newcomer):
    log_in(page, app, newcomer.username)
    for path in ("/", "/overview", "/account", "/data-quality", "/?p=7d", "/no-such-page"):
        page.goto(f"{app}{path}")
        expect(page.get_by_role("heading", name=HEADING)).to_be_visible()
        quiet(page)
        shown = page.inner_text("body")
        assert not [
            word for word in ("Net sales", "GROCERY", "Data quality", "Where you are logged in") if word in shown
        ]


def test_once_it_is_done_the_visit_goes_on_where_it_wanted_to(page, app, newcomer, app_database):
    log_in(page, app, newcomer.username, path="/account?from=a%20link&n=1")
    expect(page.get_by_role("heading", name=HEADING)).to_be_visible()
    choose(page, PASSWORD, OWN)
    expect(page.get_by_role("heading", name="Account", exact=True)).to_be_visible()
    assert page.url == f"{app}/account?from=a+link&n=1"
    page.goto(app)
    expect(page.get_by_role("heading", name="Home", exact=True)).to_be_visible()
    with app_database.accounts() as conn:
        assert not find_account(conn, username=newcomer.username).must_change_password


@pytest.mark.parametrize(
    ("current", "new", "again", "words"),
    [
        (PASSWORD, PASSWORD, PASSWORD, "The new password is the current one"),
        (PASSWORD, "short", "short", "at least 15 characters"),
        (PASSWORD, OWN, f"{OWN}!", "The two new passwords differ"),
        ("not the right one", OWN, OWN, "The current password is not right"),
    ],
)
def test_what_is_refused_keeps_the_form(page, app, newcomer, current, new, again, words):
    log_in(page, app, newcomer.username)
    choose(page, current, new, again)
    expect(page.get_by_text(words)).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name=HEADING)).to_be_visible()


def test_the_other_browsers_are_out_and_this_one_stays(page, app, newcomer, browser, app_database):
    other = browser.new_context()
    tab = other.new_page()
    for each in (tab, page):
        log_in(each, app, newcomer.username)
    choose(page, PASSWORD, OWN)
    expect(page.get_by_role("heading", name="Home", exact=True)).to_be_visible()
    tab.reload()
    expect(tab.get_by_label("User name")).to_be_visible()
    other.close()
    with app_database.accounts() as conn:
        assert len(session_list(conn, account_id=newcomer.account_id)) == 1


def test_there_is_a_way_out(page, app, newcomer):
    log_in(page, app, newcomer.username)
    page.get_by_role("button", name="Log out").click()
    fill_in(page, newcomer.username, PASSWORD)
    expect(page.get_by_role("heading", name=HEADING)).to_be_visible()
