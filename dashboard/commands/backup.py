"""`daybook backup DIR`: the whole database in a folder, checked after it was written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dashboard.commands.opening import opened_database, opened_server
from dashboard.commands.progress import progress_bars
from data.config import load_settings

Folder = Annotated[Path, typer.Argument(help="The folder: new or empty for a backup.", file_okay=False)]


Base = Annotated[
    bool, typer.Option("--base", help="The server's files instead: with the archive, any later moment can be restored.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("backup")(backup)


def backup(folder: Folder, base: Base = False) -> None:
    """Write the whole database to a folder, while others go on working, and check that it can be read back.

    It holds figures, accounts and the digests of passwords: keep it where only administrators can read it.
    """
    folder = folder.expanduser().absolute()
    if base:
        _base(folder)
    else:
        _dump(folder)


def _dump(folder: Path) -> None:
    from data.backup.manifest import DUMP
    from data.backup.writing import write_backup

    with opened_database(load_settings(), say=_say) as database, progress_bars() as progress:
        made = write_backup(database, folder, progress=progress)
    size = (folder / DUMP).stat().st_size / 1e6
    typer.echo(f"Backed up {made.rows:,} rows of {len(made.tables)} tables to {folder} ({size:,.1f} MB).")
    typer.echo(f"The head of its chain of revisions: {made.head}")


def _base(folder: Path) -> None:
    from data.backup.base import write_base

    with opened_server(load_settings(), say=_say) as (database, server), progress_bars("MB") as progress:
        url = None if server is None else server.superuser_url
        made = write_base(database, folder, replication_url=url, progress=progress)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
    typer.echo(f"Base backup in {folder} ({size:,.1f} MB), with revision {made.revision:,} and all before it.")
    archive = made.archive or "the server's archive"
    typer.echo(f"Any later moment can be restored with {archive}, from {made.first_needed} on.")


def _say(message: str) -> None:
    typer.echo(message, err=True)
