"""The route behind every pin button: it pins what the link of a figure shows, and answers with the pin's address."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from dashboard.auth.cookies import SESSION, cookie_value
from dashboard.auth.routes import is_https, same_origin
from dashboard.load import database
from dashboard.pins.making import pin_of_link
from dashboard.pins.pieces import names_piece, pin_piece
from data.accounts.sessions import session_account
from data.accounts.user import User, user_of
from data.errors import DataError

PATH = "/pins"
LONGEST = 8192


def routes() -> list[BaseRoute]:
    """What the application adds for pinning."""
    return [Route(PATH, make, methods=["POST"])]


async def make(request: Request) -> Response:
    """Pin the figures that the posted words of a link stand for, of Explore or of a piece of another page."""
    if not same_origin(request):
        return _refused("The request came from another site.", 403)
    if int(request.headers.get("content-length") or LONGEST + 1) > LONGEST:
        return _refused("The link is too long to be pinned.", 413)
    token = cookie_value(request.cookies, SESSION, https=is_https(request))
    words = (await request.body()).decode("utf-8", errors="replace")
    return await run_in_threadpool(_pinned, token, words)


def _pinned(token: str | None, words: str) -> Response:
    user = _user(token)
    if user is None or user.must_change_password:
        return _refused("You are logged out. Log in again, then pin it once more.", 401)
    try:
        make = pin_piece if names_piece(words) else pin_of_link
        return JSONResponse({"address": make(words, user)}, status_code=201)
    except DataError as error:
        return _refused(f"It was not pinned: {error}.", 422)


def _user(token: str | None) -> User | None:
    if token is None:
        return None
    with database().accounts() as conn:
        account = session_account(conn, token=token)
    return None if account is None else user_of(account, database())


def _refused(reason: str, status: int) -> Response:
    return JSONResponse({"problem": reason}, status_code=status)
