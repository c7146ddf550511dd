"""What a view may hold: said in words by the functions, and kept by the database whoever writes."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from data.errors import InvalidView, UnknownView
from data.views.reading import saved_view, view_versions, views_for
from data.views.writing import delete_view, restore_version, save_view, set_favourite, undelete_view, update_view
from tests.views.test_views import BAKERY


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (replace(BAKERY, name="half \udcff"), r"the name of a view must be plain text; got 'half \\udcff'"),
        (replace(BAKERY, link="m=\x00"), "the link of a view must be plain text"),
        (replace(BAKERY, folder="a" * 121), "the folder of a view has at most 120 characters; got 121"),
        (replace(BAKERY, description="a" * 2001), "the description of a view has at most 2,000 characters; got 2,001"),
        (replace(BAKERY, page="/else.example"), "such as explore; got '/else.example'"),
        (replace(BAKERY, page="a" * 51), "the page of a view must be the path"),
    ],
)
def test_what_cannot_be_kept_is_refused_before_the_database_sees_it(people, content, words):
    conn, ids = people
    with pytest.raises(InvalidView, match=words):
        save_view(conn, content, account_id=ids["ann"])
    assert views_for(conn, account_id=ids["ann"]) == []


def test_the_longest_texts_are_kept_whole(people):
    conn, ids = people
    longest = replace(BAKERY, name="é" * 120, folder="f" * 120, description="d" * 2000, link="l" * 8192)
    view = save_view(conn, longest, account_id=ids["ann"])
    assert view.content == longest
    assert view_versions(conn, view_id=view.view_id, account_id=ids["ann"])[0].content == longest


@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    [
        ("name", "", "ck_views_name_length"),
        ("name", " Bread", "ck_views_name_length"),
        ("name", "a" * 121, "ck_views_name_length"),
        ("folder", "a" * 121, "ck_views_folder_length"),
        ("description", "a" * 2001, "ck_views_description_length"),
        ("link", "a" * 8193, "ck_views_link_length"),
        ("version", 0, "ck_views_version_positive"),
    ],
)
def test_the_database_keeps_the_limits_itself(people, column, value, constraint):
    conn, ids = people
    view = save_view(conn, BAKERY, account_id=ids["ann"])
    written = sa.text(f"update accounts.views set {column} = :value where view_id = :view")
    with pytest.raises(sa.exc.IntegrityError, match=constraint):
        conn.execute(written, {"value": value, "view": view.view_id})


@pytest.mark.parametrize("view_id", [0, -1, 2**31 - 1, 2**31, 2**70])
def test_a_number_that_no_view_has_is_an_unknown_view_everywhere(people, view_id):
    conn, ids = people
    at, who = {"view_id": view_id, "account_id": ids["ann"]}, {"role": "admin"}
    acts = (
        lambda: saved_view(conn, **at),
        lambda: view_versions(conn, **at),
        lambda: update_view(conn, BAKERY, base_version=1, **at, **who),
        lambda: restore_version(conn, version=1, base_version=1, **at, **who),
        lambda: delete_view(conn, **at, **who),
        lambda: undelete_view(conn, **at, **who),
        lambda: set_favourite(conn, favourite=True, **at),
    )
    for act in acts:
        with pytest.raises(UnknownView, match=f"there is no view {view_id}, or it is not shared with you"):
            act()


@pytest.mark.parametrize("version", [0, -1, 2, 2**40])
def test_a_version_that_never_was_cannot_be_restored(people, version):
    conn, ids = people
    view = save_view(conn, BAKERY, account_id=ids["ann"])
    who = {"view_id": view.view_id, "account_id": ids["ann"], "role": "analyst"}
    with pytest.raises(InvalidView, match=f"has no version {version}; it has 1 to 1"):
        restore_version(conn, version=version, base_version=1, **who)
