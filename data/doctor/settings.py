"""Which variables are set, without what is secret, and which values are unsafe."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

import sqlalchemy as sa
from pydantic import SecretStr

from data.config import Settings
from data.db import Database
from data.doctor.findings import Finding, notice, well
from data.errors import SettingsError
from data.keys import signing_key

# Read by Compose, the tests or programs that call the API, and not by Daybook itself.
ELSEWHERE = {"DAYBOOK_PROXY_PORT", "DAYBOOK_PROXY_SECRET", "DAYBOOK_TEST_DATABASE_URL", "DAYBOOK_TOKEN"}
_LOCAL = {"127.0.0.1", "::1", "localhost"}
_LOGIN = sa.text("select rolname, rolsuper from pg_roles where rolname = session_user")


def set_variables(settings: Settings) -> Finding:
    """Every variable that was given, by name; the value only where it is no secret."""
    told = []
    for name in type(settings).model_fields:
        if name in settings.model_fields_set:
            told.append(f"{_variable(name)}{_shown(getattr(settings, name))}")
    return well("settings", f"set: {', '.join(sorted(told))}" if told else "nothing is set: every value is a default")


def unknown_variables(environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Variables that look like ours and are not: most often a slip."""
    known = {_variable(name) for name in Settings.model_fields} | ELSEWHERE
    for name in sorted(environment):
        if name.startswith("DAYBOOK_") and name not in known and environment[name]:
            near = get_close_matches(name, known, n=1)
            meant = f"; {near[0]} was meant?" if near else ""
            yield notice("settings", f"{name} is set, and Daybook knows no such variable{meant}")


def unsafe_values(settings: Settings) -> Iterator[Finding]:
    """Values that open more than most people want."""
    if settings.host not in _LOCAL and not settings.public_url.startswith("https://"):
        yield notice(
            "settings",
            f"DAYBOOK_HOST is {settings.host}, so that other machines reach it, and DAYBOOK_PUBLIC_URL is no https"
            " address: put a proxy with TLS in front",
        )
    if settings.secret_key is not None:
        try:
            signing_key(settings, "api tokens")
        except SettingsError as error:
            yield notice("settings", str(error))


def logins(database: Database, settings: Settings) -> Iterator[Finding]:
    """Logins that may do more than their part: a superuser passes every rule of the database by."""
    owner = _login(database.owner)
    doors = {"DATABASE_URL": owner}
    if settings.writer_url is not None:
        doors["DAYBOOK_WRITER_URL"] = _login(database.writer)
    if settings.reader_url is not None:
        doors["DAYBOOK_READER_URL"] = _login(database.reader)
    for variable, login in doors.items():
        if login.rolsuper:
            yield notice(
                "logins", f"{variable} logs in as {login.rolname}, a superuser, whom no rule of the database binds"
            )
        elif variable != "DATABASE_URL" and login.rolname == owner.rolname:
            yield notice(
                "logins", f"{variable} logs in as {login.rolname}, who owns the database: leave it out instead"
            )


def _login(engine: sa.Engine) -> sa.Row[tuple[str, bool]]:
    with engine.connect() as conn:
        return conn.execute(_LOGIN).one()


def _variable(name: str) -> str:
    return str(Settings.model_fields[name].alias)


def _shown(value: object) -> str:
    return " (not shown)" if isinstance(value, SecretStr) else f"={value}"
