"""Footfall: entrances, and the visitors counted at them by the hour.

Entrances are versioned as every reference table, and writers may change them. Counts are facts: loads alone write
them, a partition a month, and readers see those of their stores. Goes before the code; creates, so locks nothing that
is in use.

Revision ID: 0100
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0100"
down_revision = "0007"  # the newest migration of the tree that this is laid into
branch_labels = None
depends_on = None

TABLES = (
    """
create table entrances (
    entrance_id integer not null,
    name text,
    kind text default 'Unknown' not null,
    retired boolean default false not null,
    inferred boolean default false not null,
    revision bigint not null,
    constraint pk_entrances primary key (entrance_id),
    constraint ck_entrances_number_positive check (entrance_id > 0),
    constraint ck_entrances_kind_known check (kind in ('Street', 'Parking', 'Mall', 'Unknown'))
)
""",
    """
create table footfall (
    store_id integer not null,
    entrance_id integer not null,
    counted_at timestamptz not null,
    counted_on date not null,
    visitors integer not null,
    load_id bigint not null,
    constraint pk_footfall primary key (store_id, entrance_id, counted_at, counted_on)
) partition by range (counted_on)
""",
)
COMMENTS = {
    "entrances.entrance_id": "entrance number, as files give it",
    "entrances.kind": "Street, Parking, Mall or Unknown",
    "entrances.retired": "no longer offered for new data",
    "entrances.inferred": "placeholder made because a fact named it",
    "entrances.revision": "revision that wrote this version; stamped by the database",
    "footfall.store_id": "the scope column",
    "footfall.counted_at": "start of the hour",
    "footfall.counted_on": "business date, in the business time zone, fixed at load",
    "footfall.load_id": "the load that wrote it; loads maps it to a revision",
}


def upgrade() -> None:
    conn = op.get_bind()
    quote = conn.dialect.identifier_preparer.quote
    keeper = conn.scalar(sa.text("select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'history'"))
    writer = quote(f"{keeper.removesuffix('_keeper')}_writer")
    for table in TABLES:
        op.execute(table)
    op.execute("create index ix_entrances_revision on entrances (revision)")
    for column, comment in COMMENTS.items():
        op.execute(f"comment on column {column} is '{comment}'")
    op.execute("select history.track('entrances')")
    op.execute(f"grant insert, update, delete on entrances to {writer}")
    op.execute("select history.track_facts('footfall', 'counted_on')")


def downgrade() -> None:
    op.execute("select history.untrack_facts('footfall')")
    op.execute("drop table footfall")
    op.execute("select history.untrack('entrances')")
    op.execute("drop table entrances")
