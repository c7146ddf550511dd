"""Promotions: facts of which products were on display or in the mailer, and what promoted weeks sold.

`promotions` is loaded, replaced and undone as sales are; a row holds all products that a store had in the same way for
a week. `promoted_weeks`, with a history, and its sums over stores are derived from both in the transaction of every
load of either, by a trigger on `loads`, so that no way of loading or undoing passes it by: rows that are still right
stay, others go to the history, and readers never find it half done. Without promotions a load of sales pays nothing for
it. Goes before the code; creates, and adds a trigger to `loads`, which waits for running loads.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

PINNED = "set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO, YMD'"

PROMOTIONS = """
create table promotions (
    week_on date not null,
    store_id integer not null,
    displays text not null,
    mailers text not null,
    product_ids bigint[] not null,
    load_id bigint not null,
    constraint pk_promotions primary key (store_id, week_on, displays, mailers)
) partition by range (week_on)
"""
PROMOTED_WEEKS = """
create table promoted_weeks (
    product_id bigint not null,
    store_id integer not null,
    week_on date not null,
    displays text not null,
    mailers text not null,
    net_cents bigint not null,
    quantity bigint not null,
    other_cents bigint not null,
    other_quantity bigint not null,
    promoted integer not null,
    since_revision bigint not null
)
"""
PAST_WEEKS = (
    "create table history.promoted_weeks (like promoted_weeks including comments, until_revision bigint not null)"
)
PROMOTED_PRODUCTS = """
create table promoted_products (
    product_id bigint not null,
    week_on date not null,
    displays text not null,
    mailers text not null,
    stores bigint not null,
    net_cents bigint not null,
    quantity bigint not null,
    usual_cents double precision not null,
    usual_quantity double precision not null
)
"""
COMMENTS = {
    "promotions.week_on": "Monday of the week, in business dates until Sunday",
    "promotions.store_id": "the scope column",
    "promotions.displays": "display location of each placement; 0 is none",
    "promotions.mailers": "mailer location of each placement; 0 is none",
    "promotions.product_ids": "the products, in order",
    "promotions.load_id": "the load that wrote it; loads maps it to a revision",
    "promoted_weeks.store_id": "the scope column",
    "promoted_weeks.week_on": "Monday of the week",
    "promoted_weeks.displays": "as in promotions",
    "promoted_weeks.mailers": "as in promotions",
    "promoted_weeks.net_cents": "net sales of the week; 0 where nothing was sold",
    "promoted_weeks.quantity": "in the product''s unit of measure",
    "promoted_weeks.other_cents": "net sales of all compared weeks in which it was not promoted there",
    "promoted_weeks.other_quantity": "quantity of these weeks",
    "promoted_weeks.promoted": "how many of the compared weeks it was promoted there",
    "promoted_weeks.since_revision": "revision of the load that made the row what it is",
    "promoted_products.week_on": "Monday of the week",
    "promoted_products.stores": "how many stores promoted it in this way",
}

# The dates that loads standing now have brought, as `stands()` says in the code.
STANDING = """
    select min(l.first_on) as first_on, max(l.last_on) as last_on from public.loads l
    where l.table_name = '{table}' and l.source <> ''
      and not exists (select from public.loads u where u.reverts_load = l.load_id)
"""

SAME = """f.product_id = old.product_id and f.week_on = old.week_on
    and (f.displays, f.mailers, f.net, f.quantity, f.other_net, f.other_quantity, f.promoted)
      = (old.displays, old.mailers, old.net_cents, old.quantity, old.other_cents, old.other_quantity, old.promoted)"""

# A week counts with all its days, within what has been loaded of both. Weeks are counted from one Monday in whole
# numbers: `date_trunc` costs twice as much over all lines. Sums over stores are of now alone, so they are made anew.
REFRESH = f"""
create function history.refresh_promoted_weeks(at_revision bigint) returns void language plpgsql security definer {PINNED}
set work_mem = '128MB' set client_min_messages = 'warning' as $$
declare
    start_on date;
    end_on date;
    weeks integer;
    store integer;
begin
    lock table public.promoted_weeks in share row exclusive mode;
    select greatest(date_trunc('week', s.first_on + 6)::date, p.first_on),
           least(date_trunc('week', s.last_on + 1)::date, p.last_on + 7)
    into start_on, end_on
    from ({STANDING.format(table="sales_lines")}) s cross join ({STANDING.format(table="promotions")}) p
    where s.first_on is not null and p.first_on is not null;
    weeks := greatest((end_on - start_on) / 7, 0);
    drop table if exists pg_temp.daybook_sold;
    create temporary table daybook_sold on commit drop as
    select l.store_id, l.product_id, start_on + (l.sold_on - start_on) / 7 * 7 as week_on,
           sum(l.net_cents)::bigint as net, sum(l.quantity)::bigint as quantity
    from public.sales_lines l where l.sold_on >= start_on and l.sold_on < end_on group by 1, 2, 3;
    create index on pg_temp.daybook_sold (store_id);
    analyze pg_temp.daybook_sold;
    for store in select s.store_id from public.stores s order by 1 loop
        perform history.refresh_promoted_weeks_of(store, start_on, end_on, at_revision);
    end loop;
    delete from public.promoted_products;
    insert into public.promoted_products
    select w.product_id, w.week_on, w.displays, w.mailers, count(*), sum(w.net_cents)::bigint, sum(w.quantity)::bigint,
           sum(w.other_cents::float8 / (weeks - w.promoted)), sum(w.other_quantity::float8 / (weeks - w.promoted))
    from public.promoted_weeks w where w.promoted < weeks group by 1, 2, 3, 4;
