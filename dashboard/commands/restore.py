"""`daybook restore DIR`: a backup into an empty database, held against its digests."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dashboard.commands.opening import opened_database
from dashboard.commands.progress import progress_bars
from data.config import load_settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("restore")(restore)


def restore(folder: Annotated[Path, typer.Argument(help="The folder that `daybook backup` wrote.")]) -> None:
    """Restore a backup into an empty database, all of it or nothing, and compare every table with the backup."""
    from data.backup.restoring import restore_backup
    from data.migrating import head_version

    folder = folder.expanduser().absolute()
    with opened_database(load_settings(), say=_say) as database, progress_bars() as progress:
        made = restore_backup(database, folder, progress=progress)
    typer.echo(f"Restored {made.rows:,} rows of {len(made.tables)} tables, all as they were on {made.made_at}.")
    typer.echo(f"The head of the chain of revisions: {made.head}")
    if made.migration != head_version():
        typer.echo("The backup is of an older Daybook: run `daybook migrate`, or start `daybook up`, which does.")


def _say(message: str) -> None:
    typer.echo(message, err=True)
