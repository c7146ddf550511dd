"""Edits that no grid offers, sent over the websocket: each refused with its reason, and nothing is kept of it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page

from data.models import DraftRow, Product
from tests.browser.forging import Forger
from tests.browser.live import log_in

FORGED = {
    "unknown choice": ({"0": {"unit_of_measure": "stone"}}, "must be one of piece, thousandth"),
    "unknown category": ({"0": {"category": "NOWHERE > NOTHING"}}, "is not one of the categories"),
    "too long": ({"0": {"product_type": "x" * 201}}, "must have at most 200 characters"),
    "key": ({"0": {"product": 999}}, "says which row it is and cannot be changed"),
    "kept by the database": ({"0": {"inferred": True}}, "cannot be edited; it is kept by the database"),
    "negative number": ({"0": {"manufacturer": -5}}, "must lie between 1 and 2147483647"),
    "no such column": ({"0": {"revision": 1}}, "is not a column of this table"),
    "not a value": ({"0": {"brand": {"a": [1]}}}, "must be plain text"),
    "a row that is not shown": ({"49": {"brand": "Ours"}}, "the browser sent a place that this page does not show"),
    "a place before the first": ({"-1": {"brand": "Ours"}}, "the browser sent a place that this page does not show"),
}


def kept(database) -> tuple[list, list]:
    with database.owner.connect() as conn:
        conn.execute(sa.text(f'set role "{database.roles.accounts}"'))
        drafted = conn.execute(sa.select(DraftRow.__table__)).all()
        conn.execute(sa.text("reset role"))
        return drafted, conn.execute(sa.select(Product.__table__).order_by(Product.product_id)).all()


@pytest.fixture
def manager(page: Page, app: str) -> Page:
    log_in(page, app, "manager")
    return page


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_edit_is_refused_with_its_reason(manager: Page, app: str, app_database, name: str):
    edit, rule = FORGED[name]
    before = kept(app_database)
    with Forger(manager, app, "reference", "table=Products") as forger:
        said = forger.edit(edit)
    assert rule in said
    assert "EXCEPTION" not in said
    assert kept(app_database) == before


def test_forged_new_rows_are_refused(manager: Page, app: str, app_database):
    before = kept(app_database)
    with Forger(manager, app, "reference", "table=Departments") as forger:
        said = forger.edit({"7": {"department": "NEW"}}, added=[{"department": "y" * 300}])
    assert "the browser sent a place that this page does not show" in said
    assert kept(app_database) == before


def test_a_value_of_another_table_is_no_row_of_this_one(manager: Page, app: str, app_database):
    before = kept(app_database)
    with Forger(manager, app, "reference", "table=Stores") as forger:
        said = forger.edit({"0": {"category": "GROCERY > MILK", "net": "1.00"}})
    assert "is not a column of this table" in said
    assert kept(app_database) == before


def test_an_analyst_gets_no_grid_to_forge(page: Page, app: str):
    log_in(page, app, "analyst")
    with Forger(page, app, "reference", "table=Products") as forger:
        assert forger.editors == []
        assert "role manager" in " ".join(forger.said)


def test_a_good_value_beside_a_forged_one_is_kept(manager: Page, app: str, app_database):
    with Forger(manager, app, "reference", "table=Regions") as forger:
        said = forger.edit({"0": {"region": "West", "zzz": 1}})
    assert "is not a column of this table" in said
    drafted, _ = kept(app_database)
    assert [row.changes for row in drafted] == [{"region": "West"}]
    with app_database.accounts() as conn:
        conn.execute(sa.delete(DraftRow))
