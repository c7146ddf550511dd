"""`daybook revisions`: the list of loads and edits, and what one of them did."""

from __future__ import annotations

from typing import Annotated

import typer

from dashboard.commands import naming
from dashboard.commands.compare import compare
from dashboard.commands.opening import opened_database
from data.config import load_settings
from data.scope import Scope

revisions = typer.Typer(help="Loads and edits, each a numbered revision.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    revisions.command("compare")(compare)
    naming.register(revisions)
    app.add_typer(revisions, name="revisions")


@revisions.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, newest first.")] = 20,
    before: Annotated[int | None, typer.Option(min=1, help="Only revisions below this one.")] = None,
) -> None:
    """List revisions, newest first."""
    from rich.console import Console
    from rich.table import Table

    from data.queries.revisions import COLUMNS, revision_list
    from data.revisions.reading import revision_names

    with opened_database(load_settings(), say=_say) as database:
        with database.reading(Scope.everything()) as conn:
            frame = revision_list(conn, limit=limit, before=before)
        with database.accounts() as conn:
            names = revision_names(conn)
    table = Table(box=None, pad_edge=False)
    for column in COLUMNS:
        table.add_column(
            column.label,
            justify="right" if column.dtype == "int64" else "left",
            no_wrap=column.name in {"opened_at", "author", "revision"},
        )
    if names:
        table.add_column("Name")
    for number, row in zip(frame["revision"].tolist(), frame.itertuples(index=False), strict=True):
        named = names.get(number)
        called = [f"{named.name}{', certified' if named.certified else ''}" if named else ""] if names else []
        table.add_row(*(_cell(value) for value in row), *called)
    Console(markup=False).print(table)


@revisions.command("show")
def show(number: Annotated[int, typer.Argument(min=1, help="The revision's number.")]) -> None:
    """Show one revision: who, when, why, and what it did to each table."""
    from data.queries.revisions import revision_detail

    with (
        opened_database(load_settings(), say=_say) as database,
        database.reading(Scope.everything()) as conn,
    ):
        found, tables = revision_detail(conn, revision=number)
    typer.echo(f"Revision {found['revision']} ({found['kind']}), {_cell(found['opened_at'])}")
    typer.echo(f"by {found['author']} as {found['role_name']}: {found['reason'] or 'no reason given'}")
    for row in tables.itertuples(index=False):
        typer.echo(
            f"  {row.table_name}: {row.rows_added:,} added, {row.rows_changed:,} changed, {row.rows_removed:,} removed"
        )
    typer.echo(f"hash {found['hash'].hex()}")


@revisions.command("revert")
def revert(
    number: Annotated[int, typer.Argument(min=1, help="The revision to undo.")],
    reason: Annotated[str | None, typer.Option(help="Why it is undone; it stays with the new revision.")] = None,
    author: Annotated[str, typer.Option(help="Who undoes it; the account's name.")] = "",
) -> None:
    """Undo an edit or a load as a new revision; refused where later ones depend on it."""
    from data.changes.types import Editor
    from data.changes.undoing import undo

    with opened_database(load_settings(), say=_say) as database:
        editor = Editor(author, "admin", Scope.everything())
        saved = undo(database, number, editor=editor, reason=reason or f"Undo revision {number}")
    typer.echo(
        f"Revision {saved.revision} undoes revision {number}: {saved.added:,} rows added, {saved.changed:,} changed, "
        f"{saved.removed:,} removed"
    )


def _cell(value: object) -> str:
    from datetime import datetime

    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M UTC")
    return f"{value:,}" if isinstance(value, int) else str(value)


def _say(message: str) -> None:
    typer.echo(message, err=True)
