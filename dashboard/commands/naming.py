"""`daybook revisions name`, `names` and `unname`: what revisions are called, and which of them are certified."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dashboard.commands.opening import opened_database
from data.config import load_settings

if TYPE_CHECKING:
    from data.db import Database
    from data.revisions.naming import Namer

_Number = Annotated[int, typer.Argument(min=1, help="The revision's number.")]
_Author = Annotated[str, typer.Option(help="Who does it; the account's name.")]


def register(revisions: typer.Typer) -> None:
    """Add the commands to the group."""
    for command in (name, names, unname):
        revisions.command(command.__name__)(command)


def name(
    number: _Number,
    new_name: Annotated[str, typer.Argument(metavar="NAME", help="What it is called; no two have the same name.")],
    certify: Annotated[
        bool | None, typer.Option("--certify/--no-certify", help="Vouch for the figures as of it, or no longer.")
    ] = None,
    note: Annotated[str | None, typer.Option(help="What is to be known about it.")] = None,
    author: _Author = "",
) -> None:
    """Name a revision, or rename one that has a name; it stays certified if it was."""
    from data.revisions.naming import certify_revision, name_revision, rename_revision
    from data.revisions.reading import name_of_revision

    with opened_database(load_settings(), say=_say) as database:
        by = _namer(database, author)
        with database.accounts() as conn:
            now = name_of_revision(conn, revision=number)
        if now is None:
            named = name_revision(database, revision=number, name=new_name, by=by, certified=bool(certify),
                                  note=note or "")  # fmt: skip
        else:
            named = rename_revision(database, revision=number, name=new_name, by=by, note=note)
            if certify is not None and certify is not named.certified:
                named = certify_revision(database, revision=number, by=by, certified=certify)
    was = f", no longer {now.name}" if now is not None and now.name != named.name else ""
    typer.echo(f"Revision {number} is called {named.name}{was}{'; certified' if named.certified else ''}.")


def names() -> None:
    """List the named revisions, newest first."""
    from rich.console import Console
    from rich.table import Table

    from data.revisions.reading import revision_names

    with opened_database(load_settings(), say=_say) as database, database.accounts() as conn:
        found = revision_names(conn)
    table = Table(box=None, pad_edge=False)
    for heading in ("Revision", "Name", "Certified", "Named by", "Named", "Note"):
        table.add_column(heading, justify="right" if heading == "Revision" else "left", no_wrap=heading != "Note")
    for row in found.values():
        when = row.named_at.strftime("%Y-%m-%d %H:%M UTC")
        table.add_row(str(row.revision), row.name, "yes" if row.certified else "", row.named_by, when, row.note)
    Console(markup=False, highlight=False).print(table)


def unname(number: _Number, author: _Author = "") -> None:
    """Take a revision's name away; the revision itself stays."""
    from data.revisions.naming import remove_name

    with opened_database(load_settings(), say=_say) as database:
        gone = remove_name(database, revision=number, by=_namer(database, author))
    typer.echo(f"Revision {number} is no longer called {gone.name}.")


def _namer(database: Database, author: str) -> Namer:
    """Who may run commands may do what an admin may; the account, where one is told, is only remembered."""
    from data.accounts.accounts import find_account
    from data.revisions.naming import Namer

    if not author:
        return Namer("admin")
    with database.accounts() as conn:
        return Namer("admin", find_account(conn, username=author).account_id)


def _say(message: str) -> None:
    typer.echo(message, err=True)
