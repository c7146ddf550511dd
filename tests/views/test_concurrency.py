"""Two connections at once: the second waits for the first, and is then told what happened."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest
import sqlalchemy as sa

from data.errors import InvalidView, StaleView, UnknownView
from data.views.reading import saved_view, view_versions, views_for
from data.views.writing import delete_view, restore_version, save_view, set_favourite, undelete_view, update_view
from tests.factories.accounts import AccountFactory
from tests.views.test_views import BAKERY

SHARED = replace(BAKERY, shared=True)
WAITING = sa.text(
    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
)


@pytest.fixture
def shop(database):
    """A database of this test's own with a shared view of ann's; it commits."""
    with database.accounts() as conn:
        ann = AccountFactory(conn=conn, username="ann").account_id
        meg = AccountFactory(conn=conn, username="meg", role="manager").account_id
        view = save_view(conn, SHARED, account_id=ann)
    return database, view, {"ann": ann, "meg": meg}


@contextmanager
def meanwhile(database, act, *, undo=False):
    """Run `act` on a second connection after the block; the block's transaction ends once `act` waits for it."""
    with ThreadPoolExecutor(1) as pool:
        with database.accounts() as conn:
            results = []
            yield conn, results
            future = pool.submit(committed, database, act)
            with database.owner.connect() as looking:
                deadline = time.monotonic() + 20
                while not looking.scalar(WAITING):
                    assert not future.done(), "the second connection did not wait"
                    assert time.monotonic() < deadline, "the second connection never came"
                    looking.rollback()
                    time.sleep(0.02)
            if undo:
                conn.rollback()
        results.append(future.exception(timeout=20) or future.result())


def committed(database, act):
    with database.accounts() as conn:
        return act(conn)


def test_the_second_of_two_updates_waits_and_is_stale(shop):
    database, view, ids = shop
    at = {"view_id": view.view_id, "base_version": 1}
    mine, theirs = replace(SHARED, link="m=units"), replace(SHARED, link="m=lines")

    def second(conn):
        return update_view(conn, theirs, account_id=ids["meg"], role="manager", **at)

    with meanwhile(database, second) as (conn, results):
        update_view(conn, mine, account_id=ids["ann"], role="analyst", **at)
    (told,) = results
    assert isinstance(told, StaleView)
    assert (told.current.version, told.current.saved_by, told.current.content) == (2, "ann", mine)
    with database.accounts() as conn:
        kept = view_versions(conn, view_id=view.view_id, account_id=ids["ann"])
    assert [(item.version, item.content.link) for item in kept] == [(2, "m=units"), (1, BAKERY.link)]


def test_the_second_goes_through_where_the_first_rolls_back(shop):
    database, view, ids = shop
    at = {"view_id": view.view_id, "base_version": 1}

    def second(conn):
        return update_view(conn, replace(SHARED, name="Bread"), account_id=ids["meg"], role="manager", **at)

    with meanwhile(database, second, undo=True) as (conn, results):
        update_view(conn, replace(SHARED, name="Rolls"), account_id=ids["ann"], role="analyst", **at)
    assert (results[0].version, results[0].content.name, results[0].saved_by) == (2, "Bread", "meg")


def test_a_restore_waits_for_an_update_and_is_stale(shop):
    database, view, ids = shop
    at = {"view_id": view.view_id, "base_version": 1}

    def second(conn):
        return restore_version(conn, version=1, account_id=ids["meg"], role="manager", **at)

    with meanwhile(database, second) as (conn, results):
        update_view(conn, replace(SHARED, name="Bread"), account_id=ids["ann"], role="analyst", **at)
    assert isinstance(results[0], StaleView)


def test_an_update_of_a_view_that_is_being_deleted_finds_it_gone(shop):
    database, view, ids = shop
    at = {"view_id": view.view_id, "base_version": 1}

    def second(conn):
        return update_view(conn, SHARED, account_id=ids["meg"], role="manager", **at)

    with meanwhile(database, second) as (conn, results):
        delete_view(conn, view_id=view.view_id, account_id=ids["ann"], role="analyst")
    assert isinstance(results[0], UnknownView)
    with database.accounts() as conn:
        back = undelete_view(conn, view_id=view.view_id, account_id=ids["ann"])
    assert (back.version, back.content) == (1, SHARED)


def test_a_manager_loses_a_view_that_its_owner_makes_private_at_that_moment(shop):
    database, view, ids = shop
    at = {"view_id": view.view_id, "base_version": 1}

    def second(conn):
        return update_view(conn, SHARED, account_id=ids["meg"], role="manager", **at)

    with meanwhile(database, second) as (conn, results):
        update_view(conn, BAKERY, account_id=ids["ann"], role="analyst", **at)
    assert isinstance(results[0], UnknownView)
    with database.accounts() as conn:
        assert not saved_view(conn, view_id=view.view_id, account_id=ids["ann"]).content.shared


def test_of_two_new_views_of_one_name_the_second_is_told_that_it_is_taken(shop):
    database, _, ids = shop
    content = replace(BAKERY, name="Bread")

    def second(conn):
        return save_view(conn, replace(content, name="BREAD"), account_id=ids["ann"])

    with meanwhile(database, second) as (conn, results):
        save_view(conn, content, account_id=ids["ann"])
    assert isinstance(results[0], InvalidView)
    with database.accounts() as conn:
        names = [item.content.name for item in views_for(conn, account_id=ids["ann"])]
    assert names == ["Bakery by week", "Bread"]


def test_a_favourite_that_is_added_twice_at_once_is_kept_once(shop):
    database, view, ids = shop
    at = {"view_id": view.view_id, "account_id": ids["meg"], "favourite": True}

    with meanwhile(database, lambda conn: set_favourite(conn, **at)) as (conn, results):
        set_favourite(conn, **at)
    assert results == [None]
    with database.accounts() as conn:
        assert conn.scalar(sa.text("select count(*) from accounts.view_favourites")) == 1
