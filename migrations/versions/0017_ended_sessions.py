"""A session that ends is told to every process at once, whoever ends it, so that open pages end with it.

The notice is sent by the database when the transaction commits. It names the session by the hash of its token, which
opens nothing; where an account is disabled, it is empty: whoever listens looks at all that it has open. Goes before the
code; creates triggers, so locks `accounts.accounts` and `accounts.sessions`, and
waits for who is writing to them.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

FUNCTIONS = (
    """
create function accounts.tell_session_ended() returns trigger language plpgsql as $$
begin
    perform pg_notify('daybook_sessions', encode(old.token_hash, 'hex'));
    return null;
end $$
""",
    """
create function accounts.tell_account_ended() returns trigger language plpgsql as $$
begin
    perform pg_notify('daybook_sessions', '');
    return null;
end $$
""",
)
TRIGGERS = (
    """
create trigger daybook_session_revoked after update of revoked_at on accounts.sessions
for each row when (old.revoked_at is null and new.revoked_at is not null)
execute function accounts.tell_session_ended()
""",
    """
create trigger daybook_session_deleted after delete on accounts.sessions
for each row when (old.revoked_at is null)
execute function accounts.tell_session_ended()
""",
    """
create trigger daybook_account_disabled after update of disabled_at on accounts.accounts
for each row when (old.disabled_at is null and new.disabled_at is not null)
execute function accounts.tell_account_ended()
""",
)
NAMES = (("sessions", "session_revoked"), ("sessions", "session_deleted"), ("accounts", "account_disabled"))


def upgrade() -> None:
    conn = op.get_bind()
    quote = conn.dialect.identifier_preparer.quote
    owner = conn.scalar(sa.text("select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'accounts'"))
    op.execute(f"set local role {quote(owner)}")
    for statement in (*FUNCTIONS, *TRIGGERS):
        op.execute(statement)
    for table, name in NAMES:
        op.execute(f"alter table accounts.{table} enable always trigger daybook_{name}")
    op.execute("reset role")


def downgrade() -> None:
    for table, name in NAMES:
        op.execute(f"drop trigger daybook_{name} on accounts.{table}")
    for name in ("session", "account"):
        op.execute(f"drop function accounts.tell_{name}_ended()")
