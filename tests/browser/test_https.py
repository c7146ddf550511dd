"""Logging in where a proxy speaks https for the product."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.live import log_in
from tests.browser.tls import over_https

SESSION = "__Host-daybook_session"


@pytest.fixture(params=[True, False], ids=["told", "not told"])
def told(request):
    return request.param


@pytest.fixture
def secure_app(told, app, tmp_path):
    with over_https(app, tmp_path, told=told) as address:
        yield address


@pytest.fixture
def tab(browser):
    context = browser.new_context(ignore_https_errors=True)
    yield context.new_page()
    context.close()


def test_the_session_survives_in_the_prefixed_cookie_alone(tab, secure_app, told):
    log_in(tab, secure_app, "analyst", path="/account")
    (cookie,) = [cookie for cookie in tab.context.cookies() if "daybook_session" in cookie["name"]]
    assert cookie["name"] == SESSION
    assert cookie["secure"]
    assert cookie["httpOnly"]
    assert told is any(kept["name"] == "__Host-daybook_browser" for kept in tab.context.cookies())
    tab.reload()
    expect(tab.get_by_role("heading", name="Account", exact=True)).to_be_visible()
    tab.get_by_role("button", name="Log out").click()
    expect(tab.get_by_label("User name")).to_be_visible()
    assert not [cookie for cookie in tab.context.cookies() if "daybook_session" in cookie["name"]]


def test_the_same_session_without_the_prefix_opens_nothing(tab, browser, secure_app):
    log_in(tab, secure_app, "analyst")
    token = next(cookie["value"] for cookie in tab.context.cookies() if cookie["name"] == SESSION)
    other = browser.new_context(ignore_https_errors=True)
    other.add_cookies([{"name": "daybook_session", "value": token, "url": secure_app, "secure": True}])
    planted = other.new_page()
    planted.goto(secure_app)
    expect(planted.get_by_label("User name")).to_be_visible()
    other.close()