end $$
"""

# A store at a time: what is joined then fits the processor's cache, where all placements at once are sorted on disk.
# Rows hold sums and no averages, so that a further week of facts replaces those alone that it is about.
REFRESH_STORE = f"""
create function history.refresh_promoted_weeks_of(store integer, start_on date, end_on date, at_revision bigint) returns void
language plpgsql security definer {PINNED} set work_mem = '64MB' set enable_mergejoin = off set enable_nestloop = off as $$
begin
    with sold as materialized (
        select s.product_id, s.week_on, s.net, s.quantity from pg_temp.daybook_sold s where s.store_id = store
    ), ever as materialized (
        select s.product_id, sum(s.net)::bigint as net, sum(s.quantity)::bigint as quantity from sold s group by 1
    ), placed as materialized (
        select unnest(p.product_ids) as product_id, p.week_on, p.displays, p.mailers
        from public.promotions p where p.store_id = store and p.week_on >= start_on and p.week_on < end_on
    ), promoted as materialized (
        select product_id, week_on, p.displays, p.mailers, coalesce(s.net, 0) as net, coalesce(s.quantity, 0) as quantity
        from placed p join ever using (product_id) left join sold s using (product_id, week_on)
    ), during as (
        select p.product_id, count(*)::integer as weeks, sum(p.net)::bigint as net, sum(p.quantity)::bigint as quantity
        from promoted p group by 1
    ), fresh as materialized (
        select product_id, p.week_on, p.displays, p.mailers, p.net, p.quantity, e.net - d.net as other_net,
               e.quantity - d.quantity as other_quantity, d.weeks as promoted
        from promoted p join during d using (product_id) join ever e using (product_id)
    ), gone as (
        delete from public.promoted_weeks old
        where old.store_id = store and not exists (select from fresh f where {SAME})
        returning old.*
    ), past as (
        insert into history.promoted_weeks select g.*, at_revision from gone g where g.since_revision < at_revision
    )
    insert into public.promoted_weeks
    select f.product_id, store, f.week_on, f.displays, f.mailers, f.net, f.quantity, f.other_net, f.other_quantity,
           f.promoted, at_revision
    from fresh f where not exists (select from public.promoted_weeks old where old.store_id = store and {SAME})
    order by f.week_on;
end $$
"""

FOLLOW = f"""
create function history.follow_loads() returns trigger language plpgsql security definer {PINNED} as $$
begin
    if exists (select from public.loads l where l.table_name = 'promotions') then
        perform history.refresh_promoted_weeks(new.revision);
    end if;
    return null;
end $$
"""

# The sums of all stores are for those who see all of them.
EVERY_STORE = """
create policy every_store_in_scope on {table} for select to {reader}
using ((select current_setting('daybook.scope_stores', true) = 'all'))
"""
IN_SCOPE = """
create policy stores_in_scope on {table} for select to {reader} using (
    (select current_setting('daybook.scope_stores', true) = 'all')
    or store_id = any ((select nullif(nullif(current_setting('daybook.scope_stores', true), ''), 'all')::integer[])::integer[])
)
"""


def upgrade() -> None:
    conn = op.get_bind()
    quote = conn.dialect.identifier_preparer.quote
    keeper = conn.scalar(sa.text("select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'history'"))
    prefix = keeper.removesuffix("_keeper")
    writer, reader = quote(f"{prefix}_writer"), quote(f"{prefix}_reader")
    for table in (PROMOTIONS, PROMOTED_WEEKS, PROMOTED_PRODUCTS):
        op.execute(table)
    op.execute("create index ix_promoted_weeks_store_id_week_on on promoted_weeks (store_id, week_on)")
    for column, comment in COMMENTS.items():
        op.execute(f"comment on column {column} is '{comment}'")
    op.execute("select history.track_facts('promotions', 'week_on')")
    database = quote(conn.scalar(sa.text("select current_database()")))
    op.execute(f"grant temporary on database {database} to {quote(keeper)}")
    op.execute(PAST_WEEKS)
    policies = {"promoted_weeks": IN_SCOPE, "history.promoted_weeks": IN_SCOPE, "promoted_products": EVERY_STORE}
    for table, policy in policies.items():
        op.execute(f"grant select on {table} to {writer}, {reader}")
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"create policy every_store on {table} for select to {writer} using (true)")
        op.execute(policy.format(table=table, reader=reader))
        op.execute(f"alter table {table} owner to {quote(keeper)}")
    op.execute(f"set local role {quote(keeper)}")
    for part in (REFRESH_STORE, REFRESH, FOLLOW):
        op.execute(sa.text(part.replace(":", "\\:")))
    op.execute("reset role")
    op.execute(
        "create trigger daybook_promoted after insert on loads for each row "
        "when (new.table_name in ('sales_lines', 'promotions')) execute function history.follow_loads()"
    )
    op.execute("alter table loads enable always trigger daybook_promoted")


def downgrade() -> None:
    op.execute("drop trigger daybook_promoted on loads")
    for name in (
        "follow_loads()",
        "refresh_promoted_weeks(bigint)",
        "refresh_promoted_weeks_of(integer, date, date, bigint)",
    ):
        op.execute(f"drop function history.{name}")
    op.execute("drop table promoted_weeks, history.promoted_weeks, promoted_products")
    op.execute("select history.untrack_facts('promotions')")
    op.execute("drop table promotions")
    conn = op.get_bind()
    quote = conn.dialect.identifier_preparer.quote
    keeper = conn.scalar(sa.text("select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'history'"))
    database = quote(conn.scalar(sa.text("select current_database()")))
    op.execute(f"revoke temporary on database {database} from {quote(keeper)}")
