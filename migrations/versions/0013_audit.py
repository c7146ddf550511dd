"""The audit trail: logins, account administration and exports, in a table that takes rows and never changes them.

It lies in a schema of the keeper's: the accounts role may read it and add to it, and no more, while it could drop what
lay in its own schema. Number and instant of a row are the database's. Triggers refuse changes to everybody, the keeper
included. A row names who acted and whom it is about by name as well as by number, and outlives both. Kinds are not
enumerated here: a new one needs no migration. Goes before the code; creates, so locks nothing that is in use.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLE = """
create table audit.events (
    event_id bigint generated always as identity not null,
    noted_at timestamptz default clock_timestamp() not null,
    kind text not null,
    via text not null,
    actor_id integer,
    actor text,
    subject_id integer,
    subject text,
    address inet,
    details jsonb default '{}' not null,
    constraint pk_events primary key (event_id),
    constraint ck_events_kind_well_formed check (kind ~ '^[a-z][a-z_]{0,39}$'),
    constraint ck_events_via_well_formed check (via ~ '^[a-z][a-z_]{0,19}$'),
    constraint ck_events_names_length check (length(actor) <= 200 and length(subject) <= 200),
    constraint ck_events_details_well_formed check (
        jsonb_typeof(details) = 'object' and length(details::text) <= 8192
    )
);
comment on column audit.events.via is 'page, command or api';
comment on column audit.events.actor_id is 'empty: somebody at the command line, or nobody who is known';
comment on column audit.events.actor is 'who did it, as they were called then';
comment on column audit.events.subject is 'the account that it was done to, as it was called then';
comment on column audit.events.details is 'what was changed into what; never a password, a token or an unknown name';
create index ix_events_kind_event_id on audit.events (kind, event_id);
create index ix_events_actor_event_id on audit.events (actor, event_id);
create index ix_events_subject_event_id on audit.events (subject, event_id);
create index ix_events_noted_at on audit.events (noted_at)
"""
COLUMNS = "kind, via, actor_id, actor, subject_id, subject, address, details"

REFUSE = """
create function audit.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the audit trail is append-only' using errcode = 'insufficient_privilege';
end $$
"""
TRIGGER = """
create trigger daybook_append_only before update or delete or truncate on audit.events
for each statement execute function audit.refuse_change()
"""


def upgrade() -> None:
    conn = op.get_bind()
    quote = conn.dialect.identifier_preparer.quote
    keeper = quote(conn.scalar(sa.text("select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'history'")))
    taker = quote(conn.scalar(sa.text("select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'accounts'")))
    database = quote(conn.scalar(sa.text("select current_database()")))
    op.execute(f"grant create on database {database} to {keeper}")
    op.execute(f"create schema audit authorization {keeper}")
    op.execute(f"revoke create on database {database} from {keeper}")
    op.execute(f"set local role {keeper}")
    for statement in (TABLE, REFUSE, TRIGGER):
        op.execute(statement)
    op.execute("alter table audit.events enable always trigger daybook_append_only")
    op.execute(f"grant usage on schema audit to {taker}")
    op.execute(f"grant select, insert ({COLUMNS}) on audit.events to {taker}")
    op.execute("reset role")


def downgrade() -> None:
    op.execute("drop schema audit cascade")
