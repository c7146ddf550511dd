"""`daybook up`: everything that a person needs to log in, on one port."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
import typer

from dashboard.commands.opening import opened_database
from dashboard.commands.progress import progress_bars
from data.config import Settings, load_settings
from data.db import Database
from data.errors import ServerError
from data.keys import signing_key
from data.loading.progress import Progress

SHUTDOWN_S = 3
_log = logging.getLogger("daybook.up")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("up")(up)


def up(
    host: Annotated[str | None, typer.Option(help="Address to listen on; DAYBOOK_HOST, or 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port; DAYBOOK_PORT, or 8501.")] = None,
    sample: Annotated[bool, typer.Option(help="Load the sample into an empty database.")] = True,
) -> None:
    """Start the database, migrate, load the sample where nothing is there, and serve until Ctrl-C."""
    from dashboard.pressing import pressing_ahead

    settings = load_settings()
    _start_logging(settings)
    _check_catalog()
    signing_key(settings, "api tokens")  # one that is easily guessed is refused before anything is touched
    where = (host or settings.host, port or settings.port)
    listener = _listen(*where)  # taken before anything slow begins
    cache = settings.home / "cache"
    with listener, opened_database(settings, say=_say) as database, pressing_ahead(cache / "pressed"):
        _prepare(database, settings, sample=sample)
        _serve(database, listener, where, kept_in=cache)


def _check_catalog() -> None:
    """Importing the catalog refuses a wrong one, before anything is touched."""
    from data.semantic.catalog import catalog

    catalog()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(512)
    except OSError as error:
        listener.close()
        raise ServerError(
            f"port {port} on {host} cannot be used ({_reason(error)}); choose another with --port or --host"
        ) from None
    listener.set_inheritable(False)
    return listener


def _reason(error: OSError) -> str:
    if isinstance(error, socket.gaierror) or not error.errno:
        return error.strerror or str(error)
    return os.strerror(error.errno)


def _prepare(database: Database, settings: Settings, *, sample: bool) -> None:
    from data.loading.sample import is_empty, is_unfinished, load_sample
    from data.migrating import upgrade

    upgrade(database.owner, say=_say)
    _check_given_password(database, settings)  # before the minutes that a sample takes
    if sample and (is_empty(database) or is_unfinished(database)):
        with _progress(settings) as progress:
            load_sample(database, progress=progress)
    _first_admin(database, settings)


def _check_given_password(database: Database, settings: Settings) -> None:
    from data.accounts.accounts import has_accounts
    from data.accounts.passwords import check_rule

    with database.accounts() as conn:
        if settings.admin_password and not has_accounts(conn):
            check_rule(settings.admin_password.get_secret_value(), username=settings.admin_user)


def _first_admin(database: Database, settings: Settings) -> None:
    from data.accounts.accounts import create_account, has_accounts
    from data.accounts.passwords import generated

    given = settings.admin_password.get_secret_value() if settings.admin_password else None
    password = given or generated()
    with database.accounts() as conn:
        # Replicas may start together; the second one finds the first one's account.
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext("daybook first account"))))
        if has_accounts(conn):
            return
        made = create_account(conn, username=settings.admin_user, password=password, role="admin")
    if given is None:
        typer.echo(f"\nFirst account, shown once:\n  user      {made.username}\n  password  {password}\n")
    else:
        typer.echo(f"Made the first account, {made.username}, with the password of DAYBOOK_ADMIN_PASSWORD.")


def _serve(database: Database, listener: socket.socket, where: tuple[str, int], *, kept_in: Path) -> None:
    import uvicorn

    from dashboard import load
    from dashboard.bounded_headers import BoundedHeaders
    from dashboard.observing.figures import measure_queries
    from dashboard.observing.logs import own_every_logger
    from dashboard.streamlit_settings import apply_settings

    load.use(database)
    apply_settings()
    measure_queries()
    from dashboard.asgi import create_app

    app = create_app(kept_in)
    own_every_logger()  # Streamlit has brought handlers of its own
    config = uvicorn.Config(
        app,
        http=BoundedHeaders,
        log_config=None,
        log_level="warning",
        timeout_graceful_shutdown=SHUTDOWN_S,
        ws="websockets-sansio",
        server_header=False,
        proxy_headers=True,
    )
    host = f"[{where[0]}]" if ":" in where[0] else where[0]
    typer.echo(f"Daybook is on http://{host}:{where[1]}  (Ctrl-C ends it)")
    uvicorn.Server(config).run(sockets=[listener])


def _start_logging(settings: Settings) -> None:
    from dashboard.observing.logs import start_logging
    from dashboard.observing.reports import start_reporting

    start_logging(settings.log_format)
    start_reporting(settings)


@contextmanager
def _progress(settings: Settings) -> Iterator[Progress]:
    """Bars and lines for people; an event for each phase where the log is for a machine."""
    if settings.log_format == "text":
        with progress_bars() as bars:
            yield bars
        return
    told: set[str] = set()

    def tell(rows: int, total: int | None, phase: str) -> None:
        if phase not in told:
            told.add(phase)
            _log.info("%s begins", phase)

    yield tell


def _say(message: str) -> None:
    if _log.isEnabledFor(logging.INFO):  # the log is for a machine
        _log.info(message)
    else:
        typer.echo(message, err=True)
