"""The page of the search: a link that holds what is looked for."""

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import auth
from dashboard.navigation import PAGES


@pytest.fixture
def opened(monkeypatch, person):
    def open_page(**params):
        user = person()
        monkeypatch.setattr(auth, "require", lambda role: user)
        page = AppTest.from_file(str(PAGES / "search.py"), default_timeout=60)
        for name, value in params.items():
            page.query_params[name] = value
        page.run()
        assert not page.exception, page.exception
        return page

    return open_page


def words(page):
    found = " ".join(item.value for item in (*page.header, *page.caption, *page.markdown, *page.text))
    return found + " ".join(item.proto.body for item in page.get("html"))


def test_a_link_finds(opened):
    page = opened(q="vanilla")
    assert [item.value for item in page.header] == ["Product · 1"]
    assert "href='/member?dimension=product&amp;key=10'" in words(page)


def test_words_that_are_typed_are_in_the_link(opened):
    page = opened()
    assert "Pages" in words(page)
    page.text_input(key="q").set_value("rye").run()
    assert "RYE BREAD" in words(page)


def test_what_was_mended_and_what_was_not_found_is_told(opened):
    assert "this is what “vanilla” finds" in words(opened(q="vanila"))
    assert "Nothing goes by “zzzzz”" in words(opened(q="zzzzz"))


def test_one_kind_alone_and_back(opened):
    page = opened(q="o", kind="page")
    assert len(page.header) == 1
    page.button(key="every-kind").click().run()
    assert len(page.header) > 1
