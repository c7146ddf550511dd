"""Who calls: a login's JWT or a personal token, looked up at every request, so that what is revoked is gone at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import Annotated

import jwt
from fastapi import Depends
from fastapi.security import OAuth2PasswordBearer

from dashboard.api.problems import Refused
from dashboard.load import database
from data.accounts.tokens import LOGIN_LIFE, PREFIX, Right, bearer_of, note_use
from data.accounts.user import User, user_of
from data.config import load_settings
from data.keys import signing_key

TOKEN_PATH = "/api/v1/token"  # noqa: S105
_ALGORITHM, _AUDIENCE = "HS256", "daybook-api"
_scheme = OAuth2PasswordBearer(tokenUrl=TOKEN_PATH, auto_error=False, scheme_name="login",
                               description="From POST /api/v1/token, or a personal token.")  # fmt: skip


@dataclass(frozen=True)
class Caller:
    """The person for whom a program acts, what its token may be used for, and the newest revision at that moment."""

    user: User
    token_id: int
    rights: frozenset[str]
    personal: bool
    newest: int


@cache
def _key() -> bytes:
    return signing_key(load_settings(), "api tokens")


def login_token(account_id: int, token: str, issued_at: int) -> str:
    """The JWT of a login: it names its token, which the server can revoke, and ends with it."""
    ends = issued_at + int(LOGIN_LIFE.total_seconds())
    claims = {"sub": str(account_id), "jti": token, "iat": issued_at, "exp": ends, "aud": _AUDIENCE}
    return jwt.encode(claims, _key(), algorithm=_ALGORITHM)


def caller(given: Annotated[str | None, Depends(_scheme)]) -> Caller:
    """The caller of a request; 401 without a token that is alive, 403 before a password has to be changed."""
    token = _token(given) if given else None
    bearer = None if token is None else database().at_once(partial(bearer_of, token=token))
    if bearer is None:
        why = "the token is unknown, over or revoked" if given else "a bearer token is needed"
        raise Refused(401, f"{why}; get one from POST {TOKEN_PATH}", headers={"WWW-Authenticate": "Bearer"})
    if bearer.unseen:
        with database().accounts() as conn:
            note_use(conn, token_id=bearer.token_id)
    user = user_of(bearer.account, database())
    if user.must_change_password:
        raise Refused(403, "the account has to choose its own password first, on the login page")
    return Caller(user, bearer.token_id, bearer.rights, bearer.personal, bearer.newest)


def _token(given: str) -> str | None:
    if given.startswith(PREFIX):
        return given
    try:
        claims = jwt.decode(given, _key(), algorithms=[_ALGORITHM], audience=_AUDIENCE,
                            options={"require": ["exp", "jti", "sub"]})  # fmt: skip
    except jwt.InvalidTokenError:
        return None
    return str(claims["jti"])


class Needs:
    """What a route needs: a right of the token, and a role of its account."""

    def __init__(self, right: Right, role: str = "analyst") -> None:
        self.right, self.role = right, role

    async def __call__(self, found: Annotated[Caller, Depends(caller)]) -> Caller:
        """The caller where they may; 403 otherwise. It waits for nothing, so that it needs no thread either."""
        if self.right not in found.rights:
            raise Refused(403, f"this needs a token with the right {self.right}")
        if not found.user.may(self.role):
            raise Refused(403, f"this is for the role {self.role}; yours is {found.user.role}")
        return found


Reading = Annotated[Caller, Depends(Needs(Right.READ))]
Editing = Annotated[Caller, Depends(Needs(Right.EDIT, "manager"))]
Deciding = Annotated[Caller, Depends(Needs(Right.READ, "manager"))]
Saving = Annotated[Caller, Depends(Needs(Right.EDIT))]
Loading = Annotated[Caller, Depends(Needs(Right.LOAD, "manager"))]
