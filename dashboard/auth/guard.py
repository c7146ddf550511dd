"""Plain ASGI middleware before Streamlit's own routes that ask for no login: uploads and figures about the process."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.auth.cookies import SESSION, cookie_value
from dashboard.load import database
from data.accounts.sessions import session_account

UPLOADS = "/_stcore/upload_file/"
METRICS = "/_stcore/metrics"
REFUSED = "Log in to Daybook first."


class SessionGuard:
    """Answers 403 to whoever asks for a guarded path without a live session; everything else passes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it before its body is read."""
        if _is_guarded(scope) and not await _has_session(Request(scope)):
            await PlainTextResponse(REFUSED, status_code=403)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _is_guarded(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] == "OPTIONS":  # a browser's preflight carries no cookies
        return False
    path: str = scope["path"]
    # Anywhere in the path, since Streamlit's base path or a proxy's may stand before it.
    return UPLOADS in path or path.rstrip("/").endswith(METRICS)


async def _has_session(request: Request) -> bool:
    token = cookie_value(request.cookies, SESSION, https=request.url.scheme == "https")
    return token is not None and await run_in_threadpool(_is_alive, token)


def _is_alive(token: str) -> bool:
    with database().accounts() as conn:
        return session_account(conn, token=token) is not None
