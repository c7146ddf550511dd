"""The first line of every page, which shows the rest of it to nobody else."""

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.auth import User, gate
from data.scope import Scope


def page():
    import streamlit as st

    from dashboard.auth import require

    require("manager")
    st.write("figures")


def shown(monkeypatch, user):
    monkeypatch.setattr(gate, "current_user", lambda: user)
    run = AppTest.from_function(page).run()
    return [item.value for item in (*run.markdown, *run.info, *run.warning)]


def person(role, **more):
    return User(1, "ann", "Ann", role, Scope.everything(), **more)


@pytest.mark.parametrize("role", ["manager", "admin"])
def test_the_role_and_those_above_it_see_the_page(monkeypatch, role):
    assert shown(monkeypatch, person(role)) == ["figures"]


@pytest.mark.parametrize(
    ("user", "words"),
    [
        (None, "Please log in"),
        (person("analyst"), "This page is for the role manager; yours is analyst"),
        (person("admin", must_change_password=True), "Choose your own password"),
    ],
)
def test_everybody_else_sees_why_not_and_nothing_more(monkeypatch, user, words):
    (only,) = shown(monkeypatch, user)
    assert words in only
