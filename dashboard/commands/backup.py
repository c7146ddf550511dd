"""`daybook backup DIR`: the whole database in a folder, checked after it was written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dashboard.commands.opening import opened_database
from dashboard.commands.progress import progress_bars
from data.config import load_settings

Folder = Annotated[Path, typer.Argument(help="The folder: new or empty for a backup.", file_okay=False)]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("backup")(backup)


def backup(folder: Folder) -> None:
    """Write the whole database to a folder, while others go on working, and check that it can be read back.

    It holds figures, accounts and the digests of passwords: keep it where only administrators can read it.
    """
    from data.backup.manifest import DUMP
    from data.backup.writing import write_backup

    folder = folder.expanduser().absolute()
    with opened_database(load_settings(), say=_say) as database, progress_bars() as progress:
        made = write_backup(database, folder, progress=progress)
    size = (folder / DUMP).stat().st_size / 1e6
    typer.echo(f"Backed up {made.rows:,} rows of {len(made.tables)} tables to {folder} ({size:,.1f} MB).")
    typer.echo(f"The head of its chain of revisions: {made.head}")


def _say(message: str) -> None:
    typer.echo(message, err=True)
