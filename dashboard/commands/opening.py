"""The database that a command works on: the one DATABASE_URL names, or the embedded server's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from data.config import Settings
from data.db import Database
from data.errors import SettingsError


@contextmanager
def opened_database(settings: Settings, *, say: Callable[[str], None]) -> Iterator[Database]:
    """The database of `settings` for the block; an embedded server is joined, or started for as long as that lasts."""
    if settings.is_embedded:
        from data.postgres import running_server

        with running_server(settings.home, say=say) as server:
            yield from _engines(settings, server.url)
    else:
        yield from _engines(settings, None)


def _engines(settings: Settings, url: str | None) -> Iterator[Database]:
    try:
        database = Database.from_settings(settings, url)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError, ValueError):  # it may hold a password: not repeated
        raise SettingsError(
            "DATABASE_URL, DAYBOOK_WRITER_URL and DAYBOOK_READER_URL must be like postgresql://user:password@host/name"
        ) from None
    try:
        yield database
    finally:
        database.dispose()
