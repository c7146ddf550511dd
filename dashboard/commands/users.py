"""`daybook users`: accounts, made and changed from the command line. A password is never an argument."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from dashboard.commands.opening import opened_database
from data.config import load_settings
from data.errors import UsageError

users = typer.Typer(help="Accounts: who may log in, and as what.", no_args_is_help=True)
Username = Annotated[str, typer.Argument(help="The account's user name.")]
FromInput = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
Generate = Annotated[bool, typer.Option("--generate", help="Make a password and print it once.")]


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    app.add_typer(users, name="users")


@users.command("add")
def add(
    username: Username,
    role: Annotated[str, typer.Option(help="analyst, manager or admin")] = "analyst",
    name: Annotated[str, typer.Option(help="The name to show; the user name where it is left out.")] = "",
    password_stdin: FromInput = False,
    generate: Generate = False,
) -> None:
    """Make an account."""
    from data.accounts.accounts import create_account

    password = _password(from_input=password_stdin, generate=generate)
    with opened_database(load_settings(), say=_say) as database, database.accounts() as conn:
        made = create_account(conn, username=username, password=password, role=role, display_name=name or None)
    typer.echo(f"Made {made.username} ({made.role}).")
    _tell(password, generate=generate)


@users.command("list")
def list_() -> None:
    """List every account."""
    from data.accounts.accounts import account_list

    with opened_database(load_settings(), say=_say) as database, database.accounts() as conn:
        accounts = account_list(conn)
    for account in accounts:
        state = "disabled" if account.disabled_at else "active"
        typer.echo(f"{account.username}\t{account.role}\t{state}\t{account.display_name}")


@users.command("disable")
def disable(username: Username) -> None:
    """Refuse an account from its next action on."""
    from data.accounts.accounts import disable_account

    with opened_database(load_settings(), say=_say) as database, database.accounts() as conn:
        disable_account(conn, username=username)
    typer.echo(f"Disabled {username}; its sessions are refused from now on.")


@users.command("enable")
def enable(username: Username) -> None:
    """Let a disabled account log in again."""
    from data.accounts.accounts import enable_account

    with opened_database(load_settings(), say=_say) as database, database.accounts() as conn:
        enable_account(conn, username=username)
    typer.echo(f"Enabled {username}.")


@users.command("set-password")
def set_password_(username: Username, password_stdin: FromInput = False, generate: Generate = False) -> None:
    """Give an account another password, to be replaced by its own at the next login, and end its sessions."""
    from data.accounts.accounts import set_password

    password = _password(from_input=password_stdin, generate=generate)
    with opened_database(load_settings(), say=_say) as database, database.accounts() as conn:
        set_password(conn, username=username, password=password, must_change=True)
    typer.echo(f"Changed the password of {username}; its sessions are over, and the next login asks for its own.")
    _tell(password, generate=generate)


@users.command("set-role")
def set_role_(username: Username, role: Annotated[str, typer.Argument(help="analyst, manager or admin")]) -> None:
    """Give an account another role, from its next action on."""
    from data.accounts.accounts import set_role

    with opened_database(load_settings(), say=_say) as database, database.accounts() as conn:
        set_role(conn, username=username, role=role)
    typer.echo(f"{username} is {role} now.")


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
