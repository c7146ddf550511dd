"""The database that a command works on: the one DATABASE_URL names, or the embedded server's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from data.config import Settings
from data.db import Database
from data.errors import SettingsError

if TYPE_CHECKING:
    from data.postgres import EmbeddedServer


@contextmanager
def opened_database(settings: Settings, *, say: Callable[[str], None]) -> Iterator[Database]:
    """The database of `settings` for the block; an embedded server is joined, or started for as long as that lasts."""
    with opened_server(settings, say=say) as (database, _):
        yield database


@contextmanager
def opened_server(
    settings: Settings, *, say: Callable[[str], None]
) -> Iterator[tuple[Database, EmbeddedServer | None]]:
    """The same, with the embedded server itself where that is what the settings mean."""
    if settings.is_embedded:
        from data.postgres import running_server
        from data.postgres.archiving import archive_option

        options = archive_option(settings.wal_archive)
        with (
            running_server(settings.home, say=say, options=options) as server,
            _engines(settings, server.url) as database,
        ):
            yield database, server
    else:
        with _engines(settings, None) as database:
            yield database, None


@contextmanager
def _engines(settings: Settings, url: str | None) -> Iterator[Database]:
    try:
        database = Database.from_settings(settings, url)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError, ValueError):  # it may hold a password: not repeated
        raise SettingsError(
            "DATABASE_URL, DAYBOOK_WRITER_URL, DAYBOOK_READER_URL and DAYBOOK_REPLICA_URL must be like"
            " postgresql://user:password@host/name"
        ) from None
    try:
        yield database
    finally:
        database.dispose()
