"""What each metric means, on shops small enough to add up in one's head."""

from datetime import date

import numpy as np
import pytest

from data.errors import InvalidFilter, UnknownName, UsageError
from data.queries.metrics import metric_result
from data.scope import Scope
from data.semantic.question import Filter, Order, Query

ALL = Scope.everything()
EVERYTHING = (
    "net_sales",
    "gross_sales",
    "discount",
    "coupon_discount",
    "discount_rate",
    "units",
    "baskets",
    "households",
    "lines",
    "average_basket",
    "units_per_basket",
    "average_price",
)
SHOP = """
basket  product  store  household  sold_on     quantity  net    retail_discount  coupon_discount  coupon_match
1       10       1      7          2017-02-01  2         3.00   0.50             0                0
1       20       1      7          2017-02-01  1         1.00   0                0.40             0.10
2       10       1      7          2017-02-08  1         1.50   0.25             0                0
3       30       2      8          2017-02-08  9000      20.00  0                0                0
"""
PRODUCTS = """
product  department  category  brand     unit_of_measure
10       GROCERY     MILK      National  piece
20       GROCERY     BREAD     Private   piece
30       FUEL        FUEL      National  thousandth
"""


def answer(conn, *metrics, scope=ALL, **rest):
    return metric_result(conn, Query(metrics=metrics, **rest), scope=scope).frame


def rows(frame):
    return [tuple(row) for row in frame.itertuples(index=False)]


@pytest.fixture
def shop(world):
    world.products(PRODUCTS).lines(SHOP)
    return world.conn


def test_every_metric_of_the_whole_shop(shop):
    (row,) = rows(answer(shop, *EVERYTHING))
    expected = (2550, 2635, 85, 40, 85 / 2635, 4, 3, 2, 4, 2550 / 3, 4 / 3, 550 / 4)
    assert row == pytest.approx(expected)


def test_money_and_counts_are_whole_numbers_and_ratios_are_not(shop):
    frame = answer(shop, *EVERYTHING)
    assert {str(frame[name].dtype) for name in ("net_sales", "discount", "units", "baskets", "lines")} == {"int64"}
    assert {str(frame[name].dtype) for name in ("discount_rate", "average_basket")} == {"float64"}


def test_nothing_sold_is_one_row_of_zeros_with_undefined_ratios(conn, world):
    (row,) = rows(answer(conn, "net_sales", "baskets", "households", "units"))
    assert row == (0, 0, 0, 0)
    assert np.isnan(answer(conn, "average_basket")["average_basket"][0])


def test_empty_breakdown_keeps_its_columns_and_dtypes(conn, world):
    frame = answer(conn, "net_sales", "discount_rate", dimensions=("department", "product"), grain="day")
    assert list(frame.columns) == ["period", "department", "product", "product_label", "net_sales", "discount_rate"]
    assert [str(dtype) for dtype in frame.dtypes] == ["datetime64[s]", "str", "int64", "str", "int64", "float64"]
    assert frame.empty


def test_a_basket_and_a_household_count_once_in_each_department_they_touch(shop):
    frame = answer(shop, "net_sales", "baskets", "households", dimensions=("department",))
    assert rows(frame) == [("FUEL", 2000, 1, 1), ("GROCERY", 550, 2, 1)]


def test_households_do_not_add_up_over_weeks(shop):
    weeks = answer(shop, "households", "baskets", grain="week", start=date(2017, 2, 1), end=date(2017, 2, 15))
    assert weeks["period"].dt.date.tolist() == [date(2017, 1, 30), date(2017, 2, 6), date(2017, 2, 13)]
    assert weeks["households"].tolist() == [1, 2, 0]
    assert answer(shop, "households")["households"].tolist() == [2]


def test_quiet_buckets_are_zeros_for_every_member_that_sold(shop):
    frame = answer(
        shop, "net_sales", dimensions=("department",), grain="month", start=date(2017, 1, 1), end=date(2017, 4, 1)
    )
    assert [(row[0].month, *row[1:]) for row in rows(frame)] == [
        (1, "FUEL", 0),
        (1, "GROCERY", 0),
        (2, "FUEL", 2000),
        (2, "GROCERY", 550),
        (3, "FUEL", 0),
        (3, "GROCERY", 0),
    ]


def test_buckets_of_an_open_period_reach_from_the_first_sale_to_the_last(shop):
    assert len(answer(shop, "net_sales", grain="day")) == 8


def test_start_is_included_and_end_is_not(shop):
    assert answer(shop, "net_sales", start=date(2017, 2, 1), end=date(2017, 2, 8))["net_sales"][0] == 400
    assert answer(shop, "net_sales", start=date(2017, 2, 8))["net_sales"][0] == 2150


def test_category_key_names_its_department(shop):
    frame = answer(shop, "net_sales", dimensions=("category",))
    assert rows(frame) == [
        ("FUEL > FUEL", "FUEL", 2000),
        ("GROCERY > BREAD", "BREAD", 100),
        ("GROCERY > MILK", "MILK", 450),
    ]


