"""`daybook doctor`: settings, server, schema and facts, one line each."""

from __future__ import annotations

import shutil
from typing import Annotated

import typer

from dashboard.commands.opening import opened_database
from data.config import Settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(
    head: Annotated[str, typer.Option(help="A head that was printed before: is it still in the chain?")] = "",
) -> None:
    """Check settings, server, schema and the integrity of revisions and facts; exit 1 where something is wrong.

    It prints the head of the chain of revisions. Keep it where no administrator of the database can change it.
    """
    from data.config import load_settings
    from data.doctor import Finding, Head, examine

    kept = Head.read(head) if head else None
    settings = load_settings()
    for line in _settings_lines(settings):
        typer.echo(f"      {line}")
    well = True
    with opened_database(settings, say=lambda message: typer.echo(message, err=True)) as database:
        finding: Finding
        for finding in examine(database.owner, kept=kept):
            well = well and finding.ok
            typer.echo(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.check}: {finding.detail}")
    if not well:
        raise typer.Exit(1)


def _settings_lines(settings: Settings) -> list[str]:
    lines = [f"database: {'DATABASE_URL' if not settings.is_embedded else f'embedded in {settings.home}'}"]
    lines.append(f"address: http://{settings.host}:{settings.port}")
    lines.append(f"business time zone of a first load: {settings.time_zone}")
    if settings.home.exists():
        lines.append(f"free disk at {settings.home}: {shutil.disk_usage(settings.home).free / 1e9:,.1f} GB")
    return lines
