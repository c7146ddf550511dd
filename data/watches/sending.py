"""What has to be sent yet, by mail or to a webhook. On connections of `Database.accounts()`, never committing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from data.models import Watch, WatchEvent

MOST_ATTEMPTS = 5
GIVEN_UP_AFTER = timedelta(days=1)


@dataclass(frozen=True)
class Message:
    """An event with where it goes; empty where it need not, or has gone."""

    event_id: int
    mail: str
    webhook: str
    told: dict[str, Any]


Send = Callable[[Message], None]


def pending(conn: sa.Connection) -> list[int]:
    """The events that have not reached everybody, oldest first; those given up left out."""
    return list(conn.scalars(_pending(sa.select(WatchEvent.event_id)).order_by(WatchEvent.event_id)))


def send_one(conn: sa.Connection, *, event_id: int, mail: Send, post: Send) -> bool | None:
    """Send an event where it still has to go, and note what came of it; None where another process has it.

    At least once: an answer that is lost on the way is sent again, so a receiver goes by the event's number.
    """
    stmt = _pending(sa.select(*WatchEvent.__table__.columns, Watch.by_mail, Watch.webhook))
    row = conn.execute(
        stmt.where(WatchEvent.event_id == event_id).with_for_update(of=WatchEvent, skip_locked=True)
    ).first()
    if row is None:
        return None
    message = Message(
        row.event_id,
        row.by_mail if row.mailed_at is None else "",
        row.webhook if row.posted_at is None else "",
        row.told,
    )
    done: dict[str, Any] = {}
    problems = [
        problem
        for wanted, column, send in ((message.mail, "mailed_at", mail), (message.webhook, "posted_at", post))
        if wanted and (problem := _tried(send, message, done, column))
    ]
    values = {**done, "attempts": row.attempts + 1, "problem": "; ".join(problems)[:500]}
    conn.execute(sa.update(WatchEvent).where(WatchEvent.event_id == event_id).values(values))
    return not problems


def _tried(send: Send, message: Message, done: dict[str, Any], column: str) -> str:
    try:
        send(message)
    except Exception as error:  # whatever mail and networks come up with is told, and tried again
        return f"{'mail' if column == 'mailed_at' else 'webhook'}: {type(error).__name__}"
    done[column] = sa.func.now()
    return ""


def _pending(stmt: sa.Select[*tuple[Any, ...]]) -> sa.Select[*tuple[Any, ...]]:
    due = sa.or_(
        sa.and_(Watch.by_mail != "", WatchEvent.mailed_at.is_(None)),
        sa.and_(Watch.webhook != "", WatchEvent.posted_at.is_(None)),
    )
    fresh = WatchEvent.made_at > sa.func.now() - GIVEN_UP_AFTER
    joined = stmt.join(Watch, Watch.watch_id == WatchEvent.watch_id)
    return joined.where(due, fresh, WatchEvent.attempts < MOST_ATTEMPTS)
