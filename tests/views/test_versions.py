"""Versions: added by every save, never changed, and private where the view was."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from data.errors import InvalidView, NotYourView, StaleView, UnknownView
from data.views.reading import favourites, saved_view, view_versions
from data.views.writing import restore_version, save_view, set_favourite
from tests.views.test_views import BAKERY, change

SHARED = replace(BAKERY, shared=True)


@pytest.fixture
def opened_up(people):
    """A view that was private at version 1 and shared at version 2."""
    conn, ids = people
    view = save_view(conn, replace(BAKERY, description="not for others"), account_id=ids["ann"])
    return conn, ids, change(conn, view, SHARED, ids["ann"])


def test_versions_from_when_a_view_was_private_stay_its_owners(opened_up):
    conn, ids, view = opened_up
    seen = {
        name: [item.version for item in view_versions(conn, view_id=view.view_id, account_id=ids[name])]
        for name in ("ann", "bob", "meg")
    }
    assert seen == {"ann": [2, 1], "bob": [2], "meg": [2]}


def test_only_the_owner_restores_a_version_that_was_private(opened_up):
    conn, ids, view = opened_up
    at = {"view_id": view.view_id, "version": 1, "base_version": 2}
    with pytest.raises(NotYourView, match="version 1 of the view 'Bakery by week' was private to ann"):
        restore_version(conn, account_id=ids["meg"], role="manager", **at)
    restored = restore_version(conn, account_id=ids["ann"], role="analyst", **at)
    assert (restored.content.description, restored.content.shared) == ("not for others", True)


def test_restoring_from_a_stale_version_is_a_conflict(opened_up):
    conn, ids, view = opened_up
    with pytest.raises(StaleView) as caught:
        restore_version(conn, view_id=view.view_id, version=1, base_version=1, account_id=ids["ann"], role="analyst")
    assert caught.value.current == view
    assert (caught.value.current.saved_by, caught.value.current.saved_at) == ("ann", view.saved_at)


def test_a_base_version_that_is_yet_to_come_is_a_conflict_too(opened_up):
    conn, ids, view = opened_up
    with pytest.raises(StaleView):
        change(conn, view, SHARED, ids["ann"], base=3)


def test_a_restored_name_must_still_be_free(people):
    conn, ids = people
    view = save_view(conn, BAKERY, account_id=ids["ann"])
    change(conn, view, replace(BAKERY, name="Bread"), ids["ann"])
    save_view(conn, BAKERY, account_id=ids["ann"])
    with pytest.raises(InvalidView, match="you have a view 'Bakery by week' already"), conn.begin_nested():
        restore_version(conn, view_id=view.view_id, version=1, base_version=2, account_id=ids["ann"], role="analyst")


def test_saving_leaves_the_versions_before_as_they_were(people):
    conn, ids = people
    view = save_view(conn, SHARED, account_id=ids["ann"])
    before = view_versions(conn, view_id=view.view_id, account_id=ids["ann"])
    change(conn, view, replace(SHARED, name="Bread"), ids["meg"], role="manager")
    assert view_versions(conn, view_id=view.view_id, account_id=ids["ann"])[1:] == before
    assert conn.scalar(sa.text("select count(*) from accounts.view_versions")) == 2


def test_a_favourite_that_became_private_is_hidden_and_can_be_taken_out(people):
    conn, ids = people
    view = save_view(conn, SHARED, account_id=ids["ann"])
    at = {"view_id": view.view_id, "account_id": ids["bob"]}
    set_favourite(conn, favourite=True, **at)
    change(conn, view, BAKERY, ids["ann"])
    assert favourites(conn, account_id=ids["bob"]) == []
    with pytest.raises(UnknownView):
        set_favourite(conn, favourite=True, **at)
    set_favourite(conn, favourite=False, **at)
    assert conn.scalar(sa.text("select count(*) from accounts.view_favourites")) == 0
    assert saved_view(conn, view_id=view.view_id, account_id=ids["ann"]).version == 2
