"""`daybook migrate`: bring the schema up to date."""

from __future__ import annotations

import typer

from dashboard.commands.opening import opened_database


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("migrate")(migrate)


def migrate() -> None:
    """Bring the database schema to the version of this code."""
    from data.config import load_settings
    from data.migrating import head_version, upgrade

    with opened_database(load_settings(), say=_say) as database:
        upgrade(database.owner, say=_say)
        typer.echo(f"The database is at {head_version()}.")


def _say(message: str) -> None:
    typer.echo(message, err=True)
