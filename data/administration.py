"""What an administrator has to run on a server where Daybook's login may not create roles itself."""

from __future__ import annotations

import sqlalchemy as sa

from data.db import Roles


def missing_rights(conn: sa.Connection) -> list[str]:
    """What the login of `conn` lacks to migrate; empty where it may do all it needs."""
    row = conn.execute(
        sa.text(
            "select r.rolsuper or r.rolcreaterole as creates_roles, "
            "r.rolsuper or pg_has_role(d.datdba, 'member') as owns_database, d.datname "
            "from pg_roles r, pg_database d where r.rolname = current_user and d.datname = current_database()"
        )
    ).one()
    lacking = [] if row.owns_database else ["it does not own the database"]
    if not row.creates_roles:
        roles = Roles.with_prefix(row.datname)
        for role in (roles.keeper, roles.writer, roles.reader, roles.accounts):
            known = conn.scalar(sa.text("select oid from pg_roles where rolname = :name"), {"name": role})
            if known is None:
                lacking.append(f"it may not create roles, and role {role} does not exist")
            elif not conn.scalar(sa.text("select pg_has_role(cast(:oid as oid), 'usage')"), {"oid": known}):
                lacking.append(f"it is not a member of role {role}")
    return lacking


def administrator_sql(conn: sa.Connection) -> str:
    """The statements that give the login of `conn` what it needs, for a superuser to run once."""
    quote = conn.dialect.identifier_preparer.quote
    database, login = conn.execute(sa.text("select current_database(), current_user")).one()
    roles = Roles.with_prefix(database)
    lines = [f"alter database {quote(database)} owner to {quote(login)};"]
    for role in (roles.keeper, roles.writer, roles.reader, roles.accounts):
        lines += [f"create role {quote(role)} nologin;", f"grant {quote(role)} to {quote(login)};"]
    return "\n".join(lines)
