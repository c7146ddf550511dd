"""Watches and what they told. Every function takes a connection of `Database.accounts()` and never commits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

import sqlalchemy as sa

from data.errors import InvalidWatch, UnknownWatch
from data.models import View, Watch, WatchEvent
from data.watches.rules import Kind, Rule

MOST_WATCHES = 50


@dataclass(frozen=True)
class Watching:
    """A watch: whose, on which view, and from which revision on figures are held against each other.

    `checked` is the newest revision that was looked at, `fired` whether a target's shortfall has been told, `problem`
    why it could not be looked at the last time.
    """

    watch_id: int
    account_id: int
    view_id: int
    view: str
    rule: Rule
    revision: int
    checked: int
    fired: bool
    problem: str


@dataclass(frozen=True)
class Event:
    """What a watch told: the figure at two revisions as shown then (`told`), exact values, and whether it was seen."""

    event_id: int
    watch_id: int
    from_revision: int
    revision: int
    before: Decimal | None
    after: Decimal | None
    told: dict[str, Any]
    made_at: datetime
    seen_at: datetime | None
    problem: str


def make_watch(conn: sa.Connection, rule: Rule, *, account_id: int, view_id: int, revision: int) -> int:
    """Watch a view from `revision` on; a second watch of the account on it takes the place of the first."""
    mine = sa.select(sa.func.count()).where(Watch.account_id == account_id, Watch.view_id != view_id)
    if conn.execute(mine).scalar_one() >= MOST_WATCHES:
        raise InvalidWatch(f"an account can have {MOST_WATCHES} watches; end one first")
    conn.execute(sa.delete(Watch).where(Watch.account_id == account_id, Watch.view_id == view_id))
    values = {"account_id": account_id, "view_id": view_id, "revision": revision, "checked": revision, **_rule(rule)}
    return conn.execute(sa.insert(Watch).values(values).returning(Watch.watch_id)).scalar_one()


def end_watch(conn: sa.Connection, *, watch_id: int, account_id: int) -> None:
    """Take a watch away with what it told; raises UnknownWatch for one that is not the account's."""
    stmt = sa.delete(Watch).where(Watch.watch_id == watch_id, Watch.account_id == account_id)
    if conn.execute(stmt).rowcount == 0:
        raise UnknownWatch(f"there is no watch {watch_id} of yours")


def watches_of(conn: sa.Connection, *, account_id: int) -> list[Watching]:
    """The account's watches, by the name of their view."""
    stmt = _watches().where(Watch.account_id == account_id).order_by(sa.func.lower(View.name), Watch.watch_id)
    return [_watching(row) for row in conn.execute(stmt)]


def due_watches(conn: sa.Connection, *, newest: int) -> list[int]:
    """The watches that have not been looked at since a revision before `newest`."""
    return list(conn.scalars(sa.select(Watch.watch_id).where(Watch.checked < newest).order_by(Watch.watch_id)))


def take_watch(conn: sa.Connection, *, watch_id: int, newest: int) -> Watching | None:
    """The watch for this transaction alone; None where another checks it, or it is gone or has been looked at."""
    stmt = _watches().where(Watch.watch_id == watch_id, Watch.checked < newest)
    row = conn.execute(stmt.with_for_update(of=Watch, skip_locked=True)).first()
    return None if row is None else _watching(row)


def note_checked(conn: sa.Connection, watch: Watching, *, checked: int, revision: int | None = None,
                 fired: bool | None = None, problem: str = "") -> None:  # fmt: skip
    """Note that a watch was looked at; with `revision`, later ones are held against that one."""
    values = {"checked": checked, "problem": problem[:500]}
    if revision is not None:
        values["revision"] = revision
    if fired is not None:
        values["fired"] = fired
    conn.execute(sa.update(Watch).where(Watch.watch_id == watch.watch_id).values(values))


def add_event(
    conn: sa.Connection,
    watch: Watching,
    *,
    revision: int,
    before: Decimal | None,
    after: Decimal | None,
    told: dict[str, Any],
) -> int:
    """Keep what a watch has to tell."""
    values = {"watch_id": watch.watch_id, "from_revision": watch.revision, "revision": revision, "before": before,
              "after": after, "told": told}  # fmt: skip
    return conn.execute(sa.insert(WatchEvent).values(values).returning(WatchEvent.event_id)).scalar_one()


def events_of(conn: sa.Connection, *, account_id: int, limit: int = 50) -> list[Event]:
    """What the account's watches told, newest first."""
    stmt = sa.select(*WatchEvent.__table__.columns).join(Watch, Watch.watch_id == WatchEvent.watch_id)
    stmt = stmt.where(Watch.account_id == account_id).order_by(WatchEvent.event_id.desc()).limit(limit)
    return [_event(row) for row in conn.execute(stmt)]


def unseen_count(conn: sa.Connection, *, account_id: int) -> int:
    """How much of what was told the account has not seen; one statement, as `Database.at_once` takes it."""
    return conn.execute(_unseen_stmt(), {"account_id": account_id}).scalar_one()


@cache
def _unseen_stmt() -> sa.Select[int]:
    """Written once: every run of a page asks."""
    stmt = sa.select(sa.func.count()).select_from(WatchEvent).join(Watch, Watch.watch_id == WatchEvent.watch_id)
    return stmt.where(Watch.account_id == sa.bindparam("account_id"), WatchEvent.seen_at.is_(None))


def mark_seen(conn: sa.Connection, events: Sequence[Event]) -> None:
    """Note that these were shown."""
    numbers = [event.event_id for event in events if event.seen_at is None]
    if numbers:
        conn.execute(sa.update(WatchEvent).where(WatchEvent.event_id.in_(numbers)).values(seen_at=sa.func.now()))


def _watches() -> sa.Select[*tuple[Any, ...]]:
    columns = [column for column in Watch.__table__.columns if column.name != "made_at"]
    return sa.select(*columns, View.name.label("view")).join(View, View.view_id == Watch.view_id)


def _watching(row: Any) -> Watching:
    rule = Rule(Kind(row.kind), row.threshold, row.by_mail, row.webhook)
    return Watching(row.watch_id, row.account_id, row.view_id, row.view, rule, row.revision, row.checked, row.fired,
                    row.problem)  # fmt: skip


def _event(row: Any) -> Event:
    return Event(row.event_id, row.watch_id, row.from_revision, row.revision, row.before, row.after, row.told,
                 row.made_at, row.seen_at, row.problem)  # fmt: skip


def _rule(rule: Rule) -> dict[str, Any]:
    return {"kind": rule.kind.value, "threshold": rule.threshold, "by_mail": rule.by_mail, "webhook": rule.webhook}
