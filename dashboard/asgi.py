"""The one ASGI application: Streamlit's pages, the routes of login, pins and search, health and the HTTP API."""

from __future__ import annotations

import asyncio
import gc
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import streamlit as st
from psycopg.errors import QueryCanceled
from sqlalchemy.exc import OperationalError
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp
from streamlit.runtime.pages_manager import PagesManager

from dashboard.api.apart import Apart
from dashboard.api.app import create_app as create_api
from dashboard.auth.guard import SessionGuard
from dashboard.auth.open_pages import OpenPages, end_forever
from dashboard.auth.routes import routes as auth_routes
from dashboard.dashboards.background import ask_forever
from dashboard.finding.background import read_forever
from dashboard.finding.routes import routes as finding_routes
from dashboard.first_page import FirstPage
from dashboard.in_browser import routes as browser_routes
from dashboard.middleware import AnswerHeaders, FixedHeaders
from dashboard.observing.middleware import Observed
from dashboard.observing.request_ids import current
from dashboard.old_links import OldLinks
from dashboard.pins.routes import routes as pin_routes
from dashboard.pressed import Press, PressedFiles
from dashboard.warm import import_pages, import_statistics
from dashboard.watching.background import watch_forever

SCRIPT = Path(__file__).with_name("app.py")
COLLECT_EVERY_S = 60
_NEW_OBJECTS = 10_000  # until they are looked through for garbage; writing the statement of one question makes as many
_PRESSED_FROM, _PRESSED_BY = 1024, 6  # bytes of an answer, and how hard
_log = logging.getLogger(__name__)


def create_app(kept_in: Path | None = None) -> ASGIApp:
    """The application to serve, with one worker: Streamlit keeps its sessions in the process.

    In the folder `kept_in` it keeps what is only a matter of time to make again. Programs are answered before anything
    that pages alone need: ten such layers take as long as an answer that is kept.
    """
    return Apart(Observed(GZipMiddleware(FixedHeaders(create_api()), _PRESSED_FROM, _PRESSED_BY)), _pages(kept_in))


def _pages(kept_in: Path | None) -> st.App:
    # The pages are named by the entry script; Streamlit shall not look for others beside it.
    PagesManager.uses_pages_directory = False
    return st.App(
        SCRIPT,
        lifespan=_in_background,
        routes=[
            *auth_routes(),
            *browser_routes(),
            *finding_routes(),
            *pin_routes(),
        ],
        middleware=[
            Middleware(Observed),
            Middleware(GZipMiddleware, minimum_size=_PRESSED_FROM, compresslevel=_PRESSED_BY),
            Middleware(PressedFiles, press=Press(kept_in / "pressed" if kept_in else None)),
            Middleware(AnswerHeaders),
            Middleware(FirstPage),
            Middleware(SessionGuard),
            Middleware(OpenPages),
            Middleware(OldLinks),
        ],
        on_script_error=_show_error,
    )


@asynccontextmanager
async def _in_background(_: st.App) -> AsyncIterator[dict[str, Any] | None]:
    """End pages with their sessions, look at watches, read what is searched and opened first, and collect garbage.

    That now and then, instead of after every rerun (`runner.postScriptGC`). What nobody should wait for at the start is
    imported here, too.
    """
    import_pages()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)
    statistics = asyncio.to_thread(import_statistics)
    tasks = [
        asyncio.create_task(work)
        for work in (end_forever(), _collect_forever(), watch_forever(), read_forever(), ask_forever(), statistics)
    ]
    try:
        yield None
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _collect_forever() -> None:
    while True:
        await asyncio.sleep(COLLECT_EVERY_S)
        await asyncio.to_thread(gc.collect, 1)


def _show_error(error: Exception) -> bool:
    """Tell the reader what happened and what to do; the traceback goes to the log under the same number."""
    number = secrets.token_hex(4)
    token = current.set(number)  # a page is no request: in the log, and in Sentry, its number stands where theirs do
    _log.error("a page failed", exc_info=error)
    current.reset(token)
    if isinstance(error, OperationalError) and isinstance(error.orig, QueryCanceled):
        what = "**This question takes too long.** Ask for fewer dates, rows or columns, or add a filter"
    elif isinstance(error, OperationalError):
        what = "**The database does not answer.** Nothing was changed or lost. Reload the page in a few seconds"
    else:
        what = "**This page could not be shown.** Nothing was changed or lost. Reload it"
    st.error(f"{what}; if that does not help, tell an administrator the number **{number}**.", icon=":material/error:")
    return True
