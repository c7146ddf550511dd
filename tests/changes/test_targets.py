"""Targets as a grid: what is there, what it takes to have it otherwise, spreading a year, and what was attained."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date
from fractions import Fraction

import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import example, given
from hypothesis import strategies as st

from data.changes.editable import editable_table
from data.changes.planning import fitting, plan_changes
from data.changes.saving import save_changes
from data.changes.targets import (
    TargetGrid,
    attainment,
    changes_for,
    months_of,
    new_row,
    seasonality,
    spread,
    target_grid,
    target_years,
)
from data.changes.types import Editor, RowChange
from data.scope import Scope
from tests.integration.test_sample_figures import lines  # noqa: F401  (a fixture)
from tests.spec.world import World

ALL = Scope.everything()
MANAGER = Editor("meg", "manager", ALL)
JANUARY, FEBRUARY, MARCH = (date(2017, month, 1) for month in (1, 2, 3))
WEIGHTS = st.lists(st.integers(-(10**9), 10**12), min_size=1, max_size=12)


@pytest.fixture
def shop(conn):
    """Targets of two years, and a department that is retired with a target and one that is without."""
    World(conn).targets("""
        department  month       net
        GROCERY     2017-01-01  1000.00
        GROCERY     2017-02-01  0.00
        GROCERY     2018-01-01  7.00
        CLOSED      2017-03-01  0.05
        GONE        2016-12-01  3.00
        PRODUCE     2016-12-01  4.00
        """)
    conn.execute(sa.text("update departments set retired = true where name in ('CLOSED', 'GONE')"))
    return conn


@contextmanager
def counted(conn):
    """The statements that are sent meanwhile."""
    sent = []

    def note(_conn, _cursor, statement, *_rest):
        sent.append(statement)

    sa.event.listen(conn, "before_cursor_execute", note)
    yield sent
    sa.event.remove(conn, "before_cursor_execute", note)


def planned(conn, changes):
    """The changes as planning takes them: what each row is before and after, in cents."""
    plan = plan_changes(conn, editable_table("targets"), changes, editor=MANAGER)
    rows = fitting(plan).rows
    return {
        ((row.after or row.before)["month"]): (
            row.before["net_cents"] if row.before else None,
            row.after["net_cents"] if row.after else None,
        )
        for row in rows
    }


def test_the_grid_has_the_targets_of_its_year_alone(shop):
    grid = target_grid(shop, year=2017)
    assert grid.cents == {("GROCERY", JANUARY): 100_000, ("GROCERY", FEBRUARY): 0, ("CLOSED", MARCH): 5}
    assert set(grid.kept) == set(grid.cents)
    assert grid.months == months_of(2017)
    assert (grid.months[0], grid.months[-1], len(grid.months)) == (JANUARY, date(2017, 12, 1), 12)


def test_a_department_without_targets_is_there_and_a_retired_one_only_with_them(shop):
    assert target_grid(shop, year=2017).departments == ("CLOSED", "GROCERY", "PRODUCE")
    assert target_grid(shop, year=2018).departments == ("GROCERY", "PRODUCE")


def test_a_grid_is_one_statement_and_so_are_the_years(shop):
    with counted(shop) as sent:
        target_grid(shop, year=2017)
    assert len(sent) == 1
    assert target_years(shop) == [2016, 2017, 2018]


def test_a_grid_of_an_empty_database_is_empty(conn):
    grid = target_grid(conn, year=2017)
    assert (grid.departments, grid.cents, grid.kept) == ((), {}, {})
    assert target_years(conn) == []


def test_cells_that_are_as_wanted_take_no_change(shop):
    grid = target_grid(shop, year=2017)
    assert changes_for(grid, grid.cents) == []
    assert changes_for(grid, {("PRODUCE", JANUARY): None, ("NOWHERE", MARCH): None}) == []
    assert changes_for(grid, {}) == []


def test_a_change_a_new_target_and_one_taken_away_fit_what_planning_reads(shop):
    grid = target_grid(shop, year=2017)
    wanted = {("GROCERY", JANUARY): 123_450, ("GROCERY", FEBRUARY): None, ("GROCERY", MARCH): 7}
    changes = changes_for(grid, wanted)
    row, version = grid.kept["GROCERY", JANUARY]
    assert changes[0] == RowChange(row=row, version=version, set={"net": "1234.50"})
    assert changes[1].removed
    assert changes[2].set == {"department": "GROCERY", "month": "2017-03", "net": "0.07"}
    assert planned(shop, changes) == {JANUARY: (100_000, 123_450), FEBRUARY: (0, None), MARCH: (None, 7)}


def test_zero_is_a_target_and_none_is_not(shop):
    grid = target_grid(shop, year=2017)
    changes = changes_for(grid, {("GROCERY", JANUARY): 0, ("PRODUCE", JANUARY): 0})
    assert [(change.set["net"], change.version is None) for change in changes] == [("0.00", False), ("0.00", True)]
    assert changes_for(grid, {("GROCERY", FEBRUARY): 0}) == []


def test_what_cannot_be_is_left_to_planning_and_told_as_it_was_given(shop):
    grid = target_grid(shop, year=2017)
    changes = changes_for(grid, {("GROCERY", JANUARY): -150, ("GONE", MARCH): 1, ("NOWHERE", MARCH): 10**30})
    plan = plan_changes(shop, editable_table("targets"), changes, editor=MANAGER)
    assert plan.fitting.rows == ()
    assert {(fault.label, fault.field, fault.value) for fault in plan.faults} == {
        ("GROCERY, 2017-01", "net", "-1.50"),
        ("GONE, 2017-03", "department", ""),
        ("NOWHERE, 2017-03", "department", "NOWHERE"),
        ("NOWHERE, 2017-03", "net", f"{10**28}.00"),
    }


def test_each_cell_is_a_row_of_its_own_in_a_draft_whatever_its_department_is_called():
    names = ["GROCERY", "grocery", "A" * 199 + "B", "A" * 199 + "C", "2017-01 GROCERY"]
    rows = [new_row(name, month) for name in names for month in months_of(2017)]
    assert len(set(rows)) == len(rows)
    assert new_row("GROCERY", JANUARY) == new_row("GROCERY", JANUARY)
    assert RowChange(row=new_row("A" * 200, JANUARY)).version is None


@given(cents=st.integers(0, 10**15 - 1))
def test_cents_are_written_exactly(cents):
    grid = TargetGrid(2017, ("GROCERY",), {}, {})
    (change,) = changes_for(grid, {("GROCERY", JANUARY): cents})
    assert Fraction(change.set["net"]) == Fraction(cents, 100)
    assert len(change.set["net"].partition(".")[2]) == 2


@pytest.mark.committing
def test_a_saved_grid_is_as_wanted_and_taken_back_it_is_as_before(database):
    with database.owner.begin() as conn:
        World(conn).targets("department  month  net\nGROCERY  2017-01-01  10.00\nPRODUCE  2017-01-01  3.00")
    before = grid_of(database)
    wanted = {("GROCERY", month): cents for month, cents in zip(months_of(2017), spread(100_01, [1] * 12), strict=True)}
    wanted["PRODUCE", JANUARY] = None
    table = editable_table("targets")
    saved = save_changes(database, table, changes_for(before, wanted), editor=MANAGER, reason="a plan for the year")
    assert (saved.added, saved.changed, saved.removed) == (11, 1, 1)
    after = grid_of(database)
    assert after.cents == {cell: cents for cell, cents in wanted.items() if cents is not None}
    back = changes_for(after, {**dict.fromkeys(after.cents), **before.cents})
    save_changes(database, table, back, editor=MANAGER, reason="as it was")
    assert grid_of(database).cents == before.cents


def grid_of(database) -> TargetGrid:
    with database.reading(ALL) as conn:
        return target_grid(conn, year=2017)


@given(total=st.integers(0, 10**15), weights=WEIGHTS)
@example(total=1, weights=[0] * 12)
@example(total=100, weights=[-5, 0, 3])
@example(total=10**15, weights=[1, 1, 1])
def test_a_spread_adds_up_and_each_month_is_within_a_cent_of_its_share(total, weights):
    shares = spread(total, weights)
    counted = [max(weight, 0) for weight in weights]
    counted = counted if any(counted) else [1] * len(weights)
    assert sum(shares) == total
    for share, weight in zip(shares, counted, strict=True):
        exact = Fraction(total * weight, sum(counted))
        assert exact.__floor__() <= share <= exact.__ceil__()  # so no weight, no cent


@given(total=st.integers(0, 10**9), weights=WEIGHTS)
def test_the_cents_left_over_go_where_most_was_cut_off(total, weights):
    counted = [max(weight, 0) for weight in weights]
    counted = counted if any(counted) else [1] * len(weights)
    exact = [Fraction(total * weight, sum(counted)) for weight in counted]
    rounded = list(zip(spread(total, weights), exact, strict=True))
    up = [share - part.__floor__() for share, part in rounded]
    cut = [part - part.__floor__() for part in exact]
    assert max((c for u, c in zip(up, cut, strict=True) if not u), default=1) <= min(
        (c for u, c in zip(up, cut, strict=True) if u), default=1
    )


@given(total=st.integers(0, 10**9), weights=WEIGHTS, times=st.integers(2, 1000))
def test_a_spread_depends_on_the_proportions_alone(total, weights, times):
    assert spread(total, weights) == spread(total, [weight * times for weight in weights])


def test_a_spread_without_weights_is_even_with_the_odd_cents_first():
    assert spread(1205, [0] * 12) == [101] * 5 + [100] * 7
    assert spread(1200, [-1] * 12) == [100] * 12
    assert spread(100, [1, -7, 1]) == [50, 0, 50]
    assert spread(0, [3, 4]) == [0, 0]


def test_seasonality_is_net_sales_by_department_and_month_of_the_stores_that_one_may_see(conn):
    world = World(conn).products("product  department\n1  GROCERY\n2  PRODUCE")
    world.lines("""
        basket  product  store  household  sold_on     quantity  net
        1       1        1      7          2016-12-31  1         9.00
        2       1        1      7          2017-01-01  1         2.00
        3       1        2      7          2017-01-31  1         3.50
        4       2        1      7          2017-02-28  1         -1.00
        5       1        1      7          2017-12-31  1         4.00
        6       1        1      7          2018-01-01  1         8.00
        """)

    def sold(scope):
        return {cell: cents for cell, cents in seasonality(conn, year=2017, scope=scope).items() if cents}

    december = date(2017, 12, 1)
    assert sold(ALL) == {("GROCERY", JANUARY): 550, ("GROCERY", december): 400, ("PRODUCE", FEBRUARY): -100}
    assert sold(Scope.of_stores(2)) == {("GROCERY", JANUARY): 350}
    assert sold(Scope.of_stores()) == {}


def test_attainment_is_all_sales_over_the_target():
    targets = {("GROCERY", JANUARY): 1000, ("GROCERY", FEBRUARY): 0, ("DELI", MARCH): 500, ("FUEL", JANUARY): 0}
    sold = {("GROCERY", JANUARY): 800, ("GROCERY", FEBRUARY): 50, ("GROCERY", MARCH): 999, ("PRODUCE", JANUARY): 70}
    frame = attainment(targets, sold).set_index("department")
    assert frame[["target", "net_sales"]].T.to_dict("list") == {
        "DELI": [500, 0],
        "FUEL": [0, 0],
        "GROCERY": [1000, 1849],
        "PRODUCE": [0, 70],
    }
    assert frame["attainment"].dropna().to_dict() == {"DELI": 0.0, "GROCERY": 1.849}


@pytest.mark.parametrize("targets", [{}, {("GROCERY", JANUARY): 0}, {("GROCERY", JANUARY): 3}])
def test_attainment_keeps_its_columns_and_types(targets):
    frame = attainment(targets, {})
    kinds = {"department": "str", "target": "int64", "net_sales": "int64", "attainment": "float64"}
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == kinds
    assert len(frame) == len(targets)


@pytest.mark.sample
def test_the_sample_s_grocery_equals_pandas_on_its_files(sample, lines):  # noqa: F811
    of_grocery = lines[lines["department"] == "GROCERY"]
    months = pd.to_datetime(of_grocery["day"]).dt.to_period("M").dt.start_time.dt.date
    by_pandas = of_grocery.groupby(months)["sales_value"].sum()
    with sample.reading(ALL) as conn:
        sold = seasonality(conn, year=2017, scope=ALL)
        grid = target_grid(conn, year=2017)
        assert {month: sold["GROCERY", month] for month in months_of(2017)} == by_pandas.to_dict()
        assert sum(sold.values()) == lines["sales_value"].sum()
        two = seasonality(conn, year=2017, scope=Scope.of_stores(367, 406))
    kept = of_grocery["store_id"].isin([367, 406])
    assert {m: two["GROCERY", m] for m in months_of(2017)} == of_grocery[kept].groupby(months[kept])[
        "sales_value"
    ].sum().to_dict()
    year = [grid.cents["GROCERY", month] for month in months_of(2017) if ("GROCERY", month) in grid.cents]
    row = attainment(grid.cents, sold).set_index("department").loc["GROCERY"]
    assert row["target"] == sum(year)
    assert row["net_sales"] == by_pandas.sum()
    assert row["attainment"] == pytest.approx(by_pandas.sum() / sum(year), rel=1e-12)
