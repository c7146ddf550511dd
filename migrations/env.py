"""Runs the migrations online, one transaction a migration, as the owner; `data.migrating` passes the connection."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

from data.config import load_settings
from data.db import Base, make_engine
from data.models import versioned_tables

LOCK_TIMEOUT = "10s"
STATEMENT_TIMEOUT = "15min"

# The models are compared with the database by `alembic check`; partitions belong to no model.
assert versioned_tables()  # noqa: S101  importing the models is what fills the metadata
target_metadata = Base.metadata


def include_name(name: str | None, kind: str, parents: object) -> bool:
    """Leave out what the models do not declare: the schema of partitions and the version table."""
    if kind == "schema":
        return name in {None, "history", "accounts", "audit"}
    return not (kind == "table" and name == "alembic_version")


def run(connection: sa.Connection) -> None:
    """Run the migrations on `connection`."""
    connection.execute(sa.text(f"set lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.execute(sa.text(f"set statement_timeout = '{STATEMENT_TIMEOUT}'"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=target_metadata,
        include_schemas=True,
        include_name=include_name,
        compare_type=True,
        compare_server_default=False,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def run_from_command_line() -> None:
    """`alembic ...` typed by a developer: DATABASE_URL, or the embedded server."""
    settings = load_settings()
    if settings.database_url is not None:
        with make_engine(settings.database_url.get_secret_value()).connect() as connection:
            run(connection)
        return
    from data.postgres import running_server
    from data.postgres.archiving import archive_option

    options = archive_option(settings.wal_archive)
    with (
        running_server(settings.home, say=print, options=options) as server,
        make_engine(server.url).connect() as connection,
    ):
        run(connection)


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    run_from_command_line()
