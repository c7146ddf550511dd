"""Who may edit what: asked by the functions, and held to by the database whatever the code says."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from data.errors import InvalidChange, NotAllowed
from data.models import Product, Region, Store, Target
from data.scope import Scope
from tests.changes.shop import ANALYST, MANAGER, OF_STORE_1, add, edit, remove, value

EVENT = {"name": "Fair", "first_day": "2017-05-01", "last_day": "2017-05-02"}


def refused_by_the_database(database, statement, scope) -> str:
    """The code of the refusal, past all checks of ours."""
    with pytest.raises(DBAPIError) as refused, database.writing(author="sue", reason="Forged", scope=scope) as conn:
        conn.execute(statement)
    return refused.value.orig.sqlstate


def test_an_analyst_edits_nothing(shop):
    with pytest.raises(NotAllowed, match="may be edited by the role manager; yours is analyst"):
        edit(shop, "products", "10", by=ANALYST, brand="Ours")
    assert value(shop, "products", "10", "brand") == "National"


def test_a_manager_edits_products_stores_targets_and_events(shop):
    edit(shop, "products", "10", by=MANAGER, brand="Ours")
    edit(shop, "stores", "1", by=MANAGER, name="Old town")
    add(shop, "calendar_events", by=MANAGER, **EVENT)
    assert value(shop, "stores", "1", "name") == "Old town"


def test_a_manager_of_one_store_edits_this_store_and_its_events(shop):
    edit(shop, "stores", "1", by=OF_STORE_1, name="Old town")
    add(shop, "calendar_events", by=OF_STORE_1, **EVENT, store=1)
    assert value(shop, "stores", "1", "name") == "Old town"


@pytest.mark.parametrize(("table", "row"), [("products", "10"), ("regions", "1"), ("targets", None)])
def test_a_manager_of_one_store_edits_nothing_that_concerns_all(shop, table, row):
    with pytest.raises(NotAllowed, match="concern every store; you are limited to 1 of them"):
        edit(shop, table, row or "1,2017-02-01", at=1, by=OF_STORE_1, retired=True)


def test_a_manager_of_one_store_edits_no_other(shop):
    with pytest.raises(InvalidChange, match="belongs to a store that is not among yours"):
        edit(shop, "stores", "2", by=OF_STORE_1, name="Mine now")
    with pytest.raises(InvalidChange, match="belongs to a store that is not among yours"):
        add(shop, "calendar_events", by=OF_STORE_1, **EVENT, store=2)
    with pytest.raises(InvalidChange, match="belongs to a store that is not among yours"):
        add(shop, "calendar_events", by=OF_STORE_1, **EVENT)


@pytest.mark.parametrize(
    "statement",
    [
        sa.update(Store).where(Store.store_id == 2).values(name="Mine now"),
        sa.insert(Store).values(store_id=9, region_id=1),
        sa.delete(Store).where(Store.store_id == 1),
        sa.update(Product).values(brand="Mine"),
        sa.update(Region).values(name="Mine"),
        sa.delete(Target),
    ],
    ids=["another store", "a new store", "removing the own one", "products", "regions", "targets"],
)
def test_the_database_holds_a_limited_editor_to_the_own_stores(shop, statement):
    assert refused_by_the_database(shop, statement, Scope.of_stores(1)) == "DB010"


def test_the_database_lets_a_limited_editor_change_the_own_store(shop):
    with shop.writing(author="sue", reason="Allowed", scope=Scope.of_stores(1)) as conn:
        conn.execute(sa.update(Store).where(Store.store_id == 1).values(name="Old town"))
    assert value(shop, "stores", "1", "name") == "Old town"


def test_a_scope_without_stores_edits_nothing(shop):
    statement = sa.update(Store).where(Store.store_id == 1).values(name="Mine")
    assert refused_by_the_database(shop, statement, Scope.of_stores()) == "DB010"


def test_an_edit_typed_by_the_writer_has_no_limit(shop):
    with shop.writer.begin() as conn:
        conn.execute(sa.text(f'set local role "{shop.roles.writer}"'))
        conn.execute(sa.update(Product).where(Product.product_id == 10).values(brand="Typed"))
    assert value(shop, "products", "10", "brand") == "Typed"


def test_readers_cannot_write_at_all(shop):
    with shop.owner.connect() as conn:
        conn.execute(sa.text(f'set role "{shop.roles.reader}"'))
        with pytest.raises(DBAPIError, match="permission denied"):
            conn.execute(sa.update(Product).values(brand="Mine"))


def test_a_manager_of_one_store_removes_no_target(shop):
    with pytest.raises(NotAllowed):
        remove(shop, "targets", "1,2017-02-01", at=1, by=OF_STORE_1)
