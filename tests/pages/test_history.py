"""The history page as a script: what it offers to undo, to whom, and what it says of it in numbers."""

from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import auth, load
from dashboard.auth import User
from dashboard.reference import acting
from data.scope import Scope
from tests.loading.conftest import TWO_LINES, Loader

PAGE = Path(__file__).parents[2] / "pages" / "history.py"
EVERYTHING = Scope.everything()
MARCH = (date(2017, 3, 1), date(2017, 4, 1))


@pytest.fixture
def loader(database, tmp_path, monkeypatch):
    """Loads files into the database that the page shows."""
    monkeypatch.setattr(load.Resources, "database", database)
    monkeypatch.setattr(load.Resources, "cache", None)
    return Loader(database, tmp_path)


@pytest.fixture
def opened(monkeypatch):
    """A function that opens a revision, for a person."""

    def open_page(number, *, role="manager", scope=EVERYTHING):
        user = User(1, "meg", "Meg", role, scope)
        monkeypatch.setattr(auth, "require", lambda role: user)
        monkeypatch.setattr(acting, "acting_user", lambda: user)
        page = AppTest.from_file(str(PAGE), default_timeout=60)
        page.query_params["revision"] = str(number)
        page.run()
        assert not page.exception, page.exception
        return page

    return open_page


def words(page):
    return " ".join(item.value for item in (*page.markdown, *page.caption, *page.info, *page.success))


def buttons(page):
    return [button.label for button in page.button]


def test_a_load_is_undone_after_its_numbers_were_told(loader, opened):
    loader.sales(TWO_LINES)
    restated = loader.sales("1,10,5,7,2017-03-01 10:00:00,3,4.50,0,0,0\n", period=MARCH)
    page = opened(restated.revision)
    assert "**1** lines are removed, **2** come back" in words(page)
    page.text_input(key="history.reason").input("It was the old file")
    page.button(key="undo").click().run()
    assert not page.exception
    assert f"revision 3 takes back what revision {restated.revision} loaded; 1 lines removed, 2 back" in words(page)
    assert len(loader.lines()) == 2
    assert f"Revision {restated.revision} is undone already" in words(opened(restated.revision))


def test_a_reference_file_is_offered_in_rows(loader, opened):
    loader.load("regions", "region\nNorth\n")
    loaded = loader.load("stores", "store,region,name\n5,South,Old town\n6,North,\n")
    assert "**3** rows are removed, **0** get their old values, **0** come back" in words(opened(loaded.revision))


def test_who_may_not_undo_a_load_is_not_offered_it(loader, opened):
    loaded = loader.sales(TWO_LINES)
    assert "undo" not in " ".join(buttons(opened(loaded.revision, role="analyst"))).lower()
    page = opened(loaded.revision, scope=Scope.of_stores(5))
    assert "Undo" not in " ".join(buttons(page))
    assert "A load concerns every store" in words(page)
