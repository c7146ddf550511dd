"""Explore as a script: what it says about a tiny shop, without a browser."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import auth, load
from dashboard.auth import User
from data.scope import Scope
from tests.spec.world import World

PAGE = Path(__file__).parents[2] / "pages" / "explore.py"
PRODUCTS = """
product  department  category  product_type
10       GROCERY     MILK      =MILK
20       GROCERY     BREAD     RYE
30       PRODUCE     FRUIT     APPLES
"""
LINES = """
basket  product  store  household  sold_on     quantity  net    retail_discount
1       10       1      7          2017-01-20  2         4.00   0
2       10       1      7          2017-02-20  1         5.00   0.25
2       30       1      7          2017-02-20  1         2.00   0
3       30       2      8          2017-02-24  3         20.00  0
4       20       2      9          2017-02-28  1         7.00   0
"""


@pytest.fixture
def shop(database, monkeypatch):
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


def table(page):
    return page.dataframe[0].value


def words(page):
    return " ".join(item.value for item in (*page.markdown, *page.caption, *page.header, *page.info))


def test_the_first_view_is_net_sales_by_department(shop):
    page = run(shop)
    assert table(page).to_dict("list") == {
        "Department": ["PRODUCE", "GROCERY", "Total"],
        "Net sales": [22.0, 12.0, 34.0],
    }
    assert "Net sales by department" in words(page)


def test_the_total_of_households_is_counted_anew(shop):
    page = run(shop, m="households")
    assert table(page)["Households"].tolist() == [2, 2, 3]


def test_each_group_has_its_total_below_it(shop):
    page = run(shop, r="department,category")
    assert table(page)["Category"].tolist() == ["FRUIT", "Total", "BREAD", "MILK", "Total", "Total"]
    assert table(page)["Net sales"].tolist() == [22.0, 22.0, 7.0, 5.0, 12.0, 34.0]


def test_rows_are_sorted_as_chosen(shop):
    page = run(shop, r="category")
    assert table(page)["Category"].tolist() == ["FRUIT", "BREAD", "MILK", "Total"]
    page.selectbox(key="explore.sort").set_value("net_sales").run()
    assert table(page)["Category"].tolist() == ["MILK", "BREAD", "FRUIT", "Total"]
    page.selectbox(key="explore.sort").set_value("category").run()
    assert table(page)["Category"].tolist() == ["BREAD", "MILK", "FRUIT", "Total"]
    assert page.query_params["sort"] in ("category", ["category"])


def test_columns_are_spread_with_their_total(shop):
    page = run(shop, c="store")
    assert list(table(page)) == ["Department", "Store 2", "Store 1", "Total"]
    assert table(page)["Total"].tolist() == [22.0, 12.0, 34.0]


def test_a_metric_that_is_not_set_so_says_why(shop):
    page = run(shop, m="target", r="store")
    assert "Targets are not set by store." in words(page)


def test_a_comparison_keeps_who_came_and_who_went(shop):
    page = run(shop, r="category", p="dates", **{"from": "2017-02-21", "to": "2017-02-28"}, vs="dates",
               vsfrom="2017-02-13", vsto="2017-02-20")  # fmt: skip
    frame = table(page).set_index("Category")
    assert frame.loc["MILK", "Net sales"] == 0
    assert frame.loc["MILK", "Net sales change"] == -5
    assert frame.loc["BREAD", "Net sales change"] == 7
    assert frame.loc["Total", "Net sales change"] == 20


def test_a_scope_of_one_store_sees_that_store(shop):
    page = run(shop, scope=Scope.of_stores(1), r="store")
    assert table(page).to_dict("list") == {"Store": ["Store 1", "Total"], "Net sales": [7.0, 7.0]}


def test_nothing_found_says_what_was_asked_and_widens(shop):
    page = run(shop, f="department.in:NONE")
    assert "Nothing was sold here" in words(page)
    assert "Department: NONE" in words(page)
    page.button(key="widen").click().run()
    assert not page.exception
    assert table(page)["Net sales"].tolist() == [22.0, 16.0, 38.0]


def test_lines_behind_a_mark(shop):
    page = run(shop, l="department.in:PRODUCE")
    assert "2 sales lines" in words(page)
    lines = page.dataframe[1].value
    assert lines["Product"].tolist() == ["APPLES, no. 30", "APPLES, no. 30"]
    assert lines["Net sales"].tolist() == [2.0, 20.0]


def test_no_metric_at_all_asks_for_one(shop):
    page = run(shop)
    page.multiselect(key="explore.metrics").set_value([]).run()
    assert not page.exception
    assert "Choose at least one metric." in words(page)


def test_a_wrong_filter_is_told_and_changes_nothing(shop):
    page = run(shop)
    page.selectbox(key="filter.on").set_value("store")
    page.selectbox(key="filter.how").set_value("range").run()
    page.text_input(key="filter.from").set_value("abc")
    page.button(key="filter-add").click().run()
    assert not page.exception
    assert "Store is a whole number; got 'abc'" in words(page)
    assert "f" not in page.query_params


@pytest.mark.parametrize("chart", ["line", "area", "bar", "stacked", "heatmap", "scatter", "number", "table"])
@pytest.mark.parametrize(
    "keys", [{"r": "-"}, {}, {"c": "store"}, {"r": "period", "by": "day"}, {"c": "period", "r": "category"}]
)
def test_every_chart_of_everything(shop, chart, keys):
    page = run(shop, chart=chart, m="net_sales,discount_rate,households", vs="prev", **keys)
    assert len(table(page))
