"""Streamlit's scripts go out by Brotli, and are the same once they are unpacked."""

import time

import brotli
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient

from dashboard.pressed import Press, PressedFiles
from dashboard.pressing import LARGEST, press_ahead, static_files

SCRIPT = b"export const answer = 42; // and so on\n" * 500
NAME = "Chart.D9Z0_fxz.js"


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "static" / "js"
    folder.mkdir(parents=True)
    (folder / NAME).write_bytes(SCRIPT)
    (folder / "plain.js").write_bytes(SCRIPT)
    (folder / "Small.D9Z0_fxz.js").write_bytes(b"1")
    return folder.parent


def serve(files, press):
    routes = [Mount("/static", StaticFiles(directory=files)), Route("/api", lambda _: PlainTextResponse("x" * 5000))]
    middleware = [Middleware(GZipMiddleware, minimum_size=1024), Middleware(PressedFiles, press=press)]
    return TestClient(Starlette(routes=routes, middleware=middleware))


def ask(client, path, encoding="gzip, deflate, br", **headers):
    return client.get(path, headers={"accept-encoding": encoding, **headers})


def test_a_script_comes_pressed_and_is_the_same(files):
    answer = ask(serve(files, Press()), f"/static/js/{NAME}")
    assert (answer.headers["content-encoding"], answer.headers["vary"]) == ("br", "Accept-Encoding")
    assert int(answer.headers["content-length"]) < len(SCRIPT) / 20
    assert answer.content == SCRIPT


@pytest.mark.parametrize("path", ["/static/js/plain.js", "/api"])
def test_what_is_not_named_by_its_digest_is_left_to_gzip(files, path):
    assert ask(serve(files, Press()), path).headers["content-encoding"] == "gzip"


def test_a_browser_without_brotli_gets_gzip(files):
    assert ask(serve(files, Press()), f"/static/js/{NAME}", "gzip").headers["content-encoding"] == "gzip"


def test_a_part_is_never_pressed(files):
    answer = ask(serve(files, Press()), f"/static/js/{NAME}", range="bytes=0-5")
    assert (answer.status_code, answer.content) == (206, SCRIPT[:6])


def test_missing_small_and_unchanged_files_pass_as_they_are(files):
    client = serve(files, Press())
    assert ask(client, "/static/js/None.D9Z0_fxz.js").status_code == 404
    assert "content-encoding" not in ask(client, "/static/js/Small.D9Z0_fxz.js").headers
    tag = ask(client, f"/static/js/{NAME}").headers["etag"]
    assert ask(client, f"/static/js/{NAME}", **{"if-none-match": tag}).status_code == 304


def test_the_best_pressing_is_kept_for_the_next_start(files, tmp_path):
    kept = tmp_path / "home" / "cache"
    ask(serve(files, Press(kept)), f"/static/js/{NAME}")
    until = time.monotonic() + 30
    while not (kept / f"{NAME}.br").exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert [path.name for path in kept.iterdir()] == [f"{NAME}.br"]
    (files / "js" / NAME).write_bytes(b" " * len(SCRIPT))  # what is kept is not made again
    again = ask(serve(files, Press(kept)), f"/static/js/{NAME}")
    assert again.content == SCRIPT == brotli.decompress((kept / f"{NAME}.br").read_bytes())


def test_a_folder_that_cannot_be_written_does_not_matter(files, tmp_path):
    (tmp_path / "file").write_text("")
    assert ask(serve(files, Press(tmp_path / "file" / "cache")), f"/static/js/{NAME}").content == SCRIPT


def test_the_largest_files_are_there_pressed_before_anybody_asks(files, tmp_path):
    (files / "js" / "PlotlyChart.D9Z0_fxz.js").write_bytes(SCRIPT * 10)
    press_ahead(tmp_path / "pressed", within=files)
    assert [path.name for path in (tmp_path / "pressed").iterdir()] == ["PlotlyChart.D9Z0_fxz.js.br"]
    (files / "js" / "PlotlyChart.D9Z0_fxz.js").write_bytes(b" " * len(SCRIPT) * 10)  # what is there is not made again
    answer = ask(serve(files, Press(tmp_path / "pressed")), "/static/js/PlotlyChart.D9Z0_fxz.js")
    assert answer.content == SCRIPT * 10


def test_each_of_the_largest_files_is_one_of_streamlit():
    names = {path.name.split(".")[0] for path in (static_files() / "js").iterdir()}
    assert set(LARGEST) <= names
