"""The pages that are open, by session: they show the login as soon as the session is over, whoever ends it.

A page is a websocket. What is drawn by itself (a dashboard on the whole screen, the progress of a long question) goes
through it as well as what somebody clicked for, so nothing of it is sent from the moment on that the end is known.
"""

from __future__ import annotations

import asyncio
import logging

from psycopg import OperationalError
from sqlalchemy.exc import OperationalError as DatabaseError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.auth.cookies import SESSION, cookie_value
from dashboard.auth.open_page import OpenPage
from dashboard.load import database
from data.accounts.ended import ended_sessions, live_sessions
from data.accounts.sessions import token_digest

SESSION_HEADER = "x-daybook-session"
AGAIN_S = 2.0
_open: dict[bytes, set[OpenPage]] = {}
_log = logging.getLogger(__name__)


class OpenPages:
    """Knows the websocket of every page by its session. A dead session's is nobody's: it gets no page's state back."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the connection on under its session; everything but websockets as it is."""
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        token = cookie_value(HTTPConnection(scope).cookies, SESSION, https=False)
        digest = b"" if token is None else token_digest(token)
        page = OpenPage(receive, send)
        if digest:
            _open.setdefault(digest, set()).add(page)  # before it is asked whether it lives, so that no end is missed
        try:
            over = await run_in_threadpool(_over, {digest} - {b""})
            if over:
                _forget(digest, page)
                if _is_shown(scope):
                    await page.load_again()
            await self.app(_named(scope, "" if over else digest.hex()), page.receive, page.send)
        finally:
            _forget(digest, page)
            page.forget()


async def end_forever() -> None:
    """End the pages of sessions that are over, as soon as the database tells of them."""
    while True:
        try:
            async for digest in ended_sessions(database()):
                await _end({digest} & _open.keys() if digest is not None else set(_open))
        except (OperationalError, DatabaseError):  # the server may be away for a moment; all are looked at afterwards
            _log.warning("no word of ended sessions from the database; it is asked again", exc_info=True)
        except Exception:
            _log.exception("ended sessions could not be told to their pages")
        await asyncio.sleep(AGAIN_S)


async def _end(digests: set[bytes]) -> None:
    for digest in await run_in_threadpool(_over, digests):
        for page in _open.pop(digest, set()):
            page.end()


def _over(digests: set[bytes]) -> set[bytes]:
    """Those whose session is over; none, as long as the database does not answer: then no page has anything to show."""
    if not digests:
        return set()
    try:
        with database().accounts() as conn:
            return digests - live_sessions(conn, digests)
    except DatabaseError:
        return set()


def _forget(digest: bytes, page: OpenPage) -> None:
    pages = _open.get(digest, set())
    pages.discard(page)
    if not pages:
        _open.pop(digest, None)


def _is_shown(scope: Scope) -> bool:
    """Whether the browser has drawn the page already: it gives its number when it connects again."""
    return len(HTTPConnection(scope).headers.get("sec-websocket-protocol", "").split(",")) > 2


def _named(scope: Scope, session: str) -> Scope:
    """The connection with the session in a header of ours, whatever the browser wrote into it."""
    headers = MutableHeaders(raw=list(scope["headers"]))
    headers[SESSION_HEADER] = session
    return {**scope, "headers": headers.raw}
