"""The curated pages as scripts over a tiny shop: their figures, and every state that a link can ask for."""

from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from dashboard import auth, load
from dashboard.auth import User
from data.models import CalendarEvent
from data.scope import Scope
from tests.spec.world import World

PAGES = Path(__file__).parents[2] / "pages"
NAMES = ("products", "stores", "customers", "promotions", "calendar", "attainment")
JANUARY = """
basket  product  store  household  sold_on     quantity  net
1       10       1      7          2017-01-09  2         4.00
2       30       2      8          2017-01-30  2         8.00
"""
FEBRUARY = """
basket  product  store  household  sold_on     quantity  net
3       10       1      7          2017-02-06  1         2.50
3       20       1      7          2017-02-06  1         5.00
4       30       2      9          2017-02-14  3         12.00
5       10       1      8          2017-02-20  2         5.00
5       20       1      8          2017-02-20  1         4.50
"""
PRODUCTS = """
product  department  category  product_type
10       GROCERY     MILK      WHOLE MILK
20       GROCERY     BREAD     RYE BREAD
30       PRODUCE     FRUIT     APPLES
"""
TARGETS = """
department  month       net
GROCERY     2017-02-01  20.00
PRODUCE     2017-02-01  10.00
"""
CAMPAIGN = """
campaign  start_on    end_on      households
5         2017-02-06  2017-02-20  7,9
"""
VALENTINES = {"name": "Valentine's Day", "kind": "holiday", "start_on": date(2017, 2, 14), "end_on": date(2017, 2, 15)}


@pytest.fixture
def shop(database, monkeypatch):
    """The pages over a shop of two stores and two months; `january` is the revision of the first load."""
    with database.owner.begin() as conn:
        world = World(conn).products(PRODUCTS).targets(TARGETS).campaigns(CAMPAIGN)
        conn.execute(sa.insert(CalendarEvent).values(VALENTINES))
    for text in (JANUARY, FEBRUARY):  # each load is a revision of its own
        with database.owner.begin() as conn:
            world.conn = conn
            revision = world.lines(text)
    monkeypatch.january = revision - 1
    monkeypatch.setattr(load.Resources, "database", database)
    monkeypatch.setattr(load.Resources, "cache", None)
    return monkeypatch


def run(shop, name, scope=Scope.everything(), **params):  # noqa: B008
    user = User(1, "ann", "Ann", "analyst", scope)
    shop.setattr(auth, "require", lambda role: user)
    page = AppTest.from_file(str(PAGES / f"{name}.py"), default_timeout=30)
    for param, value in params.items():
        page.query_params[param] = value
    page.run()
    assert not page.exception, page.exception
    return page


def words(page):
    return " ".join(item.value for item in (*page.markdown, *page.caption))


def table(page, heading):
    """The rows of the table below a heading, or of the first one."""
    return next(item.value for item in page.dataframe if heading in item.value.columns)


def as_table(page, key):
    page.toggle(key=f"{key}-as-table").set_value(True).run()
    assert not page.exception, page.exception
    return page


@pytest.mark.parametrize("name", NAMES)
def test_a_page_answers_for_all_dates_and_says_how_fresh_it_is(shop, name):
    page = run(shop, name, p="all")
    assert page.title[0].value == name.capitalize()
    assert "Facts to 20 Feb 2017" in words(page)
    assert page.get("plotly_chart") or page.dataframe


@pytest.mark.parametrize("name", NAMES)
def test_a_page_says_where_nothing_was_sold_and_widens(shop, name):
    page = run(shop, name, **{"p": "dates", "from": "2017-01-10", "to": "2017-01-12"})
    assert "Nothing was sold here" in words(page)
    assert "10\u201312 Jan 2017" in words(page)
    page.button(key="widen").click().run()
    assert not page.exception
    assert "Nothing was sold here" not in words(page)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_shows_the_past_and_says_so(shop, name):
    page = run(shop, name, p="all", revision=str(shop.january))
    assert f"As of **revision {shop.january}**" in words(page)
    assert "Facts to 30 Jan 2017" in words(page)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_as_of_a_revision_before_all_facts_says_that_nothing_was_loaded(shop, name):
    assert "No sales had been loaded at revision 1" in words(run(shop, name, revision="1"))


@pytest.mark.parametrize("name", NAMES)
def test_a_page_works_with_one_store_picked_and_for_who_may_see_one(shop, name):
    run(shop, name, p="all", store="1")
    page = run(shop, name, Scope.of_stores(1), p="all")
    assert "Store 2" not in words(page) + str([frame.value.to_dict() for frame in page.dataframe])


@pytest.mark.parametrize("name", NAMES)
def test_a_page_over_an_empty_database_says_so(database, monkeypatch, name):
    monkeypatch.setattr(load.Resources, "database", database)
    assert "No sales have been loaded yet" in words(run(monkeypatch, name))


