"""What curated pages show, pinned: every button makes a pin, and the pin tells what has changed since."""

import re
from datetime import date
from html import unescape

import pytest
import sqlalchemy as sa

from dashboard import load
from dashboard.auth import User
from dashboard.curated.registry import PIECES
from dashboard.pins.making import ADDRESS
from dashboard.pins.pieces import names_piece, pin_piece, show_piece
from data.db import Database
from data.errors import TooMuchToPin, UnknownPin, UsageError
from data.pins import answers
from data.pins.keeping import find_pin
from data.scope import Scope
from tests.changes.shop import edit
from tests.factories.accounts import AccountFactory
from tests.pages.test_curated import NAMES, run, shop, table, words
from tests.spec.world import World

__all__ = ["shop"]
EVERYTHING = Scope.everything()
MARCH = """
basket  product  store  household  sold_on     quantity  net
9       10       1      7          2017-03-06  1         3.00
"""
LATE = """
basket  product  store  household  sold_on     quantity  net
8       10       1      8          2017-02-07  1         1.00
"""


@pytest.fixture
def ann(shop):
    with load.database().accounts() as conn:
        return AccountFactory(conn=conn, username="ann", display_name="Ann", role="analyst").account_id


def user(account, scope=EVERYTHING):
    return User(account, "ann", "Ann", "analyst", scope)


def more(text):
    with load.database().owner.begin() as conn:
        world = World(conn)
        world._seen |= {("product", 10), ("store", 1), ("household", 7), ("household", 8)}
        world._loads = 10
        world.lines(text)


def buttons(page):
    """The words of every pin button of a page that pins a piece of it."""
    found = re.findall(r"data-daybook-pin='([^']*)'", " ".join(item.proto.body for item in page.get("html")))
    return [unescape(item) for item in found if names_piece(unescape(item))]


def token(address):
    return address.removeprefix(ADDRESS)


@pytest.mark.parametrize("name", NAMES)
def test_every_button_of_a_page_makes_a_pin_that_opens(shop, ann, name):
    offered = buttons(run(shop, name, p="dates", **{"from": "2017-02-01", "to": "2017-02-20"}, vs="dates",
                          vsfrom="2017-01-09", vsto="2017-01-30"))  # fmt: skip
    assert offered
    for said in offered:
        page = run(shop, "pinned", pin=token(pin_piece(said, user(ann))))
        assert "Nothing has changed since." in words(page), said
        assert "Pinned by Ann" in words(page)
        assert not page.error


def test_every_piece_without_a_way_to_explore_is_offered_somewhere(shop, ann):
    asked = {
        "p": "dates",
        "from": "2017-02-01",
        "to": "2017-02-20",
        "vs": "dates",
        "vsfrom": "2017-01-09",
        "vsto": "2017-01-30",
    }
    offered = {tuple(re.search(r"page=([a-z-]+)&piece=([a-z-]+)", said).groups())
               for name in NAMES for said in buttons(run(shop, name, **asked))}  # fmt: skip
    explored = {("products", "movers"), ("stores", "stores"), ("stores", "each-store"), ("customers", "mix"),
                ("calendar", "days"), ("calendar", "hours"), ("attainment", "attainment")}  # fmt: skip
    of_promotions = {
        ("promotions", key) for key in ("lift", "lift-display", "lift-mailer", "lifted")
    }  # none are loaded
    assert offered == set(PIECES) - explored - of_promotions


def test_a_pin_keeps_its_dates_and_tells_late_lines(shop, ann):
    pin = token(pin_piece("page=customers&piece=segments&p=28d", user(ann)))
    more(MARCH)
    assert "Nothing has changed since." in words(run(shop, "pinned", pin=pin))
    more(LATE)
    page = run(shop, "pinned", pin=pin)
    moved = table(page, "Then")
    grown = moved[moved["Figure"] == "Net sales"]
    assert len(grown) == 1
    then, now = (float(grown[side].iloc[0].replace(",", "")) for side in ("Then", "Now"))
    assert now - then == pytest.approx(1.00)
    assert "/explain?" in " ".join(item.proto.body for item in page.get("html"))


def test_an_edit_moves_a_pinned_piece_by_name(shop, ann):
    pin = token(pin_piece("page=products&piece=pairs-table&pairs=department&p=all", user(ann)))
    edit(load.database(), "products", "20", category="PRODUCE > FRUIT")
    moved = table(run(shop, "pinned", pin=pin), "Then")
    assert set(moved["Row"]) == {"PRODUCE · GROCERY"}  # milk and bread are of two departments now


def test_who_may_see_less_gets_figures_of_their_own_stores(shop, ann):
    pin = token(pin_piece("page=customers&piece=segments&p=all", user(ann)))
    page = run(shop, "pinned", Scope.of_stores(2), pin=pin)
    assert "what was kept is not shown" in page.info[0].value
    assert table(page, "Net sales")["Net sales"].sum() == pytest.approx(20.00)  # store 2 alone


def test_attainment_is_not_shown_to_who_sees_some_stores(shop, ann):
    pin = token(pin_piece("page=attainment&piece=run-rate&p=all", user(ann)))
    assert "This pin cannot be shown" in words(run(shop, "pinned", Scope.of_stores(2), pin=pin))
    with pytest.raises(UsageError, match="nothing to show"):
        pin_piece("page=attainment&piece=run-rate&p=all", user(ann, Scope.of_stores(2)))


def test_a_changed_formula_is_said_and_what_was_kept_is_shown(shop, ann):
    pin = token(pin_piece("page=customers&piece=segments&p=all", user(ann)))
    with load.database().owner.begin() as conn:
        conn.execute(sa.text("""update accounts.pins set answer = jsonb_set(answer, '{table,values,3,0}', '123')"""))
    page = run(shop, "pinned", pin=pin)
    assert "The definition has changed since" in " ".join(item.value for item in page.warning)
    assert 1.23 in table(page, "Net sales")["Net sales"].tolist()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("page=cellar&piece=wine", "no such figure"),
        (
            "page=products&piece=pairs-table&pairs=shelf",
            "pairs must be one of product, category, department; got 'shelf'",
        ),
        ("page=customers&piece=cohorts&dept=ATTIC", "not known here: department ATTIC"),
        ("page=customers&piece=cohorts&revision=999", "not known here"),
        ("page=products&piece=movers&p=all", "nothing to show"),
        ("page=promotions&piece=around&p=dates&from=2017-01-01&to=2017-01-31", "no campaign was on"),
    ],
)
def test_a_link_that_means_nothing_is_refused_with_its_reason(shop, ann, said, why):
    with pytest.raises(UsageError, match=why):
        pin_piece(said, user(ann))


def test_more_rows_than_can_be_kept_are_refused(shop, ann, monkeypatch):
    monkeypatch.setattr(answers, "MOST_ROWS", 1)
    with pytest.raises(TooMuchToPin):
        pin_piece("page=calendar&piece=hours&p=all", user(ann))


def test_a_piece_that_is_gone_is_said_calmly(shop, ann):
    made = token(pin_piece("page=customers&piece=segments&p=all", user(ann)))
    with load.database().owner.begin() as conn:
        conn.execute(sa.text("update accounts.pins set link = replace(link, 'segments', 'horoscopes')"))
    with load.database().accounts() as conn:
        pin = find_pin(conn, token=made)
    database: Database = load.database()
    with database.reading(EVERYTHING) as conn, pytest.raises(UnknownPin, match="no such figure"):
        show_piece(conn, pin, user(ann))
    assert date(2017, 2, 20).isoformat() in pin.content.link  # the dates are written out
