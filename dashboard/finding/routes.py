"""The routes behind the search field: what is found for the words typed so far, and the script that asks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from dashboard.auth.cookies import SESSION, cookie_value
from dashboard.auth.routes import is_https
from dashboard.finding.search import Found, more_address, search
from dashboard.load import database
from data.accounts.sessions import session_account
from data.accounts.user import User, user_of
from data.search.words import LONGEST

PATH = "/found"
SCRIPT_PATH = "/assets/finding.js"


def routes() -> list[BaseRoute]:
    """What the application adds for searching."""
    return [Route(PATH, found, methods=["GET"]), Route(SCRIPT_PATH, _script, methods=["GET"])]


async def found(request: Request) -> Response:
    """What the person behind the session may find by `q`."""
    token = cookie_value(request.cookies, SESSION, https=is_https(request))
    return await run_in_threadpool(_found, token, request.query_params.get("q", "")[:LONGEST])


def _found(token: str | None, text: str) -> Response:
    user = _user(token)
    if user is None or user.must_change_password:
        return _answer({"problem": "You are logged out. Log in again, then search once more."}, 401)
    return _answer(as_json(text, search(text, user)), 200)


def as_json(text: str, result: Found) -> dict[str, Any]:
    """What the script shows."""
    return {
        "mended": result.mended,
        "count": result.count,
        "groups": [
            {
                "label": group.label,
                "hits": [{"name": hit.name, "about": hit.about, "address": hit.address} for hit in group.hits],
                "count": group.count,
                "more": more_address(text, group) if text and group.count > len(group.hits) else None,
            }
            for group in result.groups
        ],
    }


def _user(token: str | None) -> User | None:
    if token is None:
        return None
    with database().accounts() as conn:
        account = session_account(conn, token=token)
    return None if account is None else user_of(account, database())


def _answer(content: dict[str, Any], status: int) -> Response:
    return JSONResponse(content, status_code=status, headers={"cache-control": "no-store"})


async def _script(_: Request) -> Response:
    return FileResponse(Path(__file__).with_name("finding.js"), media_type="text/javascript")