FEBRUARY_AGAINST_JANUARY = {"p": "dates", "from": "2017-02-01", "to": "2017-02-20", "vs": "dates",
                            "vsfrom": "2017-01-09", "vsto": "2017-01-30"}  # fmt: skip


def test_products_that_moved_are_told_with_parts_that_add_up(shop):
    page = as_table(run(shop, "products", **FEBRUARY_AGAINST_JANUARY), "movers")
    moved = table(page, "After").set_index("Product")
    assert moved["Change"].round(2).tolist() == [9.5, 4.0, 3.5]  # rye bread 0 to 9.50, apples 8 to 12, milk 4 to 7.50
    parts = moved[["Volume", "Mix", "Price", "New", "Lost", "Without a quantity"]].sum(axis=1)
    assert parts.round(2).tolist() == moved["Change"].round(2).tolist()
    assert "The parts add up to +17.00 exactly" in words(page)


def test_pairs_are_counted_by_baskets(shop):
    pairs = table(run(shop, "products", p="all"), "Lift").iloc[0]
    assert pairs["Baskets"] == 2  # two of five baskets hold milk and bread; milk is in three, bread in two
    assert pairs["Lift"] == pytest.approx((2 / 5) / (3 / 5 * 2 / 5))


def test_a_store_that_sold_in_both_periods_grows(shop):
    page = as_table(run(shop, "stores", **FEBRUARY_AGAINST_JANUARY), "growth")
    grown = table(page, "Change").set_index("Store")["Change"]
    assert grown.to_dict() == pytest.approx({"Store 1": 17 / 4 - 1, "Store 2": 0.5})


def test_cohorts_count_who_came_back(shop):
    page = as_table(run(shop, "customers", p="all"), "cohorts")
    frame = table(page, "Retention")
    january = frame[frame.iloc[:, 0] == frame.iloc[0, 0]]
    assert january["Households"].tolist() == [2, 2]  # households 7 and 8 bought in both months


def test_a_segment_is_chosen_by_its_name(shop):
    page = run(shop, "customers", p="all")
    assert "Net sales by age" in [item.value for item in page.header]


def test_a_campaign_is_told_by_reach_and_by_phase(shop):
    page = run(shop, "promotions", p="all")
    assert table(page, "Reach")["Reach"].tolist() == [2]
    phases = table(page, "A household a week").set_index(["When", "Group"])
    assert phases.loc[("During", "Received it"), "Net sales"] == pytest.approx(19.50)  # 7.50 of 7, 12.00 of 9
    assert phases.loc[("During", "Did not receive it"), "Net sales"] == 0
    assert phases.loc[("After", "Did not receive it"), "Net sales"] == pytest.approx(9.50)


def test_no_campaign_in_the_dates_is_said(shop):
    assert "No campaign was on in these dates" in words(
        run(shop, "promotions", **{"p": "dates", "from": "2017-01-01", "to": "2017-01-31"})
    )


def test_an_event_is_held_against_the_same_weekdays(shop):
    row = table(run(shop, "calendar", p="all"), "Usual").iloc[0]
    assert (row["Event"], row["Net sales"]) == ("Valentine's Day", 12.0)
    assert row["Usual"] == 0  # no other Tuesday sold anything


def test_no_event_in_the_dates_is_said(shop):
    page = run(shop, "calendar", **{"p": "dates", "from": "2017-02-15", "to": "2017-02-20"})
    assert "No event of the calendar falls into these dates" in words(page)


def test_attainment_is_told_by_month_and_at_this_rate(shop):
    page = as_table(run(shop, "attainment", p="all"), "attainment")
    frame = table(page, "Attainment").set_index("Department")
    assert frame.loc["GROCERY", "Net sales"] == 17.0
    # the month is at its 20th of 28 days, and held against the target of those
    assert frame.loc["GROCERY", "Attainment"] == pytest.approx(17 / (20 * 20 / 28), abs=0.001)
    assert frame.loc["All departments", "Net sales"] == 29.0
    rate = table(page, "At this rate").set_index("Department")
    assert rate.loc["GROCERY", "At this rate"] == pytest.approx(17 * 28 / 20)
    assert [item.value for item in page.metric][:2] == ["$29.00", "$30.00"]


def test_who_sees_some_stores_is_told_why_there_are_no_targets(shop):
    assert "Targets are set for all stores together" in words(run(shop, "attainment", Scope.of_stores(1), p="all"))


def test_filters_by_which_no_target_is_set_are_said_to_be_left_out(shop):
    assert "filters on stores and brands are left out" in words(run(shop, "attainment", p="all", store="1"))
