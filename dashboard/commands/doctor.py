"""`daybook doctor`: settings, server, schema and facts, one line each."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Annotated

import typer

from dashboard.commands.opening import opened_database
from data.config import Settings

if TYPE_CHECKING:
    from data.doctor import Finding


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(
    head: Annotated[str, typer.Option(help="A head that was printed before: is it still in the chain?")] = "",
    rollups: Annotated[
        bool, typer.Option("--rollups", help="Compare each rollup with its facts, too; takes longer.")
    ] = False,
    repair: Annotated[bool, typer.Option("--repair", help="With --rollups: make those that differ anew.")] = False,
) -> None:
    """Check settings, server, schema and the integrity of revisions and facts; exit 1 where something is wrong.

    A line that begins with `note` is worth a look: an unsafe value, a full disk, a clock that is off, statements that
    run long or wait, an index that nobody uses. It does not change how the command ends.

    It prints the head of the chain of revisions. Keep it where no administrator of the database can change it.
    """
    from data.config import load_settings
    from data.doctor import Head, examine, observe, replica_findings, rollup_findings
    from data.errors import UsageError

    if repair and not rollups:
        raise UsageError("--repair goes with --rollups: nothing else is repaired")
    kept = Head.read(head) if head else None
    settings = load_settings()
    for line in _settings_lines(settings):
        typer.echo(f"      {line}")
    well = True
    with opened_database(settings, say=lambda message: typer.echo(message, err=True)) as database:
        found = chain(observe(database, settings), examine(database.owner, kept=kept), replica_findings(database))
        found = chain(found, rollup_findings(database, repair=repair)) if rollups else found
        for finding in found:
            well = well and finding.ok
            typer.echo(f"{_mark(finding)}  {finding.check}: {finding.detail}")
    if not well:
        raise typer.Exit(1)


def _mark(finding: Finding) -> str:
    if not finding.ok:
        return "FAIL"
    return "note" if finding.is_notice else "ok  "


def _settings_lines(settings: Settings) -> list[str]:
    return [
        f"database: {'DATABASE_URL' if not settings.is_embedded else f'embedded in {settings.home}'}",
        f"address: http://{settings.host}:{settings.port}",
        f"business time zone of a first load: {settings.time_zone}",
    ]
