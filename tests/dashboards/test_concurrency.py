"""Two people save a dashboard at once: the second waits for the first, and is told what happened."""

from dataclasses import replace

import pytest

from data.dashboards.reading import Content, Item, dashboard_versions, saved_dashboard
from data.dashboards.writing import save_dashboard, update_dashboard
from data.errors import StaleDashboard
from data.views.writing import save_view
from tests.dashboards.conftest import BREAD
from tests.factories.accounts import AccountFactory
from tests.views.test_concurrency import meanwhile

MORNING = Content("Monday morning", shared=True)


@pytest.fixture
def shop(database):
    """A database of this test's own with a shared view and a shared dashboard of ann's; it commits."""
    with database.accounts() as conn:
        ann = AccountFactory(conn=conn, username="ann").account_id
        meg = AccountFactory(conn=conn, username="meg", role="manager").account_id
        view = save_view(conn, replace(BREAD, shared=True), account_id=ann)
        saved = save_dashboard(conn, MORNING, account_id=ann)
    return database, saved, view.view_id, {"ann": ann, "meg": meg}


def test_the_second_of_two_arrangements_waits_and_is_stale(shop):
    database, saved, view_id, ids = shop
    at = {"dashboard_id": saved.dashboard_id, "base_version": 1}
    mine, theirs = (replace(MORNING, items=(Item(view_id, width),)) for width in (4, 8))

    def second(conn):
        return update_dashboard(conn, theirs, account_id=ids["meg"], role="manager", **at)

    with meanwhile(database, second) as (conn, results):
        update_dashboard(conn, mine, account_id=ids["ann"], role="analyst", **at)
    (told,) = results
    assert isinstance(told, StaleDashboard)
    assert (told.current.version, told.current.saved_by, told.current.content) == (2, "ann", mine)
    with database.accounts() as conn:
        kept = dashboard_versions(conn, dashboard_id=saved.dashboard_id, account_id=ids["ann"])
    assert [(one.version, one.content) for one in kept] == [(2, mine), (1, MORNING)]


def test_the_second_goes_through_where_the_first_rolls_back(shop):
    database, saved, view_id, ids = shop
    at = {"dashboard_id": saved.dashboard_id, "base_version": 1}
    theirs = replace(MORNING, items=(Item(view_id, 12),))

    def second(conn):
        return update_dashboard(conn, theirs, account_id=ids["meg"], role="manager", **at)

    with meanwhile(database, second, undo=True) as (conn, results):
        update_dashboard(conn, replace(MORNING, name="Tuesday"), account_id=ids["ann"], role="analyst", **at)
    assert (results[0].version, results[0].content) == (2, theirs)
    with database.accounts() as conn:
        assert saved_dashboard(conn, dashboard_id=saved.dashboard_id, account_id=ids["ann"]).saved_by == "meg"
