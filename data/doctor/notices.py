"""What an operator wants to know: each group of questions by itself, so that one that fails hides no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from data.config import Settings
from data.db import Database
from data.doctor.activity import archive, blocked, long_running
from data.doctor.findings import Finding, notice
from data.doctor.machine import clock, free_disk, versions
from data.doctor.settings import logins, set_variables, unknown_variables, unsafe_values
from data.doctor.statements import slow_statements
from data.doctor.tables import unused_indexes, wanting_tables

ASKED: dict[str, Callable[[sa.Connection], Finding | Iterable[Finding]]] = {
    "clock": clock,
    "versions": versions,
    "activity": long_running,
    "locks": blocked,
    "archive": archive,
    "slow statements": slow_statements,
    "indexes": unused_indexes,
    "tables": wanting_tables,
}


def observe(database: Database, settings: Settings) -> Iterator[Finding]:
    """Settings, machine, versions, and what the server counts; nothing here is wrong, and some of it is a notice."""
    yield set_variables(settings)
    yield from unknown_variables()
    yield from unsafe_values(settings)
    if settings.home.exists():
        yield free_disk(settings.home)
    yield from _guarded("logins", lambda: logins(database, settings))
    for check, ask in ASKED.items():
        yield from _guarded(check, lambda ask=ask: _asked(database, ask))  # type: ignore[misc]


def _asked(database: Database, ask: Callable[[sa.Connection], Finding | Iterable[Finding]]) -> list[Finding]:
    with database.owner.connect() as conn:
        found = ask(conn)
        return [found] if isinstance(found, Finding) else list(found)


def _guarded(check: str, ask: Callable[[], Iterable[Finding]]) -> list[Finding]:
    try:
        return list(ask())
    except DBAPIError as error:
        return [notice(check, f"could not be asked: {str(error.orig).strip().splitlines()[0]}")]
