"""The routes that a page cannot be: they set and clear the session's cookie, and then navigate."""

from __future__ import annotations

import logging
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from dashboard.auth.cookies import SESSION, browser_cookie, cookie_value, set_cookie
from dashboard.load import database
from data.accounts.audit import prune_audit
from data.accounts.sessions import SESSION_LIFE, redeem_ticket, revoke_session, token_digest
from data.config import load_settings

SESSION_PATH = "/auth/session"
LOGOUT_PATH = "/auth/logout"
SCRIPT_PATH = "/auth/handoff.js"
_log = logging.getLogger(__name__)


def routes() -> list[BaseRoute]:
    """What the application adds for logging in and out."""
    return [
        Route(SESSION_PATH, open_session, methods=["POST"]),
        Route(LOGOUT_PATH, close_session, methods=["POST"]),
        Route(SCRIPT_PATH, handoff_script, methods=["GET"]),
    ]


async def open_session(request: Request) -> Response:
    """Trade a ticket for a session, in the browser that asked for it, and go where it wanted to."""
    if not same_origin(request):
        return Response("The request came from another site.", status_code=403)
    form = await request.form()
    browser = browser_cookie(request.cookies)
    token = None
    if browser is not None:
        token = await run_in_threadpool(_redeem, request, str(form.get("ticket", "")), browser)
    response = RedirectResponse(safe_target(str(form.get("next", ""))), status_code=303)
    if token is not None:
        age_s = int(SESSION_LIFE.total_seconds())
        response.headers.append("set-cookie", set_cookie(SESSION, token, https=is_https(request), max_age_s=age_s))
    return response


async def close_session(request: Request) -> Response:
    """End the session for every tab of this browser, and show the login."""
    if not same_origin(request):
        return Response("The request came from another site.", status_code=403)
    token = cookie_value(request.cookies, SESSION, https=is_https(request))
    if token is not None:
        await run_in_threadpool(_revoke, token)
    response = RedirectResponse("/", status_code=303)
    for https in {False, is_https(request)}:
        response.headers.append("set-cookie", set_cookie(SESSION, "", https=https, max_age_s=0))
    return response


async def handoff_script(_: Request) -> Response:
    """The script that posts what a page hands over; a file, so that no inline script has to be allowed."""
    return FileResponse(Path(__file__).with_name("handoff.js"), media_type="text/javascript")


def safe_target(target: str) -> str:
    """A path of this application to go on to; anything that could lead elsewhere becomes the first page."""
    # Browsers read a backslash as a slash and leave out control characters: "/\t/host" would lead to another host.
    ours = target.startswith("/") and not target.startswith("//") and "\\" not in target and target.isprintable()
    return target if ours else "/"


def _redeem(request: Request, ticket: str, browser: str) -> str | None:
    with database().accounts() as conn:
        prune_audit(conn, days=load_settings().audit_days)
        return redeem_ticket(
            conn,
            ticket=ticket,
            browser=browser,
            held=cookie_value(request.cookies, SESSION, https=is_https(request)),
            address=request.client.host if request.client else None,
            user_agent=request.headers.get("user-agent"),
        )


def _revoke(token: str) -> None:
    with database().accounts() as conn:
        revoke_session(conn, token_hash=token_digest(token))


def same_origin(request: Request) -> bool:
    """Whether a page of ours sent the form: browsers say so by Origin, and no other site can forge it."""
    host = request.headers.get("host")
    same = bool(host) and request.headers.get("origin") in {f"http://{host}", f"https://{host}"}
    if not same:
        _log.warning("refused a form from another origin")
    return same


def is_https(request: Request) -> bool:
    """Whether the browser speaks https; its Origin says so even where a proxy in between does not tell."""
    return request.url.scheme == "https" or request.headers.get("origin", "").startswith("https:")
