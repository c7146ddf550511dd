"""The one database of the process, and the cached reads that pages make through it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import sqlalchemy as sa

from data.cache import ResultCache
from data.db import Database
from data.errors import ServerError
from data.queries.metrics import Result, metric_result
from data.scope import Scope
from data.semantic.question import Query

_Answer = TypeVar("_Answer")


class Resources:
    """What lives as long as the process: the engines and the cache of results. Filled by whoever starts it."""

    database: Database | None = None
    cache: ResultCache | None = None


def use(database: Database) -> None:
    """Let every page and route work on `database`; its replica is looked at from now on."""
    Resources.database = database
    if database.replica is not None:
        database.replica.watch()
    Resources.cache = ResultCache()


def database() -> Database:
    """The database of this process; raises ServerError where none was given."""
    if Resources.database is None:
        raise ServerError("no database is open; start the application with `daybook up`")
    return Resources.database


@contextmanager
def reading(scope: Scope) -> Iterator[sa.Connection]:
    """One read-only snapshot of the rows in `scope`, for what may lead to a write."""
    with database().reading(scope) as conn:
        yield conn


@contextmanager
def charting(scope: Scope) -> Iterator[sa.Connection]:
    """One read-only snapshot of the rows in `scope`, for every figure of a page; it may be of the replica.

    Where the replica breaks off, ReplicaLost ends the page, and the entry script runs it again.
    """
    with database().charting(scope) as conn:
        yield conn


def charted(scope: Scope, read: Callable[[sa.Connection], _Answer]) -> _Answer:
    """What `read` returns of such a snapshot, for what is no page; it runs again where the replica breaks off."""
    return database().charted(scope, read)


def result(conn: sa.Connection, query: Query, scope: Scope, revision: int | None = None) -> Result:
    """The answer to `query`, now or as of `revision`, from the cache where nothing that it rests on has changed."""
    return metric_result(conn, query, scope=scope, cache=Resources.cache, revision=revision)
