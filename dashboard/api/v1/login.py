"""Tokens: a login for fifteen minutes, and the personal tokens that programs use."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.security import OAuth2PasswordRequestForm
from pydantic import BaseModel, ConfigDict, Field

from dashboard.api.callers import Caller, caller, login_token
from dashboard.api.problems import Refused
from dashboard.load import database
from data.accounts.audit import Actor, Kind, note, prune_audit
from data.accounts.logins import log_in
from data.accounts.tokens import (
    LOGIN_LIFE,
    MOST_DAYS,
    Right,
    TokenRecord,
    make_login_token,
    make_personal_token,
    personal_tokens,
    revoke_token,
)
from data.config import load_settings
from data.errors import TokenError

router = APIRouter(tags=["tokens"])
_LARGEST = 2**31 - 1
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class LoginAnswer(BaseModel):
    """A bearer token, and for how many seconds it is good."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105
    expires_in: int


class TokenRequest(BaseModel):
    """A personal token to make: what it is called, what it may be used for, and for how long."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "Notebook on my laptop", "rights": ["read"], "days": 90}]},
    )

    name: str = Field(min_length=1, max_length=120)
    rights: list[Right] = Field([Right.READ], min_length=1, max_length=3)
    days: int = Field(90, ge=1, le=MOST_DAYS)


class TokenInfo(BaseModel):
    """A personal token that can still be used; instants are UTC."""

    token_id: int
    name: str
    rights: list[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


class NewToken(TokenInfo):
    """A token that was just made; what it is, is told this once."""

    token: str


@router.post("/token")
def token(form: Annotated[OAuth2PasswordRequestForm, Depends()], request: Request, response: Response) -> LoginAnswer:
    """Log in with user name and password; attempts count together with those on the login page."""
    address = request.client.host if request.client else None
    with database().accounts() as conn:
        outcome = log_in(conn, username=form.username, password=form.password, address=address, via="api")
        made = None
        if outcome.account is not None:
            prune_audit(conn, days=load_settings().audit_days)
            made = make_login_token(conn, account_id=outcome.account.account_id)
            by = Actor(outcome.account.account_id, outcome.account.username, "api", address)
            note(conn, Kind.LOGIN, by=by, about=outcome.account)
    if outcome.wait_s > 0:
        raise Refused(429, f"too many attempts; try again in {outcome.wait_s} seconds",
                      headers={"Retry-After": str(outcome.wait_s)})  # fmt: skip
    if outcome.account is None or made is None:
        raise Refused(401, "user name or password is not right, or the account is disabled",
                      headers={"WWW-Authenticate": "Bearer"})  # fmt: skip
    response.headers.update(_NO_STORE)
    signed = login_token(outcome.account.account_id, made, int(time.time()))
    return LoginAnswer(access_token=signed, expires_in=int(LOGIN_LIFE.total_seconds()))


@router.get("/tokens")
def list_tokens(found: Annotated[Caller, Depends(caller)]) -> list[TokenInfo]:
    """List one's own personal tokens."""
    with database().accounts() as conn:
        return [_info(one) for one in personal_tokens(conn, account_id=found.user.account_id)]


@router.post("/tokens", status_code=201)
def make_token(asked: TokenRequest, found: Annotated[Caller, Depends(caller)], response: Response) -> NewToken:
    """Make a personal token; only after a login, so that a token that leaks cannot make others."""
    if found.personal:
        raise Refused(403, "a personal token cannot make others; log in with POST /api/v1/token first")
    with database().accounts() as conn:
        made, secret = make_personal_token(conn, account_id=found.user.account_id, name=asked.name,
                                           rights=asked.rights, days=asked.days, via="api")  # fmt: skip
    response.headers.update(_NO_STORE)
    return NewToken(**_info(made).model_dump(), token=secret)


@router.delete("/tokens/{token_id}", status_code=204)
def end_token(token_id: int, found: Annotated[Caller, Depends(caller)]) -> None:
    """Revoke one of one's own tokens."""
    try:
        if not 0 < token_id <= _LARGEST:
            raise TokenError
        with database().accounts() as conn:
            revoke_token(conn, token_id=token_id, account_id=found.user.account_id, via="api")
    except TokenError:
        raise Refused(404, f"there is no token {token_id} of yours that could be revoked") from None


def _info(record: TokenRecord) -> TokenInfo:
    return TokenInfo(token_id=record.token_id, name=record.name, rights=list(record.rights),
                     created_at=record.created_at, expires_at=record.expires_at,
                     last_used_at=record.last_used_at)  # fmt: skip
