"""`daybook watches`: look at every watch now."""

from __future__ import annotations

import typer

from dashboard.commands.opening import opened_database
from data.config import load_settings

watches = typer.Typer(help="Watches on saved views.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    app.add_typer(watches, name="watches")


@watches.callback()
def _group() -> None:
    pass


@watches.command("check")
def check() -> None:
    """Hold every watch against the newest revision, and send what it tells; `daybook up` does so by itself."""
    from dashboard import load
    from dashboard.watching.check import check_watches
    from dashboard.watching.messages import send_pending

    settings = load_settings()
    with opened_database(settings, say=lambda message: typer.echo(message, err=True)) as database:
        load.use(database)
        found = check_watches(database)
        sent = send_pending(database, settings)
    typer.echo(f"{found.looked} watches looked at, {found.told} had something to tell, {sent} messages sent.")
