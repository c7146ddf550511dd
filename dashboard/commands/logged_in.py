"""`daybook users sessions|revoke|audit`: who is logged in, and what was done to accounts and by them."""

from __future__ import annotations

import csv
import getpass
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from dashboard.commands.opening import opened_database
from data.accounts.audit import Actor
from data.changes.formulas import guarded
from data.config import load_settings
from data.errors import UnknownName, UsageError


def register(users: typer.Typer) -> None:
    """Add the commands to the group of accounts."""
    users.command("sessions")(sessions)
    users.command("revoke")(revoke)
    users.command("audit")(audit)


def operator() -> Actor:
    """Who types, as the machine knows them; the trail tells it from an account by the way it was done."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        name = "operator"
    return Actor(None, _one_line(name)[:100], "command")


def sessions(username: Annotated[str | None, typer.Argument(help="Of one account alone.")] = None) -> None:
    """List who is logged in: session, user name, since, last used (UTC), address and browser, last used first."""
    from data.accounts.accounts import find_account
    from data.accounts.sessions import session_list

    with opened_database(load_settings(), say=_say) as database, database.accounts() as conn:
        whose = None if username is None else find_account(conn, username=username).account_id
        found = session_list(conn, account_id=whose)
    for one in found:
        when = (one.created_at.isoformat(timespec="seconds"), one.last_seen_at.isoformat(timespec="seconds"))
        typer.echo("\t".join((one.number, one.username, *when, one.address or "-", _one_line(one.user_agent or "-"))))


def revoke(
    username: Annotated[str, typer.Argument(help="The account's user name.")],
    session: Annotated[str | None, typer.Option(help="One session, as `sessions` lists it; all without it.")] = None,
) -> None:
    """Log an account out: in every browser, or in one."""
    from data.accounts.accounts import find_account
    from data.accounts.sessions import revoke_session, revoke_sessions, session_list

    with opened_database(load_settings(), say=_say) as database, database.accounts() as conn:
        if session is None:
            ended = revoke_sessions(conn, username=username, by=operator())
        else:
            live = session_list(conn, account_id=find_account(conn, username=username).account_id)
            token = next((one.token_hash for one in live if one.number == session), None)
            if token is None:
                raise UnknownName(
                    f"{username} has no session {session!r}; `daybook users sessions {username}` lists them"
                )
            ended = int(revoke_session(conn, token_hash=token, by=operator()))
    typer.echo(f"Ended {ended} session{'' if ended == 1 else 's'} of {username}.")


def audit(
    kind: Annotated[list[str] | None, typer.Option(help="Only this kind; may be given several times.")] = None,
    account: Annotated[str, typer.Option(help="Only what this account did, or what was done to it.")] = "",
    since: Annotated[str, typer.Option(help="From this date or instant on: 2026-03-01, 2026-03-01T09:00+01:00.")] = "",
    until: Annotated[str, typer.Option(help="Before this date or instant.")] = "",
    before: Annotated[int | None, typer.Option(min=1, help="Only lines below this number.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, newest first.")] = 50,
    every: Annotated[bool, typer.Option("--all", help="Every line, however many there are.")] = False,
) -> None:
    """List the audit trail as CSV, newest first; dates without a zone are UTC."""
    from data.accounts.audit import EXPORTED, Kind, Wanted, as_text, audit_events, every_audit_event

    unknown = sorted(set(kind or ()) - {known.value for known in Kind})
    if unknown:
        raise UsageError(f"--kind must be one of {', '.join(Kind)}; got {unknown[0]!r}")
    wanted = Wanted(tuple(kind or ()), account, _instant("--since", since), _instant("--until", until))
    writer = csv.writer(sys.stdout, lineterminator="\n")
    with opened_database(load_settings(), say=_say) as database, database.accounts() as conn:
        writer.writerow(EXPORTED)
        found = every_audit_event(conn, wanted) if every else audit_events(conn, wanted, before=before, limit=limit)
        for event in found:
            writer.writerow(guarded(text) for text in as_text(event))


def _instant(option: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} must be a date or an instant such as 2026-03-01; got {text!r}") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _one_line(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)


def _say(message: str) -> None:
    typer.echo(message, err=True)
