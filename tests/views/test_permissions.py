"""Who may change, delete and bring back which views."""

from dataclasses import replace

import pytest

from data.errors import InvalidView, NotYourView, UnknownView
from data.views.reading import saved_view
from data.views.writing import delete_view, may_change, restore_version, save_view, undelete_view, update_view
from tests.views.test_views import BAKERY, change

SHARED = replace(BAKERY, shared=True)


@pytest.mark.parametrize(("name", "role"), [("meg", "manager"), ("ada", "admin")])
def test_managers_and_admins_change_delete_and_bring_back_shared_views(people, name, role):
    conn, ids = people
    view = save_view(conn, SHARED, account_id=ids["ann"])
    changed = change(conn, view, replace(SHARED, name="Bread"), ids[name], role=role)
    assert (changed.version, changed.owner, changed.saved_by) == (2, "ann", name)
    who = {"view_id": view.view_id, "account_id": ids[name], "role": role}
    assert restore_version(conn, version=1, base_version=2, **who).content == SHARED
    assert delete_view(conn, **who) == 0
    assert undelete_view(conn, **who).content == SHARED


@pytest.mark.parametrize("role", ["analyst", "manager", "admin"])
def test_a_private_view_is_unknown_to_everybody_else_whatever_their_role(people, role):
    conn, ids = people
    view = save_view(conn, BAKERY, account_id=ids["ann"])
    who = {"view_id": view.view_id, "account_id": ids["ada"], "role": role}
    acts = (
        lambda: update_view(conn, BAKERY, base_version=1, **who),
        lambda: restore_version(conn, version=1, base_version=1, **who),
        lambda: delete_view(conn, **who),
        lambda: undelete_view(conn, **who),
    )
    for act in acts:
        with pytest.raises(UnknownView):
            act()
    assert saved_view(conn, view_id=view.view_id, account_id=ids["ann"]) == view


def test_another_analyst_may_neither_restore_nor_delete_nor_bring_back(people):
    conn, ids = people
    view = save_view(conn, SHARED, account_id=ids["ann"])
    who = {"view_id": view.view_id, "account_id": ids["bob"], "role": "analyst"}
    with pytest.raises(NotYourView):
        restore_version(conn, version=1, base_version=1, **who)
    with pytest.raises(NotYourView):
        delete_view(conn, **who)
    delete_view(conn, view_id=view.view_id, account_id=ids["ann"], role="analyst")
    with pytest.raises(UnknownView):
        undelete_view(conn, **who)


@pytest.mark.parametrize("role", ["", "Manager", "owner"])
def test_a_role_that_nobody_knows_gives_no_rights(people, role):
    conn, ids = people
    view = save_view(conn, SHARED, account_id=ids["ann"])
    assert not may_change(view, account_id=ids["bob"], role=role)
    with pytest.raises(NotYourView):
        delete_view(conn, view_id=view.view_id, account_id=ids["bob"], role=role)


def test_a_manager_is_told_whose_view_has_the_name(people):
    conn, ids = people
    save_view(conn, replace(SHARED, name="Bread", folder="Weekly"), account_id=ids["ann"])
    view = save_view(conn, SHARED, account_id=ids["ann"])
    wanted = replace(SHARED, name="bread", folder="weekly")
    with pytest.raises(InvalidView, match="ann has a view 'bread' in the folder 'weekly' already"), conn.begin_nested():
        change(conn, view, wanted, ids["meg"], role="manager")
    assert saved_view(conn, view_id=view.view_id, account_id=ids["ann"]) == view
