"""`daybook users`: accounts, made and changed from the command line. A password is never an argument."""

from __future__ import annotations

import csv
import sys
from typing import Annotated

import typer

from dashboard.commands import logged_in
from dashboard.commands.logged_in import operator
from dashboard.commands.opening import opened_database
from data.config import load_settings
from data.errors import UsageError
from data.scope import Scope

users = typer.Typer(help="Accounts: who may log in, and as what.", no_args_is_help=True)
Username = Annotated[str, typer.Argument(help="The account's user name.")]
FromInput = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
Generate = Annotated[bool, typer.Option("--generate", help="Make a password and print it once.")]


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    logged_in.register(users)
    app.add_typer(users, name="users")


@users.command("add")
def add(
    username: Username,
    role: Annotated[str, typer.Option(help="analyst, manager or admin")] = "analyst",
    name: Annotated[str, typer.Option(help="The name to show; the user name where it is left out.")] = "",
    password_stdin: FromInput = False,
    generate: Generate = False,
    must_change: Annotated[
        bool, typer.Option("--must-change", help="Ask for another password at the first login.")
    ] = False,
) -> None:
    """Make an account."""
    from data.accounts.accounts import create_account

    password = _password(from_input=password_stdin, generate=generate)
    with opened_database(load_settings(), say=_say) as database, database.accounts() as conn:
        made = create_account(
            conn,
            username=username,
            password=password,
            role=role,
            display_name=name or None,
            must_change=must_change,
            by=operator(),
        )
    typer.echo(f"Made {made.username} ({made.role}).")
    _tell(password, generate=generate)


@users.command("list")
def list_() -> None:
    """List every account: user name, role, state, the name to show, and what it may see."""
    from data.accounts.accounts import account_list
    from data.accounts.scopes import region_names, scope_text

    with opened_database(load_settings(), say=_say) as database:
        with database.accounts() as conn:
            accounts = account_list(conn)
        with database.reading(Scope.everything()) as conn:
            regions = region_names(conn)
    for account in accounts:
        state = "disabled" if account.disabled_at else "active"
        seen = scope_text(account, regions)
        typer.echo(f"{account.username}\t{account.role}\t{state}\t{account.display_name}\t{seen}")


@users.command("disable")
def disable(username: Username) -> None:
    """Refuse an account from its next action on."""
    from data.accounts.accounts import disable_account

    with opened_database(load_settings(), say=_say) as database, database.accounts() as conn:
        disable_account(conn, username=username, by=operator())
    typer.echo(f"Disabled {username}; its sessions are refused from now on.")


@users.command("enable")
def enable(username: Username) -> None:
    """Let a disabled account log in again."""
    from data.accounts.accounts import enable_account

    with opened_database(load_settings(), say=_say) as database, database.accounts() as conn:
        enable_account(conn, username=username, by=operator())
    typer.echo(f"Enabled {username}.")


@users.command("set-password")
def set_password_(username: Username, password_stdin: FromInput = False, generate: Generate = False) -> None:
    """Give an account another password, to be replaced by its own at the next login, and end its sessions."""
    from data.accounts.accounts import set_password

    password = _password(from_input=password_stdin, generate=generate)
    with opened_database(load_settings(), say=_say) as database, database.accounts() as conn:
        set_password(conn, username=username, password=password, must_change=True, by=operator())
    typer.echo(f"Changed the password of {username}; its sessions are over, and the next login asks for its own.")
    _tell(password, generate=generate)


@users.command("set-role")
def set_role_(username: Username, role: Annotated[str, typer.Argument(help="analyst, manager or admin")]) -> None:
    """Give an account another role, from its next action on."""
    from data.accounts.accounts import set_role

    with opened_database(load_settings(), say=_say) as database, database.accounts() as conn:
        set_role(conn, username=username, role=role, by=operator())
    typer.echo(f"{username} is {role} now.")


@users.command("set-scope")
def set_scope_(
    username: Username,
    stores: Annotated[str | None, typer.Option(help="Store numbers, separated by commas: 1,2")] = None,
    regions: Annotated[str | None, typer.Option(help="Regions, separated by commas: North,South")] = None,
    everything: Annotated[bool, typer.Option("--everything", help="Take every limit away.")] = False,
) -> None:
    """Limit an account to stores, to regions or to both together, from its next action on."""
    from data.accounts.scopes import region_names, regions_named, scope_text, set_scope, stores_numbered

    if everything == (stores is not None or regions is not None):
        raise UsageError("a scope must be --stores or --regions or both, or else --everything")
    numbers = [_number(text) for text in _listed("--stores", stores)]
    names = _listed("--regions", regions)
    with opened_database(load_settings(), say=_say) as database:
        with database.reading(Scope.everything()) as conn:
            stores_of, regions_of = stores_numbered(conn, numbers), regions_named(conn, names)
            named = region_names(conn)
        with database.accounts() as conn:
            account = set_scope(conn, username=username, stores=stores_of, regions=regions_of, by=operator())
    typer.echo(f"{account.username} sees {scope_text(account, named)} now.")


@users.command("set-name")
def set_name(username: Username, name: Annotated[str, typer.Argument(help="The name to show.")]) -> None:
    """Show an account under another name; its user name stays."""
    from data.accounts.accounts import set_display_name

    with opened_database(load_settings(), say=_say) as database, database.accounts() as conn:
        set_display_name(conn, username=username, display_name=name, by=operator())
    typer.echo(f"{username} is shown as {name.strip()} now.")


def _listed(option: str, text: str | None) -> list[str]:
    if text is None:
        return []
    try:
        named = [name.strip() for name in next(csv.reader([text], skipinitialspace=True), []) if name.strip()]
    except csv.Error:  # a line break in the middle
        named = []
    if not named:
        raise UsageError(f"{option} must name at least one; got {text!r}")
    return named


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise UsageError(f"--stores must be store numbers, separated by commas; got {text!r}")
    return int(text)


def _password(*, from_input: bool, generate: bool) -> str:
    from data.accounts.passwords import generated

    if from_input and generate:
        raise UsageError("--password-stdin and --generate exclude each other")
    if generate:
        return generated()
    if from_input:
        try:
            return sys.stdin.buffer.readline().decode().rstrip("\r\n")
        except UnicodeDecodeError:
            raise UsageError("the password on standard input must be UTF-8") from None
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def _tell(password: str, *, generate: bool) -> None:
    if generate:
        typer.echo(f"Password, shown once: {password}")


def _say(message: str) -> None:
    typer.echo(message, err=True)
