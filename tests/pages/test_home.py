"""The home page as a script: each card over a tiny shop, for whom, as of when, and with nothing to tell."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from dashboard import auth, load, working
from dashboard.auth import User
from data.accounts.accounts import create_account
from data.dashboards import reading as dashboards
from data.dashboards.writing import save_dashboard
from data.dashboards.writing import set_favourite as keep_dashboard
from data.scope import Scope
from data.views.reading import Content
from data.views.writing import save_view, set_favourite
from tests.factories.accounts import PASSWORD
from tests.spec.world import World
from tests.unusual.shop import FIRST, LAST, ODD, PRODUCTS, amounts, event, lines, open_shop

PAGE = Path(__file__).parents[2] / "pages" / "home.py"
EVERYTHING = Scope.everything()
TARGETS = "department  month  net\nGROCERY  2017-03-01  9000.00\nFLORAL  2017-03-01  100.00"


@pytest.fixture
def home(database, monkeypatch):
    """The page for Ann, who has an account."""
    with database.accounts() as conn:
        create_account(conn, username="ann", password=PASSWORD, role="analyst")
    monkeypatch.setattr(load.Resources, "database", database)
    monkeypatch.setattr(load.Resources, "cache", None)
    monkeypatch.setattr(working, "_AT_ONCE_S", 60)
    return monkeypatch


@pytest.fixture
def shop(home, database):
    """Ten weeks of sales with an odd day, and targets of March of which one cannot be met."""
    with database.owner.begin() as conn:
        world = World(conn).products(PRODUCTS)
        world.lines(lines({ODD: (amounts(ODD)[0], 400)}))
        world.targets(TARGETS)
    return home


def run(patch, scope=EVERYTHING, /, **params):
    user = User(1, "ann", "Ann", "analyst", scope)
    patch.setattr(auth, "require", lambda role: user)
    page = AppTest.from_file(str(PAGE), default_timeout=90)
    for name, value in params.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception, page.exception
    return page


def words(page):
    shown = " ".join(item.value for item in (*page.markdown, *page.caption, *page.header))
    return f"{shown} {' '.join(item.proto.body for item in page.get('html'))}"


def link(page, text):
    """The address behind a link's words."""
    before = words(page).split(f">{text}</a>")[0]
    return before.rsplit("href='", 1)[1].split("'")[0].replace("&amp;", "&")


def test_every_card_is_there_and_leads_on(shop):
    page = run(shop)
    assert [item.value for item in page.header] == [
        "What changed since your last visit", "Unusual values", "Targets at risk", "Data freshness", "Data quality",
    ]  # fmt: skip
    addresses = {"All revisions": "/history", "Attainment": "/attainment", "Calendar": "/calendar",
                 "All open points": "/data-quality", "Open Overview": "/overview"}  # fmt: skip
    assert {text: link(page, text) for text in addresses} == addresses


def test_the_six_figures_are_of_the_last_28_days(shop):
    assert "13 Feb \u2013 12 Mar 2017, against the previous 28 days" in words(run(shop))


def test_an_unusual_day_stands_with_its_members_and_leads_to_explore(shop):
    page = run(shop)
    assert "Fri 3 Mar 2017" in words(page)
    assert "above the usual" in words(page)
    assert "<dt>Departments</dt><dd>FLORAL" in words(page)
    address = next(part for part in words(page).split("'") if part.startswith("/explore?") and "2017-03-03" in part)
    asked = parse_qs(urlsplit(address.replace("&amp;", "&")).query)
    assert (asked["from"], asked["to"]) == (["2017-03-03"], ["2017-03-03"])
    assert asked["vsfrom"] == ["2017-02-24"]


def test_an_event_of_the_calendar_makes_it_usual(shop, database):
    with database.owner.begin() as conn:
        event(conn, ODD, "Flower day")
    assert "Nothing of the last 28 days is outside of what is usual" in words(run(shop))


def test_too_short_a_history_says_so(home, database):
    with database.owner.begin() as conn:
        World(conn).products(PRODUCTS).lines(lines({}, 20))
    page = run(home)
    assert "Net sales: it takes 56 whole days to tell what is usual; there are 20." in words(page)
    assert "outside of what is usual" not in words(page)


