"""Dashboards: whose they are, who may change them, which views they may hold, and that no save is ever lost."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from data.dashboards.reading import (
    Content,
    Item,
    dashboard_versions,
    dashboards_for,
    saved_dashboard,
    views_shown,
)
from data.dashboards.writing import (
    delete_dashboard,
    may_change,
    restore_version,
    save_dashboard,
    set_favourite,
    undelete_dashboard,
    update_dashboard,
)
from data.errors import InvalidDashboard, NotYourDashboard, StaleDashboard, UnknownDashboard
from data.views.reading import Hidden
from data.views.writing import delete_view, share_view, update_view

MORNING = Content("Monday morning")


def change(conn, dashboard, content, account, role="analyst", base=None):
    return update_dashboard(
        conn,
        content,
        dashboard_id=dashboard.dashboard_id,
        base_version=base or dashboard.version,
        account_id=account,
        role=role,
    )


def test_items_come_back_in_their_order_with_their_sizes_and_titles(people, views):
    conn, ids = people
    items = (Item(views["shared"], 12, 1), Item(views["private"], 4, 3, "Ours"), Item(views["shared"], 8))
    content = replace(MORNING, items=items, description="For nine o'clock", folder="Meetings")
    saved = save_dashboard(conn, content, account_id=ids["ann"])
    assert (saved.version, saved.owner, saved.content) == (1, "ann", content)
    assert saved_dashboard(conn, dashboard_id=saved.dashboard_id, account_id=ids["ann"]) == saved
    assert saved.view_ids == (views["shared"], views["private"])


@pytest.mark.parametrize("role", ["analyst", "manager", "admin"])
def test_a_private_dashboard_is_unknown_to_everybody_else_whatever_their_role(people, role):
    conn, ids = people
    saved = save_dashboard(conn, MORNING, account_id=ids["ann"])
    who = {"dashboard_id": saved.dashboard_id, "account_id": ids["bob"], "role": role}
    acts = (
        lambda: update_dashboard(conn, MORNING, base_version=1, **who),
        lambda: restore_version(conn, version=1, base_version=1, **who),
        lambda: delete_dashboard(conn, **who),
        lambda: undelete_dashboard(conn, **who),
        lambda: saved_dashboard(conn, dashboard_id=saved.dashboard_id, account_id=ids["bob"]),
        lambda: dashboard_versions(conn, dashboard_id=saved.dashboard_id, account_id=ids["bob"]),
        lambda: set_favourite(conn, dashboard_id=saved.dashboard_id, account_id=ids["bob"], favourite=True),
    )
    for act in acts:
        with pytest.raises(UnknownDashboard, match="not shared with you"):
            act()
    assert dashboards_for(conn, account_id=ids["bob"]) == []


def test_a_shared_dashboard_is_read_by_all_and_changed_by_its_owner_and_managers(people, views):
    conn, ids = people
    shared = replace(MORNING, shared=True)
    saved = save_dashboard(conn, shared, account_id=ids["ann"])
    assert [one.content.name for one in dashboards_for(conn, account_id=ids["bob"])] == ["Monday morning"]
    with pytest.raises(NotYourDashboard, match="only ann and managers may change the dashboard 'Monday morning'"):
        change(conn, saved, shared, ids["bob"])
    changed = change(conn, saved, replace(shared, items=(Item(views["shared"]),)), ids["meg"], role="manager")
    assert (changed.version, changed.owner, changed.saved_by) == (2, "ann", "meg")
    assert not may_change(changed, account_id=ids["bob"], role="analyst")
    with pytest.raises(NotYourDashboard, match="only ann may share"):
        change(conn, changed, replace(changed.content, shared=False), ids["meg"], role="manager")


def test_who_saves_second_is_told_who_was_first(people, views):
    conn, ids = people
    saved = save_dashboard(conn, replace(MORNING, shared=True), account_id=ids["ann"])
    theirs = change(conn, saved, replace(saved.content, name="Tuesday"), ids["meg"], role="manager")
    with pytest.raises(StaleDashboard, match="meg saved version 2 of 'Tuesday' after you opened version 1") as caught:
        change(conn, saved, replace(saved.content, items=(Item(views["shared"]),)), ids["ann"])
    assert caught.value.current == theirs
    assert saved_dashboard(conn, dashboard_id=saved.dashboard_id, account_id=ids["ann"]).content.name == "Tuesday"


def test_an_older_arrangement_comes_back_as_a_new_version(people, views):
    conn, ids = people
    first = replace(MORNING, items=(Item(views["shared"], 12, 3),))
    saved = save_dashboard(conn, first, account_id=ids["ann"])
    change(conn, saved, MORNING, ids["ann"])
    back = restore_version(
        conn, dashboard_id=saved.dashboard_id, version=1, base_version=2, account_id=ids["ann"], role="analyst"
    )
    assert (back.version, back.content) == (3, first)
    kept = dashboard_versions(conn, dashboard_id=saved.dashboard_id, account_id=ids["ann"])
    assert [(one.version, len(one.content.items)) for one in kept] == [(3, 1), (2, 0), (1, 1)]


def test_versions_from_when_a_dashboard_was_private_stay_its_owners(people):
    conn, ids = people
    saved = save_dashboard(conn, replace(MORNING, description="not for others"), account_id=ids["ann"])
    change(conn, saved, replace(MORNING, shared=True), ids["ann"])
    seen = dashboard_versions(conn, dashboard_id=saved.dashboard_id, account_id=ids["bob"])
    assert [one.version for one in seen] == [2]
    with pytest.raises(NotYourDashboard, match="version 1 of the dashboard 'Monday morning' was private to ann"):
        restore_version(
            conn, dashboard_id=saved.dashboard_id, version=1, base_version=2, account_id=ids["meg"], role="manager"
        )


def test_a_deleted_dashboard_comes_back_as_it_was(people):
    conn, ids = people
    saved = save_dashboard(conn, replace(MORNING, shared=True), account_id=ids["ann"])
    set_favourite(conn, dashboard_id=saved.dashboard_id, account_id=ids["bob"], favourite=True)
    who = {"dashboard_id": saved.dashboard_id, "account_id": ids["ann"], "role": "analyst"}
    assert delete_dashboard(conn, **who) == 1
    assert dashboards_for(conn, account_id=ids["ann"]) == []
    assert undelete_dashboard(conn, **who) == saved
    assert [one.favourite for one in dashboards_for(conn, account_id=ids["bob"])] == [True]


def test_a_name_is_taken_once_in_a_folder_of_an_owner(people):
    conn, ids = people
    save_dashboard(conn, MORNING, account_id=ids["ann"])
    save_dashboard(conn, MORNING, account_id=ids["bob"])
    save_dashboard(conn, replace(MORNING, folder="Meetings"), account_id=ids["ann"])
    with pytest.raises(InvalidDashboard, match="you have a dashboard 'MONDAY MORNING' already"), conn.begin_nested():
        save_dashboard(conn, replace(MORNING, name=" MONDAY MORNING "), account_id=ids["ann"])


def test_only_views_that_are_seen_can_be_added(people, views):
    conn, ids = people
    with pytest.raises(InvalidDashboard, match=f"there is no view {views['bobs']}, or it is not shared with you"):
        save_dashboard(conn, replace(MORNING, items=(Item(views["bobs"]),)), account_id=ids["ann"])
    with pytest.raises(InvalidDashboard, match="there is no view 2147483647"):
        save_dashboard(conn, replace(MORNING, items=(Item(2**31 - 1),)), account_id=ids["ann"])


@pytest.mark.parametrize("view_id", [0, -1, 2**31, 2**70])
def test_a_number_that_no_view_has_cannot_be_added(people, view_id):
    conn, ids = people
    with pytest.raises(InvalidDashboard, match=f"there is no view {view_id}, or it is not shared with you"):
        save_dashboard(conn, replace(MORNING, items=(Item(view_id),)), account_id=ids["ann"])


def test_a_manager_keeps_a_private_view_of_the_owner_where_it_is_but_adds_no_other(people, views):
    conn, ids = people
    content = replace(MORNING, shared=True, items=(Item(views["private"]),))
    saved = save_dashboard(conn, content, account_id=ids["ann"])
    wider = replace(content, items=(Item(views["private"], 12), Item(views["shared"])))
    assert change(conn, saved, wider, ids["meg"], role="manager").content == wider
    with pytest.raises(InvalidDashboard, match="it cannot be added"):
        change(conn, saved, replace(wider, items=(Item(views["bobs"]),)), ids["meg"], role="manager", base=2)


def test_each_reader_is_told_why_a_view_is_hidden_from_them(people, views):
    conn, ids = people
    items = (Item(views["private"]), Item(views["shared"]))
    anns, bobs = (views_shown(conn, items, account_id=ids[name]) for name in ("ann", "bob"))
    assert set(anns.views) == {views["private"], views["shared"]}
    assert [view.content.name for view in anns.private_to(ids["ann"])] == ["Private"]
    assert (set(bobs.views), bobs.hidden) == ({views["shared"]}, {views["private"]: Hidden.PRIVATE})
    delete_view(conn, view_id=views["shared"], account_id=ids["ann"], role="analyst")
    anns, bobs = (views_shown(conn, items, account_id=ids[name]) for name in ("ann", "bob"))
    assert anns.hidden == {views["shared"]: Hidden.DELETED_OWN}
    assert bobs.hidden == {views["private"]: Hidden.PRIVATE, views["shared"]: Hidden.DELETED}


def test_a_view_that_was_never_there_counts_as_deleted(people):
    conn, ids = people
    assert views_shown(conn, (Item(2**31 - 1),), account_id=ids["ann"]).hidden == {2**31 - 1: Hidden.DELETED}


def test_a_saved_change_of_a_view_shows_on_the_dashboard(people, views):
    conn, ids = people
    items = (Item(views["shared"]),)
    view = views_shown(conn, items, account_id=ids["bob"]).views[views["shared"]]
    changed = replace(view.content, link="m=units")
    update_view(conn, changed, view_id=view.view_id, base_version=1, account_id=ids["ann"], role="analyst")
    assert views_shown(conn, items, account_id=ids["bob"]).views[view.view_id].content.link == "m=units"


def test_a_view_is_shared_as_it_is_by_its_owner_alone(people, views):
    conn, ids = people
    shared = share_view(conn, view_id=views["private"], account_id=ids["ann"], role="analyst")
    assert (shared.version, shared.content.shared, shared.content.link) == (2, True, "m=net_sales&r=category")


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (Item(1, width=5), "the width of view 1 of the dashboard must be one of 3, 4, 6, 8, 12; got 5"),
        (Item(1, height=4), "the height of view 1 of the dashboard must be one of 1, 2, 3; got 4"),
        (Item(1, title="t" * 121), "the title of a dashboard has at most 120 characters; got 121"),
        (Item(1, title="\x00"), "the title of a dashboard must be plain text"),
    ],
)
def test_an_item_that_does_not_fit_is_refused_with_its_place(people, views, item, words):
    conn, ids = people
    with pytest.raises(InvalidDashboard, match=words):
        save_dashboard(conn, replace(MORNING, items=(replace(item, view_id=views["shared"]),)), account_id=ids["ann"])


def test_a_dashboard_holds_24_views_and_no_more(people, views):
    conn, ids = people
    full = replace(MORNING, items=(Item(views["shared"], title="é" * 120),) * 24)
    assert len(save_dashboard(conn, full, account_id=ids["ann"]).content.items) == 24
    with pytest.raises(InvalidDashboard, match="a dashboard has at most 24 views; got 25"):
        save_dashboard(conn, replace(full, name="More", items=full.items + full.items[:1]), account_id=ids["ann"])


@pytest.mark.parametrize(
    "items",
    [
        "{}",
        "[1]",
        "[[]]",
        '[{"view": 0, "width": 6, "height": 2, "title": ""}]',
        '[{"view": "1", "width": 6, "height": 2, "title": ""}]',
        '[{"view": 1, "width": 7, "height": 2, "title": ""}]',
        '[{"view": 1, "width": [6], "height": 2, "title": ""}]',
        '[{"view": 1, "width": 6, "height": 4, "title": ""}]',
        '[{"view": 1, "width": 6, "height": 2}]',
        '[{"view": 1, "width": 6, "height": 2, "title": null}]',
        "[" + ",".join(['{"view": 1, "width": 6, "height": 2, "title": ""}'] * 25) + "]",
    ],
)
def test_the_database_keeps_items_well_formed_itself(people, items):
    conn, ids = people
    saved = save_dashboard(conn, MORNING, account_id=ids["ann"])
    written = sa.text("update accounts.dashboards set items = cast(:items as jsonb) where dashboard_id = :number")
    with pytest.raises(sa.exc.IntegrityError, match="ck_dashboards_items_well_formed"):
        conn.execute(written, {"items": items, "number": saved.dashboard_id})


@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    [
        ("name", "", "ck_dashboards_name_length"),
        ("name", "a" * 121, "ck_dashboards_name_length"),
        ("folder", " a", "ck_dashboards_folder_length"),
        ("description", "a" * 2001, "ck_dashboards_description_length"),
        ("version", 0, "ck_dashboards_version_positive"),
    ],
)
def test_the_database_keeps_the_limits_itself(people, column, value, constraint):
    conn, ids = people
    saved = save_dashboard(conn, MORNING, account_id=ids["ann"])
    written = sa.text(f"update accounts.dashboards set {column} = :value where dashboard_id = :number")
    with pytest.raises(sa.exc.IntegrityError, match=constraint):
        conn.execute(written, {"value": value, "number": saved.dashboard_id})
