"""The number under which a request is found in the log."""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar

HEADER = "x-request-id"
_SANE = re.compile(r"[A-Za-z0-9._:-]{8,64}")

current: ContextVar[str | None] = ContextVar("daybook_request_id", default=None)


def request_id(given: str | None) -> str:
    """The number that a proxy in front gave the request; one of our own where there is none, or none to write down."""
    return given if given is not None and _SANE.fullmatch(given) else secrets.token_hex(8)
