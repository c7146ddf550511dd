"""The gasoline that the sample files under MISCELLANEOUS, moved to FUEL as a manager would, and back."""

from __future__ import annotations

from datetime import date

import pytest

from dashboard.load import Resources
from dashboard.overview import read_overview
from dashboard.periods import Comparison, Period
from dashboard.reference.reviewing import difference, review_of
from dashboard.selection import Filters
from data.accounts.user import User
from data.cache import ResultCache
from data.changes.editable import editable_table
from data.changes.listing import Asked, listed_versions
from data.changes.saving import save_changes
from data.changes.steps import field_steps, steps
from data.changes.types import Editor, RowChange
from data.changes.undoing import undo
from data.queries.freshness import freshness
from data.scope import Scope
from data.semantic.types import Grain
from tests.integration.test_sample_figures import lines  # noqa: F401  (a fixture)

EVERYTHING = Scope.everything()
MANAGER = Editor("meg", "manager", EVERYTHING)
USER = User(1, "meg", "Meg", "manager", EVERYTHING)
pytestmark = [pytest.mark.sample]
BEFORE, AFTER, MOVED = 329_594_45, 384_044_07, 54_449_62


@pytest.fixture
def shop(sample_clone, monkeypatch):
    monkeypatch.setattr(Resources, "database", sample_clone)
    monkeypatch.setattr(Resources, "cache", ResultCache())
    return sample_clone


def fuel_on_overview(database) -> int:
    """FUEL among the departments of Overview, for the whole year."""
    filters = Filters(Period.CUSTOM, Grain.MONTH, Comparison.NONE, (date(2017, 1, 1), date(2017, 12, 31)), None, {})
    with database.reading(EVERYTHING) as conn:
        overview = read_overview(conn, filters, freshness(conn), scope=EVERYTHING)
    frame = overview.rankings["department"].frame
    return int(frame.loc[frame["key"] == "FUEL", "value"].iloc[0])


def gasoline(database) -> list[RowChange]:
    """What a manager types: all that Reference finds for gasoline among MISCELLANEOUS, to FUEL > FUEL."""
    asked = Asked("gasoline", (("category", ("MISCELLANEOUS > COUPON/MISC ITEMS",)),))
    with database.reading(EVERYTHING) as conn:
        rows = listed_versions(conn, editable_table("products"), asked, scope=EVERYTHING)
    return [RowChange(row=row, version=version, set={"category": "FUEL > FUEL"}) for row, version in rows]


def test_the_figures_that_this_file_expects_are_those_of_the_source_files(lines):  # noqa: F811
    cents = lines["sales_value"]
    gas = (lines["department"] == "MISCELLANEOUS") & lines["product_type"].str.contains("GASOLINE", na=False)
    assert cents[lines["department"] == "FUEL"].sum() == BEFORE
    assert cents[gas].sum() == MOVED
    assert BEFORE + MOVED == AFTER
    assert lines.loc[gas, "product_id"].nunique() == 14


def test_gasoline_is_moved_to_fuel_reviewed_saved_told_and_undone(shop):
    products = editable_table("products")
    changes = gasoline(shop)
    assert len(changes) == 19
    with shop.reading(EVERYTHING) as conn:
        review = review_of(conn, products, changes, user=USER)
        named, _ = difference(review)
    assert review.can_be_saved
    assert (len(named), review.rests[0].money, len(review.rests[0].rows)) == (19, MOVED, 14)
    assert named["money_sales"].sum() == MOVED
    assert set(named["before"]) == {"MISCELLANEOUS > COUPON/MISC ITEMS"}
    assert set(named["after"]) == {"FUEL > FUEL"}
    assert fuel_on_overview(shop) == BEFORE

    saved = save_changes(shop, products, changes, editor=MANAGER, reason="Gasoline is fuel")
    assert fuel_on_overview(shop) == AFTER

    undone = undo(shop, saved.revision, editor=MANAGER, reason="Not agreed with accounting")
    assert fuel_on_overview(shop) == BEFORE
    with shop.reading(EVERYTHING) as conn:
        story = field_steps(
            conn, products, steps(conn, products, scope=EVERYTHING, revisions=[saved.revision, undone.revision])
        )
    there = [step for step in story if step.revision == saved.revision]
    back = [step for step in story if step.revision == undone.revision]
    assert {(step.field, step.before, step.after) for step in there} == {
        ("category", "MISCELLANEOUS > COUPON/MISC ITEMS", "FUEL > FUEL")
    }
    assert {(step.field, step.before, step.after) for step in back} == {
        ("category", "FUEL > FUEL", "MISCELLANEOUS > COUPON/MISC ITEMS")
    }
    assert len(there) == len(back) == 19
