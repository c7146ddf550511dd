"""Engines for the addresses of databases. Nothing is connected here."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

PROBE_S = 2
# The connection that was used last is used next: its server process knows the tables already, which takes a new one
# longer than most statements do.
_POOL: Any = {"pool_size": 10, "max_overflow": 10, "pool_use_lifo": True}
# Seconds, and milliseconds: a machine that has gone while it was asked is noticed within two seconds.
_SOON_DEAD = {"keepalives_idle": 1, "keepalives_interval": 1, "keepalives_count": 1, "tcp_user_timeout": 1500}


def make_engine(url: str) -> sa.Engine:
    """An engine for `url`; plain `postgresql://` addresses are read as psycopg 3."""
    arguments = {"application_name": "daybook", "connect_timeout": 10, "options": "-c timezone=UTC"}
    # An error that is logged shall not quote the values of its statement.
    return sa.create_engine(_address(url), pool_pre_ping=True, hide_parameters=True, connect_args=arguments, **_POOL)


def make_glancing_engine(url: sa.URL, timeout_s: int) -> sa.Engine:
    """An engine whose statements are transactions of their own, one round trip each: without a ping before them.

    So a connection may turn out to be lost; a statement that only reads is then asked again.
    """
    options = f"-c timezone=UTC -c statement_timeout={timeout_s}s"
    arguments = {"application_name": "daybook", "connect_timeout": 10, "options": options}
    return sa.create_engine(url, isolation_level="AUTOCOMMIT", hide_parameters=True, connect_args=arguments, **_POOL)


def make_replica_engine(url: str) -> sa.Engine:
    """An engine whose connections are soon known to be dead, and are not waited for: the primary answers as well."""
    arguments = {"application_name": "daybook", "connect_timeout": PROBE_S, "options": "-c timezone=UTC", **_SOON_DEAD}
    # Without a ping: whoever takes a connection first asks it for its revision, which tells as much.
    return sa.create_engine(_address(url), pool_timeout=0.5, hide_parameters=True, connect_args=arguments, **_POOL)


def _address(url: str) -> sa.URL:
    parsed = sa.make_url(url)
    return parsed.set(drivername="postgresql+psycopg") if parsed.drivername in {"postgresql", "postgres"} else parsed


def make_probe(url: sa.URL) -> sa.Engine:
    """An engine that keeps no connection, and whose connections and statements give up after PROBE_S."""
    options = f"-c timezone=UTC -c statement_timeout={PROBE_S}s -c lock_timeout={PROBE_S}s"
    arguments = {"application_name": "daybook probe", "connect_timeout": PROBE_S, "options": options}
    return sa.create_engine(url, poolclass=sa.NullPool, hide_parameters=True, connect_args=arguments)
