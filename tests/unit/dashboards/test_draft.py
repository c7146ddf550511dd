"""A draft is a value: each act gives another, and nothing is lost on the way."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dashboard.dashboards.draft import Draft
from data.dashboards.kind import Content, Item, SavedDashboard

ITEMS = (Item(11), Item(12), Item(13, title="Third"))


@pytest.fixture
def draft():
    content = Content("Monday morning", ITEMS)
    return Draft.of(SavedDashboard(1, 4, content, 1, "Ann", "Ann", datetime(2017, 1, 1, tzinfo=UTC), False))


def order(draft):
    return [item.view_id for item in draft.whole.items]


def test_a_draft_begins_as_what_was_saved(draft):
    assert draft.whole == draft.saved.content
    assert not draft.is_changed


@pytest.mark.parametrize(
    ("number", "to", "views"), [(1, 3, [12, 13, 11]), (3, 1, [13, 11, 12]), (2, 2, [11, 12, 13]), (2, 1, [12, 11, 13])]
)
def test_an_item_is_moved_and_the_others_close_up(draft, number, to, views):
    moved = draft.moved(number, to)
    assert order(moved) == views
    assert moved.is_changed == (views != [11, 12, 13])


def test_an_item_keeps_its_number_wherever_it_is_moved(draft):
    moved = draft.moved(3, 1).changed(3, lambda item: replace(item, width=12)).removed(1)
    assert moved.whole.items == (Item(13, 12, title="Third"), Item(12))


def test_the_same_view_can_be_added_twice(draft):
    added = draft.added(11).added(11)
    assert order(added) == [11, 12, 13, 11, 11]
    assert len({piece.number for piece in added.pieces}) == 5


def test_what_is_undone_by_hand_is_no_change(draft):
    assert not draft.added(14).removed(4).is_changed


def test_two_drafts_of_one_dashboard_have_widgets_of_their_own(draft):
    assert Draft.of(draft.saved).turn != draft.turn
