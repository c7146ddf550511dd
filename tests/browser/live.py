"""The product as people meet it: `daybook up` in a process of its own, and a browser in front of it."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from data.db import Database
from tests.factories.accounts import PASSWORD

CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_logs: dict[str, Path] = {}  # by address, for who has to tell why a page did not come


def chromium_path() -> str | None:
    """The system's browser, the lightest first; None leaves it to the one that Playwright brought."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((found for name in names if (found := shutil.which(name))), None)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(database: Database, folder: Path, **environment: str) -> Iterator[str]:
    """The address of the whole product over `database`, for the block."""
    with started(database, folder, **environment) as (address, _):
        yield address


@contextmanager
def started(
    database: Database, folder: Path, port: int | None = None, **environment: str
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The same with the process, for who wants to kill it."""
    port = port or free_port()
    share_what_is_pressed(folder)
    log = folder / f"app-{port}.log"
    url = database.owner.url.render_as_string(hide_password=False)
    told = {"DATABASE_URL": url, "DAYBOOK_HOME": str(folder), "DAYBOOK_ADMIN_PASSWORD": PASSWORD, **environment}
    command = [sys.executable, "-m", "dashboard.cli", "up", "--no-sample", "--port", str(port)]
    # Lines that only a browser reaches are not counted: counting slows every page by half.
    around = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_PROCESS")}
    with log.open("w") as output:
        process = subprocess.Popen(command, env={**around, **told}, stdout=output, stderr=output)
    try:
        _logs[f"http://127.0.0.1:{port}"] = log
        wait_until_up(f"http://127.0.0.1:{port}", process, log)
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def share_what_is_pressed(home: Path) -> None:
    """Let an application find what those before it prepared for browsers: it takes half a minute of a core."""
    shared = Path(tempfile.gettempdir()) / f"daybook-tests-pressed-{os.getuid()}"
    shared.mkdir(exist_ok=True)
    (home / "cache").mkdir(exist_ok=True)
    if not (home / "cache" / "pressed").exists():
        (home / "cache" / "pressed").symlink_to(shared)


def wait_until_up(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise AssertionError(f"the application ended at once:\n{log.read_text()}")
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=1)
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"the application did not come up:\n{log.read_text()}")


def log_in(page: Page, address: str, username: str, password: str = PASSWORD, path: str = "/") -> None:
    """Open `path`, fill in the form and wait for what was asked for."""
    page.goto(f"{address}{path}")
    wait_for_form(page, address)
    fill_in(page, username, password)
    page.get_by_role("button", name="Log out").wait_for(timeout=20_000)


def wait_for_form(page: Page, address: str) -> None:
    """Wait for the login form, and reload once as a person would; if it does not come, show what the server said."""
    form = page.get_by_label("User name")
    for once_more in (True, False):
        try:
            form.wait_for(timeout=30_000)
            return
        except PlaywrightTimeout:
            log = _logs[address].read_text() if address in _logs else "no log"
            seen = f"{page.url}\n{page.locator('body').inner_text()}\n{log}"
            if not once_more:
                raise AssertionError(f"no login form came:\n{seen}") from None
            logging.getLogger(__name__).warning("no login form came at first:\n%s", seen)
            page.reload()


def fill_in(page: Page, username: str, password: str) -> None:
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Log in").click()


def listening(page: Page) -> None:
    """Wait until the page hears the keys that work everywhere."""
    page.wait_for_function("window.daybookFinding")


def quiet(page: Page) -> None:
    """Wait until the page has finished running."""
    page.wait_for_function("document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'")
