"""Names of revisions, in the schema that only the accounts role can use.

Which revisions there are is the keeper's to know, so no foreign key leads to them: a name is checked as it is given,
and revisions never go away. Goes before the code; creates, and its foreign key locks `accounts.accounts` against
writing until it commits, at once.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLE = """
create table accounts.revision_names (
    revision bigint not null,
    name text not null,
    certified boolean default false not null,
    note text default '' not null,
    named_by integer,
    named_at timestamptz default now() not null,
    constraint pk_revision_names primary key (revision),
    constraint ck_revision_names_revision_positive check (revision > 0),
    constraint ck_revision_names_name_length check (name = btrim(name) and length(name) between 1 and 80),
    constraint ck_revision_names_note_length check (length(note) <= 500),
    constraint fk_revision_names_named_by foreign key (named_by) references accounts.accounts on delete set null
);
comment on column accounts.revision_names.certified is 'a manager vouches for the figures as of it';
comment on column accounts.revision_names.named_by is 'who named or certified it last; empty for the command line';
create unique index uq_revision_names_name on accounts.revision_names (lower(name))
"""


def upgrade() -> None:
    conn = op.get_bind()
    quote = conn.dialect.identifier_preparer.quote
    owner = conn.scalar(sa.text("select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'accounts'"))
    op.execute(f"set local role {quote(owner)}")
    op.execute(sa.text(TABLE.replace(":", "\\:")))
    op.execute("reset role")


def downgrade() -> None:
    op.execute("drop table accounts.revision_names")
