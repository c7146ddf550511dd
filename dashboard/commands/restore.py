"""`daybook restore DIR`: a backup into an empty database, held against its digests; with an archive, a moment."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from dashboard.commands.opening import opened_database
from dashboard.commands.progress import progress_bars
from data.config import load_settings
from data.errors import UsageError

Archive = Annotated[Path | None, typer.Option(help="Of a base backup: the folder with the write-ahead log.")]
Before = Annotated[
    int | None, typer.Option(min=1, help="Everything up to the moment before this revision was saved, and no more.")
]
Until = Annotated[str | None, typer.Option(help="Everything up to a time, such as 2026-03-01T14:05:00+01:00.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("restore")(restore)


def restore(
    folder: Annotated[Path, typer.Argument(help="The folder that `daybook backup` wrote.")],
    archive: Archive = None,
    before_revision: Before = None,
    until: Until = None,
) -> None:
    """Restore a backup into an empty database, all of it or nothing, and compare every table with the backup.

    A base backup (`daybook backup --base`) is restored with the archive of the embedded server: to its end, to the
    moment before a revision, or to a time.
    """
    from data.backup.base_manifest import is_base

    folder = folder.expanduser().absolute()
    if is_base(folder):
        if archive is None:
            raise UsageError(f"{folder} is a base backup; name the archive that it goes on with, by --archive")
        _moment(folder, archive.expanduser().absolute(), before_revision, until)
    elif archive is None and before_revision is None and until is None:
        _dump(folder)
    else:
        raise UsageError(f"--archive, --before-revision and --until need a base backup; {folder} is none")


def _dump(folder: Path) -> None:
    from data.backup.restoring import restore_backup

    with opened_database(load_settings(), say=_say) as database, progress_bars() as progress:
        made = restore_backup(database, folder, progress=progress)
    typer.echo(f"Restored {made.rows:,} rows of {len(made.tables)} tables, all as they were on {made.made_at}.")
    typer.echo(f"The head of the chain of revisions: {made.head}")
    _say_older(made.migration)


def _moment(folder: Path, archive: Path, before_revision: int | None, until: str | None) -> None:
    from data.backup.point_in_time import Moment, restore_moment

    settings = load_settings()
    if not settings.is_embedded:
        raise UsageError("a base backup is restored into the embedded server; unset DATABASE_URL, set DAYBOOK_HOME")
    moment = Moment(before_revision, None if until is None else _instant(until))
    with progress_bars("MB") as progress:
        made = restore_moment(settings.home, folder, archive, moment, progress=progress)
    when = "" if made.opened_at is None else f", saved at {made.opened_at.isoformat(timespec='seconds')}"
    typer.echo(f"Restored in {settings.home}. The newest revision is {made.revision:,}{when}; every check is well.")
    typer.echo(f"The head of the chain of revisions: {made.head}")
    typer.echo("It starts a new line of history: give it an archive of its own (DAYBOOK_WAL_ARCHIVE), and a new base.")
    _say_older(made.migration)


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--until must be a time such as 2026-03-01T14:05:00+01:00; got {text!r}") from None


def _say_older(migration: str) -> None:
    from data.migrating import head_version

    if migration != head_version():
        typer.echo("The backup is of an older Daybook: run `daybook migrate`, or start `daybook up`, which does.")


def _say(message: str) -> None:
    typer.echo(message, err=True)