def test_departments_short_of_their_target_are_listed_and_others_are_not(shop):
    page = run(shop)
    assert "1 of 2 departments miss their target of Mar 2017 at this rate, after 12 of 31 days." in words(page)
    assert link(page, "GROCERY") == "/attainment?dept=GROCERY"


def test_targets_are_a_dash_for_who_sees_some_stores(shop):
    page = run(shop, Scope.of_stores(1))
    assert "\u2014 Targets are set for all stores together; you may see some of them." in words(page)
    assert "GROCERY" not in words(page)


def test_who_sees_one_store_sees_its_own_unusual_days_alone(shop):
    assert "Fri 3 Mar 2017" in words(run(shop, Scope.of_stores(2)))
    assert "Nothing of the last 28 days is outside of what is usual" in words(run(shop, Scope.of_stores(1)))


def test_no_targets_are_said(home, database):
    with database.owner.begin() as conn:
        World(conn).products(PRODUCTS).lines(lines())
    assert "No department has a target in Mar 2017." in words(run(home))


def test_freshness_tells_the_last_day_who_loaded_it_and_days_without_sales(home, database):
    silent = LAST - timedelta(days=3)
    with database.owner.begin() as conn:
        open_shop(conn, {silent: (0, 0)})
        event(conn, silent, "Stocktaking")
    text = words(run(home))
    assert "12 Mar 2017, " in text
    assert "9 Mar (Stocktaking)" in text
    assert "2 Jan \u2013 12 Mar 2017" in text


def test_facts_that_came_late_are_told(home, database):
    with database.owner.begin() as conn:
        world = World(conn).products(PRODUCTS)
        world.lines(lines({}, 60))
    with database.owner.begin() as conn:
        world.conn = conn
        world.lines(f"basket  product  store  household  sold_on  quantity  net\n9001  20  2  8  {FIRST}  1  4.00")
    assert "late or loaded again up to 2 Jan 2017" in words(run(home))


def test_open_points_lead_to_their_members(shop):
    assert link(run(shop), "Households without a survey") == "/data-quality?check=Households+without+a+survey"


def test_a_first_visit_and_a_visit_without_news_say_so(shop):
    assert "This is your first visit" in words(run(shop))
    with load.database().accounts() as conn:
        conn.execute(sa.text("update accounts.visits set seen_at = now() - interval '3 days'"))
    assert "Nothing was loaded or edited since your last visit" in words(run(shop))


def test_favourites_stand_on_top(shop):
    with load.database().accounts() as conn:
        saved = save_view(conn, account_id=1, content=Content("explore", "p=all", "My view"))
        set_favourite(conn, view_id=saved.view_id, account_id=1, favourite=True)
        board = save_dashboard(conn, dashboards.Content("My morning"), account_id=1)
        keep_dashboard(conn, dashboard_id=board.dashboard_id, account_id=1, favourite=True)
    said = words(run(shop))
    assert "aria-label='Favourites'" in said
    assert saved.address.replace("&", "&amp;") in said
    assert f"href='/dashboards?dashboard={board.dashboard_id}'" in said


def test_a_past_revision_is_shown_as_it_was(shop, database):
    with database.owner.begin() as conn:
        event(conn, ODD, "Flower day")
        newest = conn.scalar(sa.text("select max(revision) from history.revisions"))
    page = run(shop, home="past", revision=str(newest - 1))
    assert "As of **revision" in words(page)
    assert "Fri 3 Mar 2017" in words(page)
    assert link(page, "Open Overview") == f"/overview?revision={newest - 1}"
    assert "Go back to now to see what has changed" in words(page)
    page.button(key="back-to-now").click().run()
    assert "Fri 3 Mar 2017" not in words(page)
    assert dict(page.query_params) == {}


def test_an_empty_database_says_so(home):
    assert "No sales have been loaded yet" in words(run(home))


def test_a_card_that_cannot_be_read_leaves_the_others(shop):
    from dashboard.home import quality

    def broken(*_, **__):
        raise RuntimeError("no")

    shop.setattr(quality, "quality_summary", broken)
    page = run(shop)
    assert "This could not be read this time" in words(page)
    assert "1 of 2 departments miss" in words(page)
