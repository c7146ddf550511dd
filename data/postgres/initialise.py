"""The first start: a data folder with its two logins and the application's database, complete or not there at all."""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from data.errors import ServerError
from data.postgres.failures import explain
from data.postgres.layout import Layout, remove_unfinished
from data.postgres.programs import Programs
from data.postgres.server import DATABASE, LOGIN, SUPERUSER

DRAFTS = "data.new-*"


def has_data(layout: Layout) -> bool:
    """Whether there is a data folder with anything in it; an empty one counts as none."""
    try:
        return any(layout.data.iterdir())
    except FileNotFoundError:
        return False


def initialise(layout: Layout, programs: Programs, *, is_durable: bool = True) -> None:
    """Make the data folder in a temporary sibling, and put it in its place once it is complete and on disk."""
    remove_unfinished(layout.place, DRAFTS)
    draft = Path(tempfile.mkdtemp(prefix=DRAFTS.rstrip("*"), dir=layout.place))
    programs.account.own(draft)
    superuser = kept_password(layout.superuser_password)
    _run_initdb(draft, programs, superuser, is_durable=is_durable)
    _create_login(draft, programs, kept_password(layout.login_password), is_durable=is_durable)
    draft.rename(layout.data)
    if is_durable:
        _flush(layout.place)


def kept_password(path: Path) -> str:
    """The password in the file at `path`; made up and kept there on first use, readable by its owner alone."""
    with suppress(FileNotFoundError):
        if found := path.read_text().strip():
            return found
    password = secrets.token_urlsafe(32)
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(password + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return password


def _run_initdb(data: Path, programs: Programs, password: str, *, is_durable: bool) -> None:
    password_file = data.with_name(data.name + ".password")
    with os.fdopen(os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(password + "\n")
    programs.account.own(password_file)
    try:
        run = programs.run(
            "initdb",
            *("--pgdata", data, "--username", SUPERUSER, "--pwfile", password_file),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--locale=C", "--data-checksums", "--no-instructions", *([] if is_durable else ["--no-sync"])),
        )
    finally:
        password_file.unlink()
    if run.returncode != 0:
        raise ServerError(explain(run.stderr, "initdb failed"))


def _create_login(data: Path, programs: Programs, password: str, *, is_durable: bool) -> None:
    # Single-user mode needs no socket: nobody can connect before the folder is complete. One line is one statement.
    statements = [
        f"create role {LOGIN} login nosuperuser createrole nocreatedb password '{password}'",
        f"create database {DATABASE} owner {LOGIN}",
    ]
    options = ["-c", "log_min_error_statement=panic", "-c", f"fsync={'on' if is_durable else 'off'}"]
    run = programs.run("postgres", "--single", "-D", data, *options, SUPERUSER, text="\n".join(statements) + "\n")
    if run.returncode != 0 or any(word in run.stderr for word in ("ERROR:", "FATAL:", "PANIC:")):
        raise ServerError(explain(run.stderr, "the database could not be created"))


def _flush(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
