"""Lines of the audit trail may be kept for a number of days instead of for good, thirty at least.

Only the function deletes, and only what is older; everything else is refused as before, to everybody. It leaves a line
itself, at most one a day. Goes before the code; locks `audit.events`, and waits for who is writing to the trail.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

PRUNE = """
create function audit.prune(days integer) returns bigint language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
    gone bigint;
begin
    if days is null or days < 30 then
        raise exception 'lines of the audit trail are kept for 30 days at least; got %', days
            using errcode = 'invalid_parameter_value';
    end if;
    perform pg_advisory_xact_lock(hashtext('daybook audit prune'));
    if exists (select from audit.events where kind = 'audit_pruned' and noted_at > now() - interval '1 day') then
        return 0;
    end if;
    perform set_config('daybook.audit_pruning', 'on', true);
    delete from audit.events where noted_at < now() - make_interval(days => days);
    get diagnostics gone = row_count;
    perform set_config('daybook.audit_pruning', '', true);
    if gone > 0 then
        insert into audit.events (kind, via, details)
        values ('audit_pruned', 'setting', jsonb_build_object('lines', gone, 'days', days));
    end if;
    return gone;
end $$
"""
REFUSE = """
create or replace function audit.refuse_change() returns trigger language plpgsql as $$
begin
    {}
    raise exception 'the audit trail is append-only' using errcode = 'insufficient_privilege';
end $$
"""
MARKED = "if tg_op = 'DELETE' and current_setting('daybook.audit_pruning', true) = 'on' then return null; end if;"
REFUSE_YOUNG = """
create function audit.refuse_young() returns trigger language plpgsql as $$
begin
    if old.noted_at >= now() - interval '30 days' then
        raise exception 'the audit trail is append-only' using errcode = 'insufficient_privilege';
    end if;
    return old;
end $$
"""
TRIGGER = """
create trigger daybook_append_only_young before delete on audit.events
for each row execute function audit.refuse_young()
"""


def upgrade() -> None:
    quote = op.get_bind().dialect.identifier_preparer.quote
    taker = quote(_owner("accounts"))
    op.execute(f"set local role {quote(_owner('history'))}")
    for statement in (PRUNE, REFUSE.format(MARKED), REFUSE_YOUNG, TRIGGER):
        op.execute(statement)
    op.execute("alter table audit.events enable always trigger daybook_append_only_young")
    op.execute("revoke execute on function audit.prune(integer) from public")
    op.execute(f"grant execute on function audit.prune(integer) to {taker}")
    op.execute("reset role")


def downgrade() -> None:
    quote = op.get_bind().dialect.identifier_preparer.quote
    op.execute(f"set local role {quote(_owner('history'))}")
    op.execute("drop trigger daybook_append_only_young on audit.events")
    op.execute(REFUSE.format(""))
    for function in ("refuse_young()", "prune(integer)"):
        op.execute(f"drop function audit.{function}")
    op.execute("reset role")


def _owner(schema: str) -> str:
    stmt = sa.text("select pg_get_userbyid(nspowner) from pg_namespace where nspname = :schema")
    return str(op.get_bind().scalar(stmt, {"schema": schema}))
