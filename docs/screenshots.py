"""Take the pictures in docs/images again: start Daybook on the sample, log in, and look at it.

Works on a database of its own in a temporary folder, or on an empty one that DATABASE_URL names.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).with_name("images")
SIZES = {"1440": (1440, 900), "390": (390, 844)}
THEMES = ("light", "dark")
PASSWORD = "an old lamp on the pier"  # noqa: S105
START_S = 180
EXPLORED = "m=net_sales,discount_rate&r=department&c=period&by=month&p=all&top=5"
CHROMIUM = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def running_daybook() -> Iterator[str]:
    """The address of Daybook with the sample loaded, for the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryDirectory(prefix="daybook-screenshots-") as folder:
        Path(folder).chmod(0o711)  # the server may run as another user
        told = {"DAYBOOK_HOME": folder, "DAYBOOK_ADMIN_USER": "admin", "DAYBOOK_ADMIN_PASSWORD": PASSWORD}
        command = [sys.executable, "-m", "dashboard.cli", "up", "--port", str(port)]
        process = subprocess.Popen(command, env={**os.environ, **told})  # noqa: S603
        try:
            yield _answering(f"http://127.0.0.1:{port}", process)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def _answering(address: str, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=1)  # noqa: S310
            return address
        except OSError:
            time.sleep(0.2)
    raise SystemExit("Daybook did not start; what it said is above")


def take(browser: Browser, address: str, size: str, theme: str) -> None:
    """The login, the home page, the overview, Explore and reference data, in one window size and one theme."""
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
    page = context.new_page()
    page.goto(address)
    page.get_by_label("User name").wait_for()
    shoot(page, f"login-{size}-{theme}")
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.locator(".st-key-home-quality table").wait_for()
    shoot(page, f"home-{size}-{theme}")
    page.goto(f"{address}/overview")
    page.locator(".st-key-panel-store .js-plotly-plot").wait_for()
    shoot(page, f"overview-{size}-{theme}")
    page.goto(f"{address}/explore?{EXPLORED}")
    page.locator(".st-key-panel-explore .js-plotly-plot").wait_for()
    shoot(page, f"explore-{size}-{theme}")
    page.goto(f"{address}/reference?table=Products")
    page.get_by_test_id("stDataFrame").first.wait_for()
    shoot(page, f"reference-{size}-{theme}")
    context.close()


def shoot(page: Page, name: str) -> None:
    """Save the picture once nothing moves any more."""
    page.wait_for_function("document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'")
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(1000)
    page.screenshot(path=IMAGES / f"{name}.png")
    print(IMAGES / f"{name}.png")  # noqa: T201


def main() -> None:
    """Take every picture."""
    IMAGES.mkdir(exist_ok=True)
    with running_daybook() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(CHROMIUM))
        for size in SIZES:
            for theme in THEMES:
                take(browser, address, size, theme)
        browser.close()


if __name__ == "__main__":
    main()
