"""The roles of a database, which no dump holds: they belong to the whole server."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from data.db import Roles
from data.errors import BackupError


def make_roles(conn: sa.Connection, prefix: str) -> None:
    """Make the roles that the backup's owners and grants name, as the first migration does, and join them."""
    quote = conn.dialect.identifier_preparer.quote
    login = quote(str(conn.scalar(sa.text("select current_user"))))
    names = _names(prefix)
    statements: list[str] = []
    for name in names:
        if conn.scalar(sa.text("select 1 from pg_roles where rolname = :name"), {"name": name}) is None:
            statements.append(f"create role {quote(name)} nologin")
            statements.append(f"grant {quote(name)} to {login}")
        elif not conn.scalar(sa.text("select pg_has_role(:name, 'usage')"), {"name": name}):
            statements.append(f"grant {quote(name)} to {login}")
    try:
        for statement in statements:
            conn.execute(sa.text(statement))
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) == "42501":
            raise BackupError(
                "the login may not make the roles of the backup; a superuser runs:\n" + ";\n".join([*statements, ""])
            ) from None
        raise


def grant_creation(conn: sa.Connection, prefix: str) -> None:
    """Let the roles take over what the restore creates for them, and let nobody else in, as migrations do."""
    quote = conn.dialect.identifier_preparer.quote
    roles, database = Roles.with_prefix(prefix), _database(conn)
    keeper, accounts = quote(roles.keeper), quote(roles.accounts)
    for statement in (
        f"revoke all on database {database} from public",
        f"grant connect on database {database} to {', '.join(map(quote, _names(prefix)))}",
        # Files are staged, and derived tables made, in temporary ones: rights on a database are in no dump.
        f"grant temporary on database {database} to {keeper}, {quote(roles.writer)}",
        f"grant create on database {database} to {keeper}, {accounts}",
        f"grant usage, create on schema public to {keeper}",
    ):
        conn.execute(sa.text(statement))


def revoke_creation(conn: sa.Connection, prefix: str) -> None:
    """Take back what was needed for the restore alone."""
    quote = conn.dialect.identifier_preparer.quote
    roles = Roles.with_prefix(prefix)
    conn.execute(
        sa.text(f"revoke create on database {_database(conn)} from {quote(roles.keeper)}, {quote(roles.accounts)}")
    )


def _names(prefix: str) -> tuple[str, ...]:
    roles = Roles.with_prefix(prefix)
    return roles.keeper, roles.writer, roles.reader, roles.accounts


def _database(conn: sa.Connection) -> str:
    return conn.dialect.identifier_preparer.quote(str(conn.scalar(sa.text("select current_database()"))))
