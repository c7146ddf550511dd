"""Pins made and found. Every function takes a connection of `Database.accounts()` and never commits."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data.errors import UnknownPin
from data.models import Account, Pinned
from data.scope import Scope

_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}\Z")
_BITS = 128
MOST_TITLE = 300


@dataclass(frozen=True)
class Content:
    """What is pinned: its title, Explore's link to it with dates written out, and the answers to its questions.

    `catalog_digest` is of the formulas that gave the answers, `scope` what their reader was allowed to see.
    """

    title: str
    link: str
    revision: int
    catalog_digest: str
    scope: Scope
    answer: dict[str, Any]


@dataclass(frozen=True)
class Pin:
    """A pin with who made it and when (UTC); an account that is gone leaves no name."""

    token: str
    content: Content
    made_by: str
    made_at: datetime


def make_pin(conn: sa.Connection, content: Content, *, account_id: int) -> str:
    """Keep the content, and give the token of its link: random, so that pins cannot be counted or guessed."""
    token = secrets.token_urlsafe(_BITS // 8)
    stores = None if content.scope.stores is None else sorted(content.scope.stores)
    values = {
        "token": token,
        "made_by": account_id,
        "title": content.title[:MOST_TITLE],
        "link": content.link,
        "revision": content.revision,
        "catalog_digest": content.catalog_digest,
        "scope": {"stores": stores},
        "answer": content.answer,
    }
    conn.execute(sa.insert(Pinned).values(values))
    return token


def find_pin(conn: sa.Connection, *, token: str) -> Pin:
    """The pin behind a link; raises UnknownPin."""
    if not _TOKEN.match(token):
        raise UnknownPin("there is no pin behind this link")
    maker = sa.func.coalesce(Account.display_name, "somebody who has left").label("maker")
    stmt = sa.select(*Pinned.__table__.columns, maker).outerjoin(Account, Account.account_id == Pinned.made_by)
    row = conn.execute(stmt.where(Pinned.token == token)).first()
    if row is None:
        raise UnknownPin("there is no pin behind this link")
    stores = row.scope["stores"]
    scope = Scope.everything() if stores is None else Scope.of_stores(*stores)
    content = Content(row.title, row.link, row.revision, row.catalog_digest, scope, row.answer)
    return Pin(row.token, content, row.maker, row.made_at)
