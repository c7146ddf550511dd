"""History of rows as people read it, and what rests on rows, by hand-counted figures."""

from __future__ import annotations

import sqlalchemy as sa

from data.changes.editable import editable_table
from data.changes.steps import field_steps, steps
from data.changes.touched import naming_rows, resting_facts
from data.models import Category, Department
from data.scope import Scope
from tests.changes.shop import EVERYTHING, add, edit, remove


def story(database, table: str, *, scope=EVERYTHING, **only):
    with database.reading(scope) as conn:
        found = steps(conn, editable_table(table), scope=scope, **only)
        told = field_steps(conn, editable_table(table), found)
    return [(step.revision, step.kind, step.field, step.before, step.after) for step in told]


def test_a_row_tells_everything_that_happened_to_it_newest_first(shop):
    first = edit(shop, "products", "10", category="GROCERY > BREAD", brand="Ours")
    second = edit(shop, "products", "10", brand="Theirs")
    told = story(shop, "products", ids=[(10,)])
    assert told[0] == (second.revision, "changed", "brand", "Ours", "Theirs")
    assert set(told[1:3]) == {
        (first.revision, "changed", "category", "GROCERY > MILK", "GROCERY > BREAD"),
        (first.revision, "changed", "brand", "National", "Ours"),
    }
    assert told[3][1:] == ("added", "", None, None)
    assert len(told) == 4


def test_values_are_told_as_people_write_them(shop):
    added = add(shop, "targets", department="PRODUCE", month="2017-05", net="3")
    with shop.owner.connect() as conn:
        row = f"{conn.scalar(sa.select(Department.department_id).where(Department.name == 'PRODUCE'))},2017-05-01"
        event = conn.scalar(sa.text("select coalesce(max(event_id), 0) + 1 from calendar_events"))
    changed = edit(shop, "targets", row, net="4.5")
    removed = remove(shop, "targets", row)
    add(shop, "calendar_events", name="Fair", first_day="2017-05-01", last_day="2017-05-02")
    moved = edit(shop, "calendar_events", str(event), last_day="2017-05-04")
    assert story(shop, "targets", revisions=[added.revision, changed.revision, removed.revision]) == [
        (removed.revision, "removed", "", None, None),
        (changed.revision, "changed", "net", "3.00", "4.50"),
        (added.revision, "added", "", None, None),
    ]
    assert story(shop, "calendar_events", revisions=[moved.revision]) == [
        (moved.revision, "changed", "last_day", "2017-05-02", "2017-05-04")
    ]


def test_edits_typed_into_the_database_are_told_too(shop):
    with shop.writer.begin() as conn:
        conn.execute(sa.text(f'set local role "{shop.roles.writer}"'))
        conn.execute(sa.text("update products set brand = 'Typed' where product_id = 20"))
    assert story(shop, "products", ids=[(20,)])[0][1:] == ("changed", "brand", "Private", "Typed")


def test_a_page_of_rows_is_cut_by_limit_and_offset(shop):
    with shop.reading(EVERYTHING) as conn:
        products = editable_table("products")
        everything = steps(conn, products, scope=EVERYTHING)
        assert [step.row for step in everything] == ["10", "20", "30"]
        assert [step.row for step in steps(conn, products, scope=EVERYTHING, limit=2)] == ["10", "20"]
        assert [step.row for step in steps(conn, products, scope=EVERYTHING, limit=2, offset=2)] == ["30"]


def test_a_limit_to_stores_shows_the_story_of_these(shop):
    edit(shop, "stores", "1", name="Old town")
    edit(shop, "stores", "2", name="Harbour")
    only = Scope.of_stores(1)
    with shop.reading(only) as conn:
        found = steps(conn, editable_table("stores"), scope=only)
    assert {step.row for step in found} == {"1"}


def rests(database, table: str, *ids, scope=EVERYTHING):
    with database.reading(scope) as conn:
        [found] = resting_facts(conn, editable_table(table), [(number,) for number in ids], scope=scope)
    return {row: (touched.facts, touched.money) for row, touched in found.rows.items()}


def test_facts_and_money_rest_on_the_rows_that_they_name(shop):
    assert rests(shop, "products", 10, 20, 30) == {"10": (2, 450), "20": (1, 100)}
    assert rests(shop, "stores", 1, 2, 3) == {"1": (2, 400), "3": (1, 150)}
    assert rests(shop, "products", 10, 20, 30, scope=Scope.of_stores(3)) == {"10": (1, 150)}


def test_facts_rest_on_categories_and_departments_too(shop):
    with shop.owner.connect() as conn:
        categories = dict(conn.execute(sa.select(Category.name, Category.category_id)).all())
        departments = dict(conn.execute(sa.select(Department.name, Department.department_id)).all())
    assert rests(shop, "categories", *categories.values()) == {
        str(categories["MILK"]): (2, 450),
        str(categories["BREAD"]): (1, 100),
    }
    assert rests(shop, "departments", *departments.values()) == {str(departments["GROCERY"]): (3, 550)}
    with shop.reading(EVERYTHING) as conn:
        named = naming_rows(conn, editable_table("departments"), [(departments["GROCERY"],), (departments["PRODUCE"],)])
        count = sa.text("select count(*) from categories where department_id = :number")
        categories_of = {number: conn.scalar(count, {"number": number}) for number in departments.values()}
    assert named == {
        str(departments["GROCERY"]): {"categories": categories_of[departments["GROCERY"]], "targets": 1},
        str(departments["PRODUCE"]): {"categories": 1},
    }
