"""The command `daybook`: parses arguments and calls the data layer; every error is one clear line."""

from __future__ import annotations

import sys
from importlib import import_module

import typer
from sqlalchemy.exc import OperationalError

from data.errors import DataError, UsageError

COMMANDS = (
    "up", "migrate", "load", "query", "revisions", "users", "watches", "mcp", "psql", "backup", "restore", "doctor"
)  # fmt: skip

app = typer.Typer(
    help="Daybook: sales figures that can be pinned, replayed and explained.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for _name in COMMANDS:
    import_module(f"dashboard.commands.{_name}").register(app)


def main() -> None:
    """Run the command line; exit 1 where the data or the server is at fault, 2 where the request is."""
    try:
        app()
    except UsageError as error:
        _leave(error, 2)
    except DataError as error:
        _leave(error, 1)
    except OperationalError as error:
        _leave(f"the database does not answer: {str(error.orig).strip().splitlines()[0]}", 1)
    except KeyboardInterrupt:
        sys.exit(130)


def _leave(message: object, code: int) -> None:
    typer.echo(f"daybook: {message}", err=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
