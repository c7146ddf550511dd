"""The first start: a data folder with its two logins and the application's database, complete or not there at all."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from data.errors import ServerError
from data.postgres.failures import explain
from data.postgres.layout import Layout, remove_unfinished
from data.postgres.passwords import keep_password, kept_password, new_password, read_password
from data.postgres.programs import Programs
from data.postgres.server import DATABASE, LOGIN, SUPERUSER

DRAFTS = "data.new-*"
LOGINS = (LOGIN, SUPERUSER)


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
        flush(layout.place)


def replace_lost_passwords(layout: Layout, programs: Programs) -> None:
    """Give the logins whose password file is gone a new password; no server may be running."""
    lost = {role for role in LOGINS if read_password(_password_file(layout, role)) is None}
    if lost:
        replace_passwords(layout, programs, lost)


def replace_passwords(layout: Layout, programs: Programs, roles: set[str]) -> None:
    """Give these logins a new password each; no server may be running."""
    # The files come last, so that an interruption in between is made good at the next start.
    made = {role: new_password() for role in sorted(roles)}
    run_alone(layout.data, programs, [f"alter role {role} password '{password}'" for role, password in made.items()])
    for role, password in made.items():
        keep_password(_password_file(layout, role), password)


def run_alone(data: Path, programs: Programs, statements: list[str], *, is_durable: bool = True) -> None:
    """Run statements, a line each, in single-user mode: it has no socket, so that nobody else can connect meanwhile."""
    options = ["-c", "log_min_error_statement=panic", "-c", f"fsync={'on' if is_durable else 'off'}"]
    run = programs.run("postgres", "--single", "-D", data, *options, SUPERUSER, text="\n".join(statements) + "\n")
    if run.returncode != 0 or any(word in run.stderr for word in ("ERROR:", "FATAL:", "PANIC:")):
        raise ServerError(explain(run.stderr, "the logins and the database could not be set up"))


def ask_alone(data: Path, programs: Programs, query: str) -> dict[str, str]:
    """The first row of a query in single-user mode, column by name, without those that are null."""
    options = ["-c", "log_min_error_statement=panic"]
    run = programs.run("postgres", "--single", "-D", data, *options, DATABASE, text=" ".join(query.split()) + "\n")
    if run.returncode != 0 or any(word in run.stderr for word in ("ERROR:", "FATAL:", "PANIC:")):
        raise ServerError(explain(run.stderr, "the database could not be read"))
    return dict(re.findall(r'\b(\w+) = "([^"]*)"\t\(typeid', run.stdout))


def _password_file(layout: Layout, role: str) -> Path:
    return layout.login_password if role == LOGIN else layout.superuser_password


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
    statements = [
        f"create role {LOGIN} login nosuperuser createrole nocreatedb password '{password}'",
        f"create database {DATABASE} owner {LOGIN}",
    ]
    run_alone(data, programs, statements, is_durable=is_durable)


def flush(folder: Path) -> None:
    """Put the names in the folder on the disk."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
