"""Saved views: whose they are, who may change them, and that no save is ever lost."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa

from data.errors import InvalidView, NotYourView, StaleView, UnknownView
from data.views.reading import Content, favourites, saved_view, view_versions, views_for
from data.views.writing import (
    delete_view,
    may_change,
    restore_version,
    save_view,
    set_favourite,
    undelete_view,
    update_view,
)
from tests.factories.accounts import AccountFactory

BAKERY = Content("explore", "m=net_sales&r=category", "Bakery by week")


def change(conn, view, content, account, role="analyst", base=None):
    return update_view(
        conn, content, view_id=view.view_id, base_version=base or view.version, account_id=account, role=role
    )


def test_a_private_view_is_its_owners_alone(people):
    conn, ids = people
    view = save_view(conn, BAKERY, account_id=ids["ann"])
    assert (view.version, view.owner, view.content) == (1, "ann", BAKERY)
    assert [found.view_id for found in views_for(conn, account_id=ids["ann"])] == [view.view_id]
    assert views_for(conn, account_id=ids["bob"]) == []
    with pytest.raises(UnknownView, match="not shared with you"):
        saved_view(conn, view_id=view.view_id, account_id=ids["bob"])


def test_a_shared_view_is_read_by_all_and_changed_by_its_owner_and_managers(people):
    conn, ids = people
    view = save_view(conn, replace(BAKERY, shared=True), account_id=ids["ann"])
    assert saved_view(conn, view_id=view.view_id, account_id=ids["bob"]).content.name == "Bakery by week"
    with pytest.raises(NotYourView, match="only ann and managers may change"):
        change(conn, view, BAKERY, ids["bob"])
    changed = change(conn, view, replace(BAKERY, shared=True, name="Bakery"), ids["meg"], role="manager")
    assert (changed.version, changed.owner, changed.saved_by) == (2, "ann", "meg")
    assert not may_change(changed, account_id=ids["bob"], role="analyst")


def test_only_the_owner_makes_a_view_private(people):
    conn, ids = people
    view = save_view(conn, replace(BAKERY, shared=True), account_id=ids["ann"])
    with pytest.raises(NotYourView, match="only ann may share"):
        change(conn, view, BAKERY, ids["meg"], role="manager")


def test_a_stale_save_is_a_conflict_and_overwrites_nothing(people):
    conn, ids = people
    view = save_view(conn, replace(BAKERY, shared=True), account_id=ids["ann"])
    change(conn, view, replace(BAKERY, shared=True, link="m=units"), ids["meg"], role="manager")
    with pytest.raises(StaleView, match="meg saved version 2 of 'Bakery by week' after you opened version 1") as caught:
        change(conn, view, replace(BAKERY, shared=True, link="m=lines"), ids["ann"])
    assert caught.value.current.content.link == "m=units"
    assert saved_view(conn, view_id=view.view_id, account_id=ids["ann"]).content.link == "m=units"


def test_of_two_saves_at_once_one_is_stale(database):
    with database.accounts() as conn:
        ann = AccountFactory(conn=conn, username="ann").account_id
        view = save_view(conn, BAKERY, account_id=ann)

    def save(link):
        try:
            with database.accounts() as conn:
                return change(conn, view, replace(BAKERY, link=link), ann).content.link
        except StaleView:
            return "stale"

    with ThreadPoolExecutor(4) as pool:
        saved = list(pool.map(save, ["a", "b", "c", "d"]))
    assert sorted(saved)[1:] == ["stale"] * 3
    with database.accounts() as conn:
        assert saved_view(conn, view_id=view.view_id, account_id=ann).version == 2


def test_versions_are_kept_and_restored_as_new_ones(people):
    conn, ids = people
    view = save_view(conn, BAKERY, account_id=ids["ann"])
    view = change(conn, view, replace(BAKERY, name="Bread", link="m=units"), ids["ann"])
    restored = restore_version(
        conn, view_id=view.view_id, version=1, base_version=2, account_id=ids["ann"], role="analyst"
    )
    assert (restored.version, restored.content) == (3, BAKERY)
    kept = view_versions(conn, view_id=view.view_id, account_id=ids["ann"])
    assert [(item.version, item.content.name, item.saved_by) for item in kept] == [
        (3, "Bakery by week", "ann"), (2, "Bread", "ann"), (1, "Bakery by week", "ann"),
    ]  # fmt: skip
    with pytest.raises(InvalidView, match="has no version 9; it has 1 to 3"):
        restore_version(conn, view_id=view.view_id, version=9, base_version=3, account_id=ids["ann"], role="analyst")


def test_names_are_unique_for_an_owner_and_a_folder(people):
    conn, ids = people
    save_view(conn, BAKERY, account_id=ids["ann"])
    save_view(conn, replace(BAKERY, folder="Weekly"), account_id=ids["ann"])
    save_view(conn, BAKERY, account_id=ids["bob"])
    with pytest.raises(InvalidView, match="you have a view 'BAKERY by week' already"), conn.begin_nested():
        save_view(conn, replace(BAKERY, name=" BAKERY by week "), account_id=ids["ann"])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (replace(BAKERY, name="  "), "needs a name; got none"),
        (replace(BAKERY, name="a" * 121), "the name of a view has at most 120 characters; got 121"),
        (replace(BAKERY, link="a" * 8193), "the link of a view has at most 8,192 characters"),
        (replace(BAKERY, description="a\x00"), "must be plain text"),
    ],
)
def test_what_cannot_be_saved_is_said(people, content, words):
    conn, ids = people
    with pytest.raises(InvalidView, match=words):
        save_view(conn, content, account_id=ids["ann"])


def test_favourites_are_each_persons_own(people):
    conn, ids = people
    first = save_view(conn, replace(BAKERY, shared=True), account_id=ids["ann"])
    second = save_view(conn, replace(BAKERY, name="Other", shared=True), account_id=ids["ann"])
    for view in (second, first, first):
        set_favourite(conn, view_id=view.view_id, account_id=ids["bob"], favourite=True)
    assert {view.view_id for view in favourites(conn, account_id=ids["bob"])} == {first.view_id, second.view_id}
    assert favourites(conn, account_id=ids["ann"]) == []
    set_favourite(conn, view_id=first.view_id, account_id=ids["bob"], favourite=False)
    assert [view.view_id for view in favourites(conn, account_id=ids["bob"])] == [second.view_id]


def test_a_deleted_view_says_whose_favourite_it_was_and_comes_back(people):
    conn, ids = people
    view = save_view(conn, replace(BAKERY, shared=True), account_id=ids["ann"])
    set_favourite(conn, view_id=view.view_id, account_id=ids["bob"], favourite=True)
    with pytest.raises(NotYourView):
        delete_view(conn, view_id=view.view_id, account_id=ids["bob"], role="analyst")
    assert delete_view(conn, view_id=view.view_id, account_id=ids["ann"], role="analyst") == 1
    assert favourites(conn, account_id=ids["bob"]) == []
    with pytest.raises(UnknownView):
        saved_view(conn, view_id=view.view_id, account_id=ids["ann"])
    again = save_view(conn, BAKERY, account_id=ids["ann"])
    with pytest.raises(InvalidView, match="already"), conn.begin_nested():
        undelete_view(conn, view_id=view.view_id, account_id=ids["ann"])
    delete_view(conn, view_id=again.view_id, account_id=ids["ann"], role="analyst")
    assert undelete_view(conn, view_id=view.view_id, account_id=ids["ann"]).content.shared


def test_no_role_of_the_sales_model_reads_views(worker_database):
    from data.scope import Scope

    with (
        worker_database.reading(Scope.everything()) as conn,
        pytest.raises(sa.exc.ProgrammingError, match="permission"),
    ):
        conn.execute(sa.text("select * from accounts.views"))
