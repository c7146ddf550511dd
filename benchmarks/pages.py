"""The overview in a real browser: its first load in bytes and seconds, and a changed filter until the chart is redrawn.

daybook up                                                                   # with the sample, in another terminal
DAYBOOK_PASSWORD=... python benchmarks/pages.py http://127.0.0.1:8501         # needs Chromium, at 1440 pixels

The first load is of a browser without a cache, logged in. Times are those of a person: from the click on the interval
until the chart has another drawing.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.live import CHROMIUM_ARGS, chromium_path, log_in, quiet

PATH = "/overview"
CHARTS = "[...document.querySelectorAll('.js-plotly-plot .cartesianlayer')].map(one => one.innerHTML).join()"


def first_load(browser: Browser, address: str, logged_in: BrowserContext) -> tuple[float, float]:
    """Seconds until the overview is drawn, and the megabytes that came by HTTP."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, storage_state=logged_in.storage_state())
    page = context.new_page()
    wire = context.new_cdp_session(page)
    sizes: list[float] = []
    wire.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
    wire.send("Network.enable")
    began = time.perf_counter()
    page.goto(f"{address}{PATH}")
    page.locator(".js-plotly-plot .main-svg").first.wait_for(timeout=60_000)
    quiet(page)
    took = time.perf_counter() - began
    context.close()
    return took, sum(sizes) / 1e6


def redrawn(page: Page, interval: str) -> float:
    """Milliseconds from the click on an interval until the chart is another."""
    page.evaluate(f"window.seen = {CHARTS}")
    began = time.perf_counter()
    page.get_by_role("radio", name=interval, exact=True).click()
    page.wait_for_function(f"{CHARTS} !== window.seen", polling="raf")
    took = 1000 * (time.perf_counter() - began)
    quiet(page)
    return took


def main() -> None:
    """Print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address")
    parser.add_argument("--user", default="admin")
    parser.add_argument("--times", type=int, default=20)
    asked = parser.parse_args()
    password = os.environ.get("DAYBOOK_PASSWORD")
    if not password:
        raise SystemExit("DAYBOOK_PASSWORD must hold the password of --user")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_ARGS)
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        log_in(page, asked.address, asked.user, password, path=PATH)
        seconds, megabytes = first_load(browser, asked.address, context)
        print(f"first load: {seconds:.2f} s, {megabytes:.2f} MB", flush=True)
        quiet(page)
        taken = [redrawn(page, ("Week", "Month", "Day")[turn % 3]) for turn in range(asked.times)]
        print(f"another interval until the chart is redrawn: median {statistics.median(taken):.0f} ms of {len(taken)}")
        browser.close()


if __name__ == "__main__":
    main()
