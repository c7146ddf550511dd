"""What a change may not be: each broken rule is told with its row, field and value, and nothing fits of that row."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from data.changes.editable import editable_table
from data.changes.planning import plan_changes
from data.changes.types import RowChange
from data.models import CalendarEvent, Category, Product, Target
from tests.changes.shop import LINES, MANAGER, PRODUCTS, STORES, TARGETS
from tests.spec.world import World

EVENT = {"name": "Fair", "first_day": "2017-05-01", "last_day": "2017-05-02"}


@pytest.fixture
def world(conn):
    World(conn).products(PRODUCTS).stores(STORES).targets(TARGETS).lines(LINES)
    conn.execute(sa.update(Category).where(Category.name == "FRUIT").values(retired=True))
    return conn


def version(conn, table: str, row: str) -> int:
    source = editable_table(table).table
    for found in conn.execute(sa.select(source)).mappings():
        if ",".join(str(found[column.name]) for column in source.primary_key.columns) == row:
            return found["revision"]
    return 1


def planned(conn, table: str, row: str, *, removed: bool = False, at: int | None = None, **fields):
    change = RowChange(row=row, version=at or version(conn, table, row), set=fields, removed=removed)
    return plan_changes(conn, editable_table(table), [change], editor=MANAGER)


def new(conn, table: str, *rows):
    changes = [RowChange(row=f"new {at}", set=fields) for at, fields in enumerate(rows)]
    return plan_changes(conn, editable_table(table), changes, editor=MANAGER)


def target_row(conn) -> str:
    return f"{conn.scalar(sa.select(Target.department_id))},2017-02-01"


@pytest.mark.parametrize(
    ("table", "row", "fields", "field", "rule"),
    [
        ("products", "10", {"price": 3}, "price", "is not a column of this table"),
        ("products", "10", {"revision": 3}, "revision", "is not a column of this table"),
        ("products", "10", {"inferred": True}, "inferred", "cannot be edited; it is kept by the database"),
        ("products", "10", {"product": 11}, "product", "says which row it is and cannot be changed"),
        ("products", "10", {"unit_of_measure": "stone"}, "unit_of_measure", "must be one of piece, thousandth"),
        ("products", "10", {"category": "GROCERY > SOUP"}, "category", "is not one of the categories"),
        ("products", "10", {"category": "PRODUCE > FRUIT"}, "category", "is retired among the categories"),
        ("products", "10", {"category": None}, "category", "must not be empty"),
        ("products", "10", {"product_type": "x" * 201}, "product_type", "must have at most 200 characters"),
        ("products", "10", {"product_type": "two\nlines"}, "product_type", "must be plain text"),
        ("products", "10", {"product_type": "\ud800"}, "product_type", "must be plain text"),
        ("products", "10", {"brand": ["a"]}, "brand", "must be plain text"),
        ("products", "10", {"manufacturer": -4}, "manufacturer", "must lie between 1 and 2147483647"),
        ("products", "10", {"manufacturer": 1.5}, "manufacturer", "must be a whole number"),
        ("products", "10", {"manufacturer": "many"}, "manufacturer", "must be a whole number"),
        ("products", "10", {"retired": "perhaps"}, "retired", "must be true or false"),
        ("stores", "1", {"region": "East"}, "region", "is not one of the regions"),
        ("departments", "1", {"department": " "}, "department", "must not be empty"),
    ],
)  # fmt: skip
def test_a_value_that_breaks_a_rule_is_told(world, table, row, fields, field, rule):
    row = row if table != "departments" else str(world.scalar(sa.text("select min(department_id) from departments")))
    plan = planned(world, table, row, **fields)
    [fault] = plan.faults
    assert (fault.row, fault.field) == (row, field)
    assert rule in fault.rule
    assert plan.fitting.rows == ()


@pytest.mark.parametrize(
    ("value", "rule"),
    [("12.345", "must be an amount with at most two decimals"), (-1, "must lie between 0.00 and"),
     ("a lot", "must be an amount"), (None, "must not be empty")],
)  # fmt: skip
def test_money_is_an_amount_from_zero_with_two_decimals(world, value, rule):
    [fault] = planned(world, "targets", target_row(world), net=value).faults
    assert fault.field == "net"
    assert rule in fault.rule


@pytest.mark.parametrize(("given", "cents"), [(12.34, 1234), ("12.34", 1234), (12, 1200), ("0.1", 10), (0.29, 29)])
def test_money_is_read_exactly(world, given, cents):
    [row] = planned(world, "targets", target_row(world), net=given).fitting.rows
    assert row.after["net_cents"] == cents
    assert row.after["sample"] is False


@pytest.mark.parametrize("row", ["999", "x", "10,20", "", "2017-02-01", "9" * 30, "010"])
def test_what_is_no_row_of_the_table_is_told(world, row):
    if not row:
        row = " "
    [fault] = planned(world, "products", row, at=1, brand="Ours").faults
    assert fault.rule in {"is not a row of this table", "was removed meanwhile"}


def test_a_version_that_never_was_is_told(world):
    [fault] = planned(world, "products", "10", at=999_999, brand="Ours").faults
    assert "never had this version" in fault.rule


def test_rows_that_are_retired_cannot_be_removed(world):
    [fault] = planned(world, "products", "10", removed=True).faults
    assert "only retired" in fault.rule


def test_a_new_row_needs_what_has_no_default(world):
    plan = new(world, "products", {"brand": "Ours"})
    assert {(fault.field, fault.rule) for fault in plan.faults} == {
        ("product", "must not be empty"),
        ("category", "must not be empty"),
    }


def test_a_key_that_is_there_and_one_that_comes_twice_are_told(world):
    both = {"category": "GROCERY > MILK"}
    plan = new(world, "products", {"product": 10, **both}, {"product": 77, **both}, {"product": 77, **both})
    assert [(fault.row, fault.rule) for fault in plan.faults] == [
        ("new 2", "is given twice"),
        ("new 0", "is there already"),
    ]


def test_an_event_of_the_same_name_and_day_is_there_already(world):
    world.execute(
        sa.insert(CalendarEvent).values(name="Fair", start_on=sa.text("'2017-05-01'"), end_on=sa.text("'2017-05-03'"))
    )
    [fault] = new(world, "calendar_events", EVENT).faults
    assert fault.rule == "is there already"


def test_a_last_day_before_the_first_is_told(world):
    [fault] = new(world, "calendar_events", {**EVENT, "last_day": "2017-04-30"}).faults
    assert (fault.field, fault.rule) == ("last_day", "must not lie before first_day")


def test_a_last_day_is_counted_in(world):
    [row] = new(world, "calendar_events", {**EVENT, "last_day": "2017-05-01"}).fitting.rows
    assert str(row.after["end_on"]) == "2017-05-02"


@pytest.mark.parametrize("month", ["2017-02-15", "February", "2017-13"])
def test_a_month_is_its_first_day(world, month):
    plan = new(world, "targets", {"department": "GROCERY", "month": month, "net": 1})
    assert [fault.field for fault in plan.faults] == ["month"]


def test_values_that_are_so_already_are_nothing(world):
    plan = planned(world, "products", "10", brand="National", product_type="WHOLE MILK", retired=False)
    assert (plan.fitting.rows, plan.fitting.same, plan.faults) == ((), 1, ())


def test_an_empty_brand_is_its_default_and_a_whole_float_a_number(world):
    [row] = planned(world, "products", "10", brand="", manufacturer=12.0).fitting.rows
    assert (row.after["brand"], row.after["manufacturer"]) == ("Unknown", 12)


def test_who_describes_an_inferred_product_makes_it_known(world):
    world.execute(sa.update(Product).where(Product.product_id == 10).values(inferred=True))
    [row] = planned(world, "products", "10", brand="Ours").fitting.rows
    assert row.after["inferred"] is False


def test_one_bad_row_leaves_the_others_fitting(world):
    products = editable_table("products")
    changes = [
        RowChange(row="10", version=version(world, "products", "10"), set={"brand": "Ours"}),
        RowChange(row="20", version=version(world, "products", "20"), set={"manufacturer": -1, "brand": "Ours"}),
    ]
    plan = plan_changes(world, products, changes, editor=MANAGER)
    assert [row.row for row in plan.fitting.rows] == ["10"]
    assert plan.faulty == {"20"}
