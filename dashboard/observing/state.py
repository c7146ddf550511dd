"""Figures that are read when they are asked for: the pool, the cache, the disk, and what only the database knows."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from dashboard.observing.disk import free_bytes
from dashboard.observing.replica import of_replica
from data.cache import ResultCache
from data.config import load_settings
from data.db import Database
from data.errors import DataError
from data.queries.state import DatabaseState, database_state

_log = logging.getLogger(__name__)


class StateCollector(Collector):
    """Reads the state of the process's database and cache; a database that is away is a figure, not a failure."""

    def __init__(self, database: Callable[[], Database | None], cache: Callable[[], ResultCache | None]) -> None:
        self._database = database
        self._cache = cache

    def describe(self) -> list[Metric]:
        """Nothing in advance: that would ask the database when the process starts."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Everything that can be read now."""
        cache, database = self._cache(), self._database()
        if cache is not None:
            yield from _of_cache(cache)
        if database is not None:
            yield from _of_pools(database)
            if database.replica is not None:
                yield from of_replica(database.replica)
        yield from _of_database(*((False, None) if database is None else _state(database)))
        if (free := free_bytes(load_settings())) is not None:
            yield GaugeMetricFamily("daybook_home_free_bytes", "Free disk where the embedded server is", free)


def _state(database: Database) -> tuple[bool, DatabaseState | None]:
    """Whether it answers, and its figures; none before the first migration."""
    try:
        with database.probe.connect() as conn:
            return True, database_state(conn)
    except ProgrammingError:
        return True, None
    except (SQLAlchemyError, DataError) as error:
        _log.warning("figures of the database could not be read (%s)", type(error).__name__)
        return False, None


def _of_cache(cache: ResultCache) -> Iterator[Metric]:
    yield CounterMetricFamily("daybook_cache_hits", "Questions that the cache answered", cache.hits)
    yield CounterMetricFamily("daybook_cache_misses", "Questions that it did not", cache.misses)
    yield GaugeMetricFamily("daybook_cache_bytes", "Bytes of the answers that are kept", cache.size_bytes)
    yield GaugeMetricFamily("daybook_cache_max_bytes", "Most bytes that are kept", cache.max_bytes)


def _of_pools(database: Database) -> Iterator[Metric]:
    in_use = GaugeMetricFamily("daybook_pool_connections_in_use", "Connections in use by login", labels=("login",))
    most = GaugeMetricFamily("daybook_pool_connections_max", "Most connections by login", labels=("login",))
    for login, pool in _pools(database).items():
        in_use.add_metric((login,), pool.checkedout())
        most.add_metric((login,), pool.size() + pool._max_overflow)
    yield in_use
    yield most


def _pools(database: Database) -> dict[str, QueuePool]:
    """The pools by who they are for; logins that are not named apart share the owner's."""
    engines = {"owner": database.owner, "writer": database.writer, "reader": database.reader}
    engines["tokens"] = database.glancing
    if database.replica is not None:
        engines["replica"] = database.replica.engine
    pools = {
        login: engine.pool for login, engine in engines.items() if login == "owner" or engine is not engines["owner"]
    }
    return {login: pool for login, pool in pools.items() if isinstance(pool, QueuePool)}


def _of_database(up: bool, state: DatabaseState | None) -> Iterator[Metric]:
    yield GaugeMetricFamily("daybook_database_up", "Whether the database answers within seconds", up)
    if state is None:
        return
    yield GaugeMetricFamily("daybook_revision", "The newest revision", state.revision)
    yield GaugeMetricFamily(
        "daybook_revision_timestamp_seconds", "When the newest revision was made", state.revised_at or 0
    )
    loads = GaugeMetricFamily("daybook_loads", "Loads of files so far, undone ones included", labels=("table",))
    newest = GaugeMetricFamily("daybook_load_timestamp_seconds", "When the newest load began", labels=("table",))
    for table, (count, began_at) in state.loads.items():
        loads.add_metric((table,), count)
        newest.add_metric((table,), began_at)
    yield loads
    yield newest
    yield GaugeMetricFamily("daybook_sessions_live", "Logged-in browsers seen within the idle time", state.sessions)
    yield GaugeMetricFamily("daybook_database_size_bytes", "Size of the database", state.size_bytes)
    yield GaugeMetricFamily("daybook_database_connections", "Connections to the database, of all", state.connections)
