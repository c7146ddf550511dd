"""The overview in a real browser: its first load in bytes and seconds, and a changed filter until a chart is redrawn.

daybook up                                                                   # with the sample, in another terminal
DAYBOOK_PASSWORD=... python benchmarks/pages.py http://127.0.0.1:8501         # needs Chromium, at 1440 pixels

The first load is of a browser without a cache, logged in. Times are those of a person: from the press on the interval,
or on the period in its list, until a chart has another drawing. Moving the mouse is not in them.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time

from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

from tests.browser.live import CHROMIUM_ARGS, chromium_path, log_in, quiet

PATH = "/overview"
PERIODS = ("Last 7 days", "Last 13 weeks", "Last month", "Last 28 days")  # with the last of these it opens
CHARTS = "[...document.querySelectorAll('.js-plotly-plot .cartesianlayer')].map(one => one.innerHTML).join()"
FROM_PRESS_TO_CHART = f"""() => {{
    const charts = () => {CHARTS}
    const seen = charts()
    window.redrawn = new Promise(done => addEventListener('pointerdown', press => {{
        const look = () => charts() === seen ? requestAnimationFrame(look) : done(performance.now() - press.timeStamp)
        look()
    }}, {{once: true, capture: true}}))
}}"""


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


def redrawn(page: Page, chosen: Locator) -> float:
    """Milliseconds from the press on what is chosen until a chart is another, both as the browser tells them."""
    page.evaluate(FROM_PRESS_TO_CHART)
    chosen.click()
    took = float(page.evaluate("window.redrawn"))
    quiet(page)
    return took


def another_interval(page: Page, interval: str) -> float:
    """The same for another interval, which is at hand."""
    return redrawn(page, page.get_by_role("radio", name=interval, exact=True))


def another_period(page: Page, period: str) -> float:
    """The same for another period, whose list is opened before."""
    page.get_by_role("combobox", name="Period", exact=True).click()
    return redrawn(page, page.get_by_role("option", name=period, exact=True))


def tell(what: str, taken: list[float]) -> None:
    print(f"{what} until a chart is redrawn: median {statistics.median(taken):.0f} ms of {len(taken)}", flush=True)


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
        rounds = range(asked.times)
        tell("another interval", [another_interval(page, ("Week", "Month", "Day")[turn % 3]) for turn in rounds])
        tell("a period never asked before", [another_period(page, period) for period in PERIODS[:-1]])
        tell("a period asked before", [another_period(page, PERIODS[turn % len(PERIODS)]) for turn in rounds])
        browser.close()


if __name__ == "__main__":
    main()
