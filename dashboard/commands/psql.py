"""`daybook psql`: the database's own prompt, as the writer; what is typed there is recorded too."""

from __future__ import annotations

import subprocess

import typer

from dashboard.commands.opening import opened_database
from data.config import load_settings
from data.postgres.clients import client_environment, client_program


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("psql", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(psql)


def psql(context: typer.Context) -> None:
    """Open psql as the writer; further arguments are passed on to psql."""
    with opened_database(load_settings(), say=lambda message: typer.echo(message, err=True)) as database:
        # The writer's role from the first statement on.
        options = f"-c role={database.roles.writer} -c daybook.scope_stores=all"
        environment = client_environment(database.writer.url, PGOPTIONS=options, PGAPPNAME="daybook psql")
        done = subprocess.run([client_program("psql"), *context.args], env=environment, check=False)  # noqa: S603
    raise typer.Exit(done.returncode)
