"""Pins made from Explore's links: of what was seen, with dates that stay, for who is logged in; and shown again."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard import load
from dashboard.auth import User
from dashboard.auth.cookies import SESSION
from dashboard.explore.links import from_link
from dashboard.periods import Comparison, Period
from dashboard.pins import routes
from dashboard.pins.making import ADDRESS, pin_of_link
from dashboard.pins.shown import MOVED, NOW, THEN, WHO, show_pin
from data.accounts.sessions import open_ticket, redeem_ticket
from data.errors import TooMuchToPin, UnknownPin, UsageError
from data.pins import answers
from data.pins.keeping import find_pin
from data.scope import Scope
from tests.changes.shop import edit
from tests.factories.accounts import AccountFactory
from tests.loading.conftest import Loader

EVERYTHING = Scope.everything()
SITE = "http://shop.example"
MARCH = "1,10,5,7,2017-03-01 10:00:00,2,3.00,0,0,0\n2,11,6,7,2017-03-02 10:00:00,1,1.25,0,0,0\n"
APRIL = "9,10,5,7,2017-04-02 10:00:00,1,9.00,0,0,0\n"


@pytest.fixture
def shop(database, tmp_path, monkeypatch):
    """Stores, products and March (revision 3), with an account."""
    loader = Loader(database, tmp_path)
    loader.load("stores", "store,region\n5,North\n6,South\n")
    loader.load("products", "product,department,category\n10,DAIRY,MILK\n11,DAIRY,CHEESE\n12,FUEL,GAS\n")
    loader.sales(MARCH)
    with database.accounts() as conn:
        AccountFactory(conn=conn, username="ann", display_name="Ann", role="analyst")
    monkeypatch.setattr(load.Resources, "database", database)
    monkeypatch.setattr(load.Resources, "cache", None)
    return loader


def user(scope=EVERYTHING):
    return User(1, "ann", "Ann", "analyst", scope)


def pinned(words, scope=EVERYTHING):
    address = pin_of_link(words, user(scope))
    assert address.startswith(ADDRESS)
    with load.database().accounts() as conn:
        return find_pin(conn, token=address.removeprefix(ADDRESS))


def shown(pin, scope=EVERYTHING):
    with load.database().reading(scope) as conn:
        return show_pin(conn, pin, scope=scope)


def changes(found):
    rows = found.changes[[WHO, THEN, NOW, MOVED]].itertuples(index=False)
    return [tuple(None if pd.isna(value) else value for value in row) for row in rows]


def test_dates_that_move_are_written_out(shop):
    pin = pinned("p=7d&vs=prev&r=period&by=day")
    state, ignored = from_link(pin.content.link)
    assert (ignored, state.revision, pin.content.revision) == ([], 3, 3)
    assert (state.period, state.dates) == (Period.CUSTOM, (date(2017, 2, 24), date(2017, 3, 2)))
    shop.sales(APRIL)
    assert not shown(pin).has_moved


def test_an_earlier_period_is_kept_with_its_dates(shop):
    pin = pinned("p=dates&from=2017-03-02&to=2017-03-02&vs=prev&r=-")
    state, _ = from_link(pin.content.link)
    assert (state.comparison, state.against) == (Comparison.CUSTOM, (date(2017, 3, 1), date(2017, 3, 1)))


def test_what_was_seen_is_pinned_whatever_was_loaded_since(shop):
    shop.sales(APRIL)
    found = shown(pinned("p=all&r=-&revision=3"))
    assert changes(found) == [("In all", 425.0, 425.0, 0.0)]  # over its own dates, which April is not in
    assert not found.has_moved


def test_then_and_now_with_every_row_that_moved(shop):
    pin = pinned("p=all&r=department")
    edit(load.database(), "products", "10", category="FUEL > GAS")
    found = shown(pin)
    assert changes(found) == [
        ("DAIRY", 425.0, 125.0, -300.0),
        ("FUEL", None, 300.0, 300.0),
        ("Total", 425.0, 425.0, 0.0),
    ]
    assert found.has_moved
    assert not found.redefined
    pd.testing.assert_frame_equal(found.then.tidy.frame, shown(pin).then.tidy.frame)
    assert found.then.drawing is not None


def test_who_may_see_less_sees_their_part_and_not_what_was_kept(shop):
    pin = pinned("p=all&r=-")
    edit(load.database(), "products", "10", category="FUEL > GAS")
    found = shown(pin, Scope.of_stores(6))
    assert not found.is_whole
    assert changes(found) == [("In all", 125.0, 125.0, 0.0)]
    assert "DAIRY" not in str(shown(pinned("p=all", Scope.of_stores(6)), Scope.of_stores(5)).changes[THEN].tolist())
    assert shown(pinned("p=all&r=-", Scope.of_stores(6)), Scope.of_stores(6)).is_whole


def test_a_formula_that_changed_is_told(shop):
    pin = pinned("p=all&r=-")
    frame, columns = answers.unpacked(pin.content.answer["table"])
    other = answers.packed(frame.assign(net_sales=frame["net_sales"] + 1), columns)
    was = replace(pin, content=replace(pin.content, answer={**pin.content.answer, "table": other}))
    found = shown(was)
    assert found.redefined
    assert changes(found) == [("In all", 426.0, 425.0, -1.0)]


def test_what_is_not_declared_any_more_is_told(shop):
    pin = pinned("p=all&r=-")
    gone = replace(pin, content=replace(pin.content, link=pin.content.link.replace("r=-", "m=gone&r=-")))
    with pytest.raises(UnknownPin, match="gone is not declared now"):
        shown(gone)


@pytest.mark.parametrize("words", ["m=nonsense", "revision=99", "f=department.in:", "p=never"])
def test_a_link_that_means_nothing_is_refused_with_its_words(shop, words):
    with pytest.raises(UsageError, match="not known here"):
        pin_of_link(words, user())


def test_too_many_rows_are_refused(shop, monkeypatch):
    monkeypatch.setattr(answers, "MOST_ROWS", 1)
    with pytest.raises(TooMuchToPin, match="at most 1 rows"):
        pin_of_link("p=all&r=product", user())


@pytest.fixture
def client(shop):
    with load.database().accounts() as conn:
        ticket = open_ticket(conn, account_id=1, browser="browser-of-ann")
        token = redeem_ticket(conn, ticket=ticket, browser="browser-of-ann")
    return TestClient(Starlette(routes=routes.routes()), base_url=SITE, cookies={SESSION: token})


def post(client, words="p=all&r=-", origin=SITE):
    return client.post("/pins", content=words, headers={"origin": origin})


def test_the_route_answers_with_the_address(client):
    answer = post(client)
    assert answer.status_code == 201
    assert answer.json()["address"].startswith(ADDRESS)


def test_the_route_refuses_other_sites_strangers_and_nonsense(client):
    assert post(client, origin="http://evil.example").status_code == 403
    assert post(client, "m=nonsense").status_code == 422
    assert "nonsense" in post(client, "m=nonsense").json()["problem"]
    assert post(client, "x" * 9000).status_code == 413
    client.cookies.clear()
    assert post(client).status_code == 401
    client.cookies.set(SESSION, "made-up")
    assert post(client).status_code == 401
    with load.database().accounts() as conn, pytest.raises(UnknownPin):
        find_pin(conn, token="made-up")