def test_product_is_labelled_by_type_size_and_number(world):
    world.products("product  product_type  package_size\n5        ICE CREAM     56 OZ\n")
    world.lines("""
        basket  product  store  household  sold_on     quantity  net
        1       5        1      1          2017-01-02  1         4.00
        1       6        1      1          2017-01-02  1         2.00
        """)
    labels = answer(world.conn, "lines", dimensions=("product",))["product_label"].tolist()
    assert labels == ["ICE CREAM, 56 OZ, no. 5", "Unnamed product, no. 6"]


@pytest.mark.parametrize(
    ("dimension", "members", "net"),
    [
        ("department", ("GROCERY",), 550),
        ("department", ("GROCERY", "FUEL"), 2550),
        ("category", ("GROCERY > MILK",), 450),
        ("product", (20, 30), 2100),
        ("brand", ("Private",), 100),
        ("store", (2,), 2000),
        ("region", ("Unassigned",), 2550),
        ("manufacturer", ("Unknown",), 2550),
        ("weekday", (3,), 2550),
        ("age", ("Unknown",), 2550),
        ("department", ("NO SUCH",), 0),
    ],
)
def test_filter_keeps_the_named_members(shop, dimension, members, net):
    assert answer(shop, "net_sales", filters=(Filter(dimension, members),))["net_sales"][0] == net


def test_filters_on_two_dimensions_both_hold(shop):
    filters = (Filter("department", ("GROCERY",)), Filter("brand", ("National",)))
    assert answer(shop, "net_sales", "baskets", filters=filters).iloc[0].tolist() == [450, 2]


def test_order_and_limit_keep_the_largest(shop):
    frame = answer(shop, "net_sales", dimensions=("product",), order_by=(Order("net_sales", True),), limit=2)
    assert frame["product"].tolist() == [30, 10]


def test_equal_figures_come_in_the_order_of_their_keys(world):
    lines = "\n".join(f"{n}       {n}        1      1          2017-01-02  1         1.00" for n in (3, 1, 2))
    world.lines(f"basket  product  store  household  sold_on     quantity  net\n{lines}")
    frame = answer(world.conn, "net_sales", dimensions=("product",), order_by=(Order("net_sales", True),))
    assert frame["product"].tolist() == [1, 2, 3]


def test_moving_a_category_shows_at_once(shop):
    from sqlalchemy import text

    shop.execute(
        text(
            "update categories set department_id = (select department_id from departments where name = 'FUEL') where name = 'BREAD'"
        )
    )
    assert rows(answer(shop, "net_sales", dimensions=("department",))) == [("FUEL", 2100), ("GROCERY", 450)]


def test_scope_limits_what_is_seen_and_an_empty_scope_sees_nothing(shop):
    assert answer(shop, "net_sales", scope=Scope.of_stores(1))["net_sales"][0] == 550
    assert answer(shop, "net_sales", scope=Scope.of_stores())["net_sales"][0] == 0
    assert answer(shop, "net_sales", dimensions=("store",), scope=Scope.of_stores())["net_sales"].tolist() == []


@pytest.mark.parametrize(
    ("question", "error", "words"),
    [
        ({"metrics": ("net_sale",)}, UnknownName, "did you mean 'net_sales'"),
        ({"metrics": ("lines",), "dimensions": ("departmet",)}, UnknownName, "did you mean 'department'"),
        ({"metrics": ()}, UsageError, "at least one metric"),
        ({"metrics": ("lines", "lines")}, UsageError, "named more than once"),
        ({"metrics": ("lines",), "grain": "hour"}, UsageError, "got 'hour'"),
        ({"metrics": ("lines",), "limit": 0}, UsageError, "at least 1; got 0"),
        ({"metrics": ("lines",), "order_by": (Order("net_sales"),)}, UsageError, "got 'net_sales'"),
        ({"metrics": ("lines",), "start": date(2017, 2, 1), "end": date(2017, 2, 1)}, UsageError, "before end"),
    ],
)
def test_wrong_questions_say_the_rule_and_the_value(conn, question, error, words):
    with pytest.raises(error, match=words):
        metric_result(conn, Query(**question), scope=ALL)


@pytest.mark.parametrize(
    ("dimension", "members"), [("store", ("367",)), ("department", (5,)), ("store", (True,)), ("store", ())]
)
def test_filter_members_must_be_of_the_dimensions_kind(conn, dimension, members):
    with pytest.raises(InvalidFilter, match=dimension):
        metric_result(conn, Query(metrics=("lines",), filters=(Filter(dimension, members),)), scope=ALL)


def test_the_sql_can_be_shown_and_run_as_it_stands(shop):
    from sqlalchemy import text

    result = metric_result(
        shop, Query(metrics=("net_sales",), dimensions=("department",), grain="week", start=date(2017, 2, 1)), scope=ALL
    )
    shown = shop.execute(text(result.sql.replace(":", "\\:"))).all()
    assert [row[-1] for row in shown] == result.frame["net_sales"].tolist()
