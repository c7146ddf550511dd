"""The overview as a script: what it says about a tiny shop, without a browser."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import auth, load
from dashboard.auth import User
from data.scope import Scope
from tests.spec.world import World

PAGE = Path(__file__).parents[2] / "pages" / "overview.py"
LINES = """
basket  product  store  household  sold_on     quantity  net    retail_discount
1       10       1      7          2017-01-20  2         4.00   0
2       10       1      7          2017-02-20  1         5.00   0.25
3       30       2      8          2017-02-24  3         20.00  0
4       30       2      9          2017-02-28  1         7.00   0
"""
PRODUCTS = """
product  department  product_type
10       GROCERY     =MILK
30       PRODUCE     APPLES
"""


@pytest.fixture
def shop(database, monkeypatch):
    """The page over a shop of two stores, for whoever `identity` says."""
    with database.owner.begin() as conn:
        World(conn).products(PRODUCTS).lines(LINES)
    monkeypatch.setattr(load.Resources, "database", database)
    monkeypatch.setattr(load.Resources, "cache", None)
    return monkeypatch


def run(shop, scope=Scope.everything(), **params):  # noqa: B008
    user = User(1, "ann", "Ann", "analyst", scope)
    shop.setattr(auth, "require", lambda role: user)
    page = AppTest.from_file(str(PAGE), default_timeout=30)
    for name, value in params.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception, page.exception
    return page


def html(page):
    return " ".join(item.proto.body for item in page.get("html"))


def words(page):
    return " ".join(item.value for item in (*page.markdown, *page.caption))


def test_tiles_say_the_figure_and_how_it_moved(shop):
    page = run(shop, p="7d")
    assert "<strong>$27.00</strong>" in html(page)
    assert "27.00 in 22\u201328 Feb 2017" in html(page)
    assert "+440.0\u202f%</b> on the previous 7 days" in html(page)


def test_a_period_before_the_facts_has_no_comparison_and_says_why(shop):
    page = run(shop, p="28d", vs="year")
    assert "facts begin on 20 Jan 2017" in words(page)
    assert "same weeks last year" not in html(page)


def test_any_dates_can_be_compared_with_and_unequal_lengths_are_said(shop):
    page = run(shop, p="7d", vs="dates", vsfrom="2017-01-20", vsto="2017-01-22")
    assert "27.00 in 22\u201328 Feb 2017" in html(page)
    assert "+575.0\u202f%</b> on 20\u201322 Jan 2017" in html(page)
    assert "22\u201328 Feb 2017 has 7 days, 20\u201322 Jan 2017 has 3" in words(page)


def test_choosing_dates_to_compare_with_starts_from_the_previous_ones(shop):
    page = run(shop, p="7d")
    page.selectbox(key="filters.comparison").select("dates").run()
    assert page.query_params["vsfrom"] == "2017-02-15"
    assert page.query_params["vsto"] == "2017-02-21"
    assert "+440.0\u202f%</b> on 15\u201321 Feb 2017" in html(page)


def test_a_reader_of_one_store_sees_that_store_alone(shop):
    page = run(shop, Scope.of_stores(1), p="all")
    assert "<strong>$9.00</strong>" in html(page)
    stores = next(item for item in page.multiselect if item.label == "Stores")
    assert stores.options == ["Store 1"]


def test_widgets_show_what_the_link_says(shop):
    page = run(shop, p="all", by="week", dept="GROCERY")
    assert page.selectbox[0].value == "all"
    assert next(item for item in page.multiselect if item.label == "Departments").value == ["GROCERY"]
    assert "Net sales by week" in [item.value for item in page.header]
    assert "<strong>$9.00</strong>" in html(page)


def test_a_widget_writes_the_link_and_a_chip_takes_it_back(shop):
    page = run(shop, p="all")
    next(item for item in page.multiselect if item.label == "Departments").select("PRODUCE").run()
    assert page.query_params["dept"] == "PRODUCE"
    page.button(key="chip-department-PRODUCE").click().run()
    assert "dept" not in page.query_params
    assert page.query_params["p"] == "all"


def test_an_unknown_word_is_left_out_with_a_notice(shop):
    page = run(shop, p="all", dept="ATTIC")
    assert "“department ATTIC”, which is not known here" in words(page)


def test_nothing_sold_offers_everything(shop):
    page = run(shop, **{"p": "dates", "from": "2017-02-01", "to": "2017-02-03"})
    assert "Nothing was sold here" in words(page)
    page.button(key="widen").click().run()
    assert "<strong>$36.00</strong>" in html(page)


def test_a_week_that_is_cut_off_is_said(shop):
    assert "only partly in the period" in words(run(shop, p="all", by="week"))


def test_the_footer_says_how_fresh_the_figures_are(shop):
    assert "Facts to 28 Feb 2017 · revision" in words(run(shop))


def test_an_empty_database_says_so(database, monkeypatch):
    monkeypatch.setattr(load.Resources, "database", database)
    assert "No sales have been loaded yet" in words(run(monkeypatch))


def test_a_ranking_as_a_table_lists_all_and_says_its_finding(shop):
    page = run(shop, p="all")
    page.toggle(key="department-as-table").set_value(True).run()
    assert page.dataframe[0].value["Net sales"].tolist() == [27.0, 9.0]
    assert "PRODUCE leads with $27.00" in words(page)
    assert len(page.get("plotly_chart")) == 2


def test_every_chart_has_words_that_state_its_finding(shop):
    page = run(shop, p="all")
    told = [item.proto.alt for item in page.get("plotly_chart")]
    assert len(told) == 3
    assert told[1].startswith("Net sales by department: PRODUCE leads with $27.00 (75.0")
