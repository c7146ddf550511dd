"""An admin and somebody new, each in a browser: made, limited, noted, and shown the door."""

from __future__ import annotations

from uuid import uuid4

import pytest
from playwright.sync_api import expect

from data.accounts.audit import Wanted, audit_events
from tests.browser.live import fill_in, log_in, quiet, wait_for_form
from tests.factories.accounts import AccountFactory

OWN = "the harbour light is green"


@pytest.fixture
def chief(app_database):
    """An admin of this test's own."""
    with app_database.accounts() as conn:
        return AccountFactory(conn=conn, username=f"chief-{uuid4().hex[:8]}", role="admin").username


def test_an_account_from_its_first_login_to_its_last(page, browser, app, app_database, chief):
    name = f"newcomer-{uuid4().hex[:8]}"
    log_in(page, app, chief, path="/accounts")
    page.get_by_role("button", name="New account").click()
    form = page.get_by_test_id("stPopoverBody")
    form.get_by_label("User name").fill(name)
    form.get_by_role("button", name="Create account").click()
    expect(page.get_by_text(f"Made {name} (analyst).")).to_be_visible()
    password = page.get_by_test_id("stCode").inner_text().strip()
    page.get_by_role("button", name="I have handed it over").click()
    expect(page.get_by_text(password)).to_have_count(0)

    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    theirs = context.new_page()
    theirs.goto(app)
    wait_for_form(theirs, app)
    fill_in(theirs, name, password)
    theirs.get_by_label("Current password").fill(password)
    theirs.get_by_label("New password", exact=True).fill(OWN)
    theirs.get_by_label("New password again").fill(OWN)
    theirs.get_by_role("button", name="Change password").click()
    expect(theirs.get_by_role("heading", name="Home", exact=True)).to_be_visible()
    expect(theirs.get_by_role("link", name="Accounts")).to_have_count(0)
    theirs.goto(f"{app}/accounts")
    expect(theirs.get_by_text("This page is for the role admin; yours is analyst.")).to_be_visible()

    theirs.goto(f"{app}/overview?p=all")
    with theirs.expect_download() as download:
        theirs.get_by_role("button", name="Download products as CSV").click()
    assert download.value.suggested_filename.startswith("overview-")

    page.goto(f"{app}/accounts?account={name}")
    page.get_by_role("button", name="Disable").click()
    page.get_by_role("button", name="Disable the account").click()
    expect(page.get_by_text(f"Disabled {name}; its sessions are over.")).to_be_visible()
    expect(theirs.get_by_label("User name")).to_be_visible()  # without a click
    context.close()

    page.goto(f"{app}/accounts?section=Audit+trail")
    expect(page.get_by_role("button", name="CSV of all that fits")).to_be_visible()
    quiet(page)
    with app_database.accounts() as conn:
        events = audit_events(conn, Wanted(username=name))
    assert [(one.kind, one.actor) for one in reversed(events)] == [
        ("account_created", chief),
        ("login", name),
        ("password_changed", name),
        ("export", name),
        ("account_disabled", chief),
    ]
    assert events[1].details["file"] == download.value.suggested_filename
    assert events[1].details["revision"] == 1
