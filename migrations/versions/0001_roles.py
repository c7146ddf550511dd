"""Roles and schemas.

A NOLOGIN keeper owns what nobody may write by hand (history, facts); the writer edits reference data and loads; the
reader answers charts and cannot write; the accounts role keeps logins and has no rights on sales. Names start with
the database's name, because roles belong to the whole cluster. Goes before the code; locks nothing that is in use.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KINDS = ("keeper", "writer", "reader", "accounts")


def upgrade() -> None:
    conn = op.get_bind()
    quote = conn.dialect.identifier_preparer.quote
    database = conn.scalar(sa.text("select current_database()"))
    login = conn.scalar(sa.text("select current_user"))
    roles = {kind: quote(f"{database}_{kind}") for kind in KINDS}
    for kind, role in roles.items():
        known = conn.scalar(sa.text("select 1 from pg_roles where rolname = :name"), {"name": f"{database}_{kind}"})
        if not known:
            op.execute(f"create role {role} nologin")
        if not conn.scalar(sa.text("select pg_has_role(:role, 'usage')"), {"role": f"{database}_{kind}"}):
            op.execute(f"grant {role} to {quote(login)}")
    op.execute(f"revoke all on database {quote(database)} from public")
    op.execute(f"grant connect on database {quote(database)} to {', '.join(roles.values())}")
    op.execute(f"grant create on database {quote(database)} to {roles['keeper']}, {roles['accounts']}")
    op.execute("revoke create on schema public from public")
    op.execute(f"grant usage, create on schema public to {roles['keeper']}")
    op.execute(f"grant usage on schema public to {roles['writer']}, {roles['reader']}")
    for schema, owner in {"history": "keeper", "facts": "keeper", "accounts": "accounts"}.items():
        op.execute(f"create schema {schema} authorization {roles[owner]}")
    op.execute(f"grant usage on schema history to {roles['writer']}, {roles['reader']}, {quote(login)}")
    op.execute(f"grant usage on schema facts to {roles['writer']}")
    op.execute(f"revoke create on database {quote(database)} from {roles['keeper']}, {roles['accounts']}")


def downgrade() -> None:
    """Drop the schemas, and the roles unless another database (a clone of this one) still rests on them."""
    conn = op.get_bind()
    quote = conn.dialect.identifier_preparer.quote
    keeper = conn.scalar(sa.text("select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'history'"))
    prefix = keeper.removesuffix("_keeper")
    for schema in ("accounts", "facts", "history"):
        op.execute(f"drop schema {schema}")
    for kind in KINDS:
        role = quote(f"{prefix}_{kind}")
        op.execute(f"drop owned by {role}")
        op.execute(
            f"do $$ begin drop role {role}; exception when dependent_objects_still_exist or insufficient_privilege then null; end $$"
        )
