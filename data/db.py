"""The declarative base, and the doors to the database: who acts, under which role, and whose rows it may see.

Nothing is connected at import. `Database.from_settings` makes the engines once per process; a read, a write or an
account action then opens one transaction under the least role that can do it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase

from data.config import Settings
from data.engines import make_engine, make_glancing_engine, make_probe, make_replica_engine
from data.errors import ReplicaLost, SchemaError, ServerError
from data.replica import Replica, is_lost
from data.scope import Scope

__all__ = ["Base", "Database", "Roles", "make_engine"]
_Answer = TypeVar("_Answer")
NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of every mapped table; its metadata holds the history twins too."""

    metadata = sa.MetaData(naming_convention=NAMING_CONVENTION)


@dataclass(frozen=True)
class Roles:
    """The roles of one database. Names start with the database's name, because roles belong to the whole cluster."""

    keeper: str
    writer: str
    reader: str
    accounts: str

    @classmethod
    def with_prefix(cls, prefix: str) -> Roles:
        """The roles of the database that was migrated under the name `prefix`."""
        return cls(f"{prefix}_keeper", f"{prefix}_writer", f"{prefix}_reader", f"{prefix}_accounts")


@dataclass
class Database:
    """Engines for the owner, the writer and the reader, and the transactions that the rest of the code runs in.

    With a `replica`, charts are read from there.
    """

    owner: sa.Engine
    writer: sa.Engine
    reader: sa.Engine
    statement_timeout_s: int = 30
    replica: Replica | None = None
    _snapshot: sa.Engine = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._snapshot = self.reader.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @classmethod
    def from_settings(cls, settings: Settings, url: str | None = None) -> Database:
        """Engines for `url` (the embedded server's) or for the addresses that the settings name."""
        base = url or (settings.database_url.get_secret_value() if settings.database_url else None)
        if base is None:
            raise ServerError("DATABASE_URL is not set and no embedded server was given")
        owner = make_engine(base)
        writer = make_engine(settings.writer_url.get_secret_value()) if settings.writer_url else owner
        reader = make_engine(settings.reader_url.get_secret_value()) if settings.reader_url else owner
        database = cls(owner, writer, reader, settings.statement_timeout_s)
        if settings.replica_url:
            database.follow(settings.replica_url.get_secret_value())
        return database

    def follow(self, url: str) -> None:
        """Read charts from the replica at `url` from now on. Nothing is connected until the first is read."""
        engine = make_replica_engine(url)
        self.replica = Replica(self, engine, make_probe(engine.url))

    @cached_property
    def roles(self) -> Roles:
        """The role names, read from the owner of the schema `history`; they survive a renamed or cloned database."""
        stmt = sa.text("select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'history'")
        with self.owner.connect() as conn:
            keeper = conn.scalar(stmt)
        if keeper is None or not keeper.endswith("_keeper"):
            raise SchemaError("the database has not been migrated; run `daybook migrate`")
        return Roles.with_prefix(keeper.removesuffix("_keeper"))

    @contextmanager
    def reading(self, scope: Scope) -> Iterator[sa.Connection]:
        """One read-only snapshot under the reader role that sees the rows of `scope`."""
        with self._snapshot.begin() as conn:
            self.assume_reader(conn, scope)
            yield conn

    def at_once(self, read: Callable[[sa.Connection], _Answer]) -> _Answer:
        """What `read` returns of one short statement that changes nothing, in a single round trip, as the login.

        It runs again where its connection turns out to be lost.
        """
        try:
            with self.glancing.connect() as conn:
                return read(conn)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            with self.glancing.connect() as conn:  # all that were open have been given up
                return read(conn)

    def assume_reader(self, conn: sa.Connection, scope: Scope) -> None:
        """For the rest of the transaction, act as the reader role that sees the rows of `scope`."""
        _assume(conn, self.roles.reader, self.statement_timeout_s, {"daybook.scope_stores": scope.as_setting()})

    @contextmanager
    def charting(self, scope: Scope) -> Iterator[sa.Connection]:
        """The same as `reading`, from the replica where there is one that has the newest revision.

        For figures that are shown; what leads to a write is read by `reading`. Raises ReplicaLost where the replica
        breaks off: then the whole of it is to be read again, and is read from the primary.
        """
        conn = self.replica.snapshot(scope) if self.replica else None
        if self.replica is None or conn is None:
            with self.reading(scope) as conn:
                yield conn
            return
        try:
            yield conn
        except DBAPIError as error:
            if not is_lost(error):
                raise
            self.replica.lost(error)
            raise ReplicaLost from error
        finally:
            self.replica.close(conn)

    def charted(self, scope: Scope, read: Callable[[sa.Connection], _Answer]) -> _Answer:
        """What `read` returns of a snapshot of `charting`; it runs again on the primary where the replica breaks off.

        So it must write nothing, and return nothing that needs the connection.
        """
        try:
            with self.charting(scope) as conn:
                return read(conn)
        except ReplicaLost:
            with self.reading(scope) as conn:
                return read(conn)

    @contextmanager
    def writing(
        self,
        *,
        author: str | None,
        reason: str | None,
        kind: str = "edit",
        scope: Scope | None = None,
        reverts: int | None = None,
    ) -> Iterator[sa.Connection]:
        """One transaction under the writer role; what it changes becomes one revision by `author`.

        With a `scope`, the database refuses to change rows of other stores, and of tables that concern every store.
        """
        told = {"daybook.author": author or "", "daybook.reason": reason or "", "daybook.kind": kind}
        told["daybook.reverts"] = "" if reverts is None else str(reverts)
        with self.writer.begin() as conn:
            stores = (scope or Scope.everything()).as_setting()
            _assume(conn, self.roles.writer, None, {**told, "daybook.scope_stores": stores})
            yield conn

    @contextmanager
    def accounts(self) -> Iterator[sa.Connection]:
        """One transaction under the accounts role, which has no rights on the sales model."""
        with self.owner.begin() as conn:
            _assume(conn, self.roles.accounts, self.statement_timeout_s, {})
            yield conn

    @cached_property
    def glancing(self) -> sa.Engine:
        """Connections of their own for `at_once`."""
        return make_glancing_engine(self.owner.url, self.statement_timeout_s)

    @cached_property
    def probe(self) -> sa.Engine:
        """Connections of its own that soon give up: to ask how the database is, also when the pool is used up."""
        return make_probe(self.owner.url)

    def dispose(self) -> None:
        """Close every pooled connection, and look at no replica any more."""
        if self.replica:
            self.replica.dispose()
        for engine in {self.owner, self.writer, self.reader, self.glancing}:
            engine.dispose()


def _assume(conn: sa.Connection, role: str, timeout_s: int | None, told: dict[str, str]) -> None:
    settings = {**told, "role": role}
    if timeout_s is not None:
        settings["statement_timeout"] = f"{timeout_s}s"
    conn.execute(_settings_stmt(tuple(settings)), {f"value_{at}": value for at, value in enumerate(settings.values())})


@lru_cache
def _settings_stmt(names: tuple[str, ...]) -> sa.Select[*tuple[str, ...]]:
    """Sets the settings for the rest of the transaction; written once, as every transaction begins with it."""
    return sa.select(
        *(sa.func.set_config(name, sa.bindparam(f"value_{at}", type_=sa.Text), True) for at, name in enumerate(names))
    )
