"""The page of a pin as a script: then and now, calm words for what cannot be shown."""

import pytest

from dashboard import downloads, load
from dashboard.pins.making import ADDRESS, pin_of_link
from data.scope import Scope
from tests.changes.shop import edit
from tests.pages.test_explain import run, words
from tests.pins.test_making import shop, user

__all__ = ["shop"]


@pytest.fixture
def opened(shop, monkeypatch):
    def open_(link, scope=Scope.everything()):  # noqa: B008
        return run(monkeypatch, "pinned", scope, pin=pin_of_link(link, user()).removeprefix(ADDRESS))

    return open_


def figures(page):
    return {item.label: item.value for item in page.metric}


def test_nothing_has_changed(opened):
    page = opened("p=all&r=-")
    assert figures(page) == {"Net sales, then": "4.25", "Net sales, now": "4.25", "Net sales, difference": "0.00"}
    assert "Nothing has changed since." in words(page)
    assert "Pinned by Ann" in words(page)


def test_what_moved_stands_beside_and_leads_to_why(shop, monkeypatch):
    token = pin_of_link("p=all&r=department&f=department.in:DAIRY", user()).removeprefix(ADDRESS)
    edit(load.database(), "products", "10", category="FUEL > GAS")
    page = run(monkeypatch, "pinned", pin=token)
    assert figures(page) == {"Net sales, then": "4.25", "Net sales, now": "1.25", "Net sales, difference": "−3.00"}
    assert "/explain?" in words(page)
    assert "old=3" in words(page)
    assert "What moved: 2 of 2 rows" in words(page)


def test_files_of_a_pin_are_noted_with_its_revision(shop, monkeypatch):
    token = pin_of_link("p=all&r=department&f=department.in:DAIRY", user()).removeprefix(ADDRESS)
    edit(load.database(), "products", "10", category="FUEL > GAS")
    noted_as = []
    monkeypatch.setattr(downloads, "noted", lambda make, *, file, revision: noted_as.append(revision) or make)
    run(monkeypatch, "pinned", pin=token)
    assert noted_as == [3, 3]


def test_who_may_see_less_is_told(opened):
    page = opened("p=all&r=-", Scope.of_stores(6))
    assert figures(page)["Net sales, then"] == "1.25"
    assert "what was kept is not shown" in words(page)


@pytest.mark.parametrize("chart", ["line", "bar", "heatmap", "table", "number", "auto"])
@pytest.mark.parametrize("keys", ["r=-", "r=department", "r=department&c=period&by=day", "r=period&by=day&vs=prev"])
def test_every_kind_of_view_can_be_pinned_and_opened(opened, chart, keys):
    page = opened(f"p=7d&chart={chart}&{keys}&m=net_sales,average_basket")
    assert "Nothing has changed since." in words(page)


@pytest.mark.parametrize("token", ["", "nonsense", "a" * 22])
def test_a_link_without_a_pin_says_so(shop, monkeypatch, token):
    page = run(monkeypatch, "pinned", pin=token)
    assert "This pin cannot be shown" in words(page)
    assert not page.metric
