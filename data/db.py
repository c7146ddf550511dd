"""The declarative base, and the doors to the database: who acts, under which role, and whose rows it may see.

Nothing is connected at import. `Database.from_settings` makes the engines once per process; a read, a write or an
account action then opens one transaction under the least role that can do it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase

from data.config import Settings
from data.errors import SchemaError, ServerError
from data.scope import Scope

PROBE_S = 2
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
    """Engines for the owner, the writer and the reader, and the transactions that the rest of the code runs in."""

    owner: sa.Engine
    writer: sa.Engine
    reader: sa.Engine
    statement_timeout_s: int = 30
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
        return cls(owner, writer, reader, settings.statement_timeout_s)

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
            _assume(conn, self.roles.reader, self.statement_timeout_s, {"daybook.scope_stores": scope.as_setting()})
            yield conn

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
    def probe(self) -> sa.Engine:
        """Connections of its own that soon give up: to ask how the database is, also when the pool is used up."""
        return make_probe(self.owner.url)

    def dispose(self) -> None:
        """Close every pooled connection."""
        for engine in {self.owner, self.writer, self.reader}:
            engine.dispose()


def make_engine(url: str) -> sa.Engine:
    """An engine for `url`; plain `postgresql://` addresses are read as psycopg 3."""
    parsed = sa.make_url(url)
    if parsed.drivername in {"postgresql", "postgres"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    arguments = {"application_name": "daybook", "connect_timeout": 10, "options": "-c timezone=UTC"}
    # An error that is logged shall not quote the values of its statement.
    return sa.create_engine(
        parsed, pool_pre_ping=True, pool_size=10, max_overflow=10, hide_parameters=True, connect_args=arguments
    )


def make_probe(url: sa.URL) -> sa.Engine:
    """An engine that keeps no connection, and whose connections and statements give up after PROBE_S."""
    options = f"-c timezone=UTC -c statement_timeout={PROBE_S}s -c lock_timeout={PROBE_S}s"
    arguments = {"application_name": "daybook probe", "connect_timeout": PROBE_S, "options": options}
    return sa.create_engine(url, poolclass=sa.NullPool, hide_parameters=True, connect_args=arguments)


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
