"""Errors as `application/problem+json` (RFC 9457): what is wrong, where, by which rule, and with which value."""

from __future__ import annotations

import json
import logging
import secrets
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from psycopg.errors import QueryCanceled
from pydantic import BaseModel, Field
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from starlette.exceptions import HTTPException

from data.errors import (
    CannotUndo,
    ChangeError,
    DataError,
    EffectMoved,
    InvalidChange,
    NotAllowed,
    NothingToSave,
    NotYourView,
    ServerError,
    Stale,
    StaleChange,
    UnknownView,
)

PROBLEM_TYPE = "application/problem+json"
_log = logging.getLogger(__name__)
_STATUS: tuple[tuple[type[DataError], int], ...] = (
    (NotAllowed, 403),
    (NotYourView, 403),
    (UnknownView, 404),
    (Stale, 409),
    (StaleChange, 409),
    (EffectMoved, 409),
    (CannotUndo, 409),
    (NothingToSave, 409),
    (ServerError, 503),
    (ChangeError, 422),
    (DataError, 422),
)


class Broken(BaseModel):
    """A rule that a value of the request breaks."""

    field: str = Field(description="Where in the request, with dots: `filters.store`; of a change, row and field.")
    rule: str
    value: str = Field("", description="What was given, as text, cut after 200 characters.")


class Problem(BaseModel):
    """Why a request was not answered."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[Broken] = Field(default_factory=list)


class Refused(Exception):
    """A request that is refused with a status, a reason, and where it is known the field."""

    def __init__(self, status: int, detail: str, *, field: str = "", headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.field, self.headers = status, detail, field, headers


def problem(status: int, detail: str, errors: list[Broken] | None = None, **more: Any) -> JSONResponse:
    """The answer that tells of a problem; `more` are members of its own."""
    headers = more.pop("headers", None)
    told = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, errors=errors or [])
    return _Escaped({**told.model_dump(), **more}, status, headers, media_type=PROBLEM_TYPE)


class _Escaped(JSONResponse):
    """What is quoted may be half of a character, which JSON can escape and UTF-8 cannot hold."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")


def add_handlers(app: FastAPI) -> None:
    """Let every error of the application be told as a problem; none with a traceback."""
    app.exception_handler(Refused)(_refused)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(HTTPException)(_http)
    app.exception_handler(DataError)(_data)
    app.exception_handler(SQLAlchemyError)(_database)
    app.exception_handler(Exception)(_unexpected)


def _refused(_: Request, error: Refused) -> JSONResponse:
    errors = [Broken(field=error.field, rule=error.detail)] if error.field else []
    return problem(error.status, error.detail, errors, headers=error.headers)


def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
    found = [
        Broken(
            field=".".join(str(part) for part in one["loc"] if part != "body") or "body",
            rule=str(one["msg"]).removeprefix("Value error, "),
            # Where something is missing, the input is all that was sent: of a login, the password.
            value="" if one["type"] == "missing" else _short(one.get("input", "")),
        )
        for one in error.errors()
    ]
    first = found[0]
    return problem(422, f"{first.field}: {first.rule}", found)


def _http(_: Request, error: HTTPException) -> JSONResponse:
    return problem(error.status_code, str(error.detail), headers=error.headers)


def _data(_: Request, error: DataError) -> JSONResponse:
    status = next(status for kind, status in _STATUS if isinstance(error, kind))
    if isinstance(error, InvalidChange):
        rows = [Broken(field=f"{fault.row}.{fault.field}".rstrip("."), rule=fault.rule, value=fault.value[:200])
                for fault in error.faults]  # fmt: skip
        return problem(status, str(error), rows)
    if isinstance(error, StaleChange):
        conflicts = [
            {"row": one.row, "field": one.field, "original": _plain(one.original), "current": _plain(one.current),
             "yours": _plain(one.yours), "revision": one.revision}
            for one in error.conflicts
        ]  # fmt: skip
        return problem(status, str(error), conflicts=conflicts)
    return problem(status, str(error))


def _database(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, OperationalError) and isinstance(error.orig, QueryCanceled):
        return problem(503, "the question takes too long; ask for fewer dates, rows or columns, or add a filter")
    if isinstance(error, OperationalError):
        _log.warning("the database does not answer", exc_info=error)
        return problem(503, "the database does not answer; try again in a few seconds", headers={"Retry-After": "5"})
    return _unexpected(request, error)


def _unexpected(_: Request, error: Exception) -> JSONResponse:
    number = secrets.token_hex(4)
    _log.error("api error %s", number, exc_info=error)
    return problem(500, f"this could not be answered; tell an administrator the number {number}")


def _short(value: Any) -> str:
    return (value if isinstance(value, str) else repr(value))[:200]


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
