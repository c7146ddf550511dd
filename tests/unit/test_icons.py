"""The icon font that goes out has every icon that a page may show, under a tag that changes with them."""

import re
import time
from pathlib import Path

import pytest
import streamlit
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient

from dashboard.first_page import FirstPage, rewritten
from dashboard.icons import font_of, icon_names, words_used
from dashboard.navigation import ENTRIES
from dashboard.pressed import Press, PressedFiles

STATIC = Path(streamlit.__file__).parent / "static"
FONT = next((STATIC / "static" / "media").glob("MaterialSymbols-Rounded.*.woff2"))
PATH = f"/static/media/{FONT.name}"


@pytest.fixture(scope="module")
def small():
    return font_of(FONT.read_bytes(), words_used())


def test_it_has_every_icon_that_is_written_anywhere_and_is_far_smaller(small):
    written = {entry.icon for entry in ENTRIES}
    for script in (STATIC / "static" / "js").glob("*.js"):
        written |= set(re.findall(r":material/([a-z0-9_]+)", script.read_text(encoding="utf-8")))
    for folder in ("dashboard", "pages"):
        for module in Path(folder).rglob("*.py"):
            written |= set(re.findall(r":material/([a-z0-9_]+)", module.read_text(encoding="utf-8")))
    every, kept = icon_names(FONT.read_bytes()), icon_names(small)
    assert len(written & every) > 100
    assert written & every <= kept
    assert len(small) < FONT.stat().st_size / 8


def test_an_icon_that_nothing_names_is_left_out(small):
    left_out = icon_names(FONT.read_bytes()) - icon_names(small)
    assert "rocket_launch" in left_out
    assert "rocket_launch" in icon_names(font_of(FONT.read_bytes(), words_used() | {"rocket_launch"}))


def test_the_first_gets_the_whole_font_and_the_next_the_small_one_until_it_changes(tmp_path, small):
    routes = [Mount("/static", StaticFiles(directory=STATIC / "static"))]
    app = Starlette(routes=routes, middleware=[Middleware(PressedFiles, press=Press(tmp_path))])
    client = TestClient(app)
    first = client.get(PATH)
    assert (first.content, first.headers["cache-control"]) == (FONT.read_bytes(), "no-cache")
    until = time.monotonic() + 60
    while not list(tmp_path.glob("icons-*")) and time.monotonic() < until:
        time.sleep(0.05)
    then = client.get(PATH, headers={"if-none-match": first.headers["etag"]})
    assert (then.status_code, icon_names(then.content)) == (200, icon_names(small))
    assert (then.headers["cache-control"], then.headers["content-type"]) == ("no-cache", "font/woff2")
    again = client.get(PATH, headers={"if-none-match": then.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_font_that_cannot_be_read_goes_out_as_it_is(tmp_path, caplog):
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / FONT.name).write_bytes(b"no font at all" * 200)
    routes = [Mount("/static", StaticFiles(directory=tmp_path))]
    client = TestClient(Starlette(routes=routes, middleware=[Middleware(PressedFiles, press=Press())]))
    assert client.get(PATH).content == b"no font at all" * 200
    until = time.monotonic() + 30
    while "could not be prepared" not in caplog.text and time.monotonic() < until:
        time.sleep(0.02)
    assert client.get(PATH).content == b"no font at all" * 200


def test_the_first_page_has_our_name_and_preloads_no_foreign_font():
    page = (STATIC / "index.html").read_bytes()
    sent = rewritten(page)
    assert b"SourceSans" in page
    assert b"SourceSans" not in sent
    assert b"Inter-Regular.woff2" in sent
    assert b"<title>Daybook</title>" in sent
    assert sent.count(b"<script") == page.count(b"<script")


def test_only_html_is_rewritten():
    app = Starlette(routes=[Mount("/", StaticFiles(directory=STATIC, html=True))], middleware=[Middleware(FirstPage)])
    client = TestClient(app)
    page = client.get("/")
    assert b"<title>Daybook</title>" in page.content
    assert int(page.headers["content-length"]) == len(page.content)
    assert client.get(PATH).content == FONT.read_bytes()
    assert client.get("/", headers={"if-none-match": page.headers["etag"]}).status_code == 304


def test_a_file_that_is_html_stays_as_it_is():
    page = (STATIC / "index.html").read_bytes()
    named = {"content-disposition": 'attachment; filename="morning.html"'}
    routes = [
        Route("/file", lambda _: Response(page, media_type="text/html", headers=named)),
        Route("/other", lambda _: Response("<html><body>Morning</body></html>", media_type="text/html")),
    ]
    client = TestClient(Starlette(routes=routes, middleware=[Middleware(FirstPage)]))
    assert client.get("/file").content == page
    assert client.get("/other").text == "<html><body>Morning</body></html>"
