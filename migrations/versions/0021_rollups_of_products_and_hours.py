"""Rollups of single products by month, and of quarters of an hour.

The first is added up from the facts, as no other rollup tells products apart; the days beside its whole months are the
facts themselves. It counts the lines that are a product's first in their basket, so that baskets of single products can
be told. The second rounds the instants of baskets down, so that hours in any time zone are told by a few rows a
day. Goes before the code; reads all lines and baskets once, and locks `history.rollups`, which loads read.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import context, op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

PINNED = "set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO, YMD'"

REGISTERED = """
alter table history.rollups add column instants_by interval, add column first_by text;
comment on column history.rollups.sums is 'columns of the facts that are added up, and row_count where first_by tells it';
comment on column history.rollups.instants_by is 'what its instants are rounded down to; null: as they are';
comment on column history.rollups.first_by is 'the column of the facts that is 1 in those that row_count counts'
"""

KEY_READ = f"""
create or replace function history.key_read(rollup history.rollups, key text) returns text
language sql stable {PINNED} as $$
    select case
        when key = rollup.stood_for then format('coalesce(s.stand_in, t.%I)', key)
        when key = rollup.date_column and rollup.grain is not null
            then format('date_trunc(%L, t.%I::timestamp)::date', rollup.grain, key)
        when rollup.instants_by is not null and exists (
            select from pg_attribute where attrelid = format('public.%I', rollup.facts)::regclass and attname = key
            and atttypid = 'timestamptz'::regtype)
            then format('date_bin(%L, t.%I, %L)', rollup.instants_by, key, '2000-01-01 00:00:00+00')
        else format('t.%I', key) end
$$
"""

ADDED_UP = f"""
create or replace function history.added_up(rollup history.rollups, side text, condition text) returns text
language sql stable {PINNED} as $$
    select format(
        'select %1$s, t.load_id%2$s, %3$s, %8$s%9$s from %4$I.%5$I t %6$s where %7$s group by %1$s, t.load_id%2$s',
        (select string_agg(history.key_read(rollup, k), ', ' order by at)
         from unnest(rollup.keys) with ordinality as named(k, at)),
        case side when 'history' then ', t.ended_by_load' else '' end,
        (select string_agg(case when c = 'row_count' and rollup.first_by is not null
                                then format('count(*) filter (where t.%I = 1)', rollup.first_by)
                                else format('sum(t.%I)::bigint', c) end, ', ' order by at)
         from unnest(rollup.sums) with ordinality as named(c, at)),
        side, coalesce(rollup.derived_from, rollup.facts),
        case when rollup.stood_for is not null then
            format('left join history.stand_ins s on s.table_name = %L and s.member = t.%I', rollup.table_name, rollup.stood_for)
        else '' end,
        condition,
        case when rollup.derived_from is null then 'count(*)' else 'sum(t.line_count)::bigint' end,
        case when rollup.counts_rows then ', count(*)' else '' end)
$$
"""

TRACK_ROLLUP = r"""
create function history.track_rollup(named text, facts text, keys text[], sums text[], stood_for text, members text,
                                     classes text[], by_grain text default null, first_by text default null) returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    rollup history.rollups;
    dated text := (select f.date_column from history.fact_tables f where f.table_name = facts);
begin
    insert into history.rollups (table_name, facts, date_column, keys, sums, stood_for, members, classes, grain, first_by)
    values (named, facts, dated, keys, sums, stood_for, members, classes, by_grain, first_by)
    returning * into rollup;
    perform history.open_rollup(rollup);
end $$;

create function history.derive_rollup(named text, base text, keys text[], by_grain text, instants_by interval default null)
returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare rollup history.rollups;
begin
    insert into history.rollups (table_name, facts, date_column, keys, sums, derived_from, grain, counts_rows, instants_by)
    select named, r.facts, r.date_column, derive_rollup.keys, r.sums, r.table_name, by_grain,
           exists (select from pg_attribute where attrelid = format('public.%I', named)::regclass and attname = 'row_count'),
           derive_rollup.instants_by
    from history.rollups r where r.table_name = base returning * into rollup;
    perform history.open_rollup(rollup);
end $$
"""
TRACK, DERIVE = "track_rollup(text, text, text[], text[], text, text, text[]", "derive_rollup(text, text, text[], text"

SUMS = ("quantity", "net_cents", "retail_discount_cents", "coupon_discount_cents", "coupon_match_cents")
OPENED = """
create table sales_product_months (
    sold_on date not null,
    product_id bigint not null,
    load_id bigint not null,
    {sums},
    row_count bigint not null,
    constraint pk_sales_product_months primary key (sold_on, product_id, load_id)
);
comment on column sales_product_months.sold_on is 'the first day of the month';
comment on column sales_product_months.line_count is 'how many lines are added up';
comment on column sales_product_months.row_count is 'how many lines are a product''s first in its basket';

create table sales_quarter_hours (
    sold_on date not null,
    sold_at timestamptz not null,
    product_id bigint not null,
    load_id bigint not null,
    {sums},
    row_count bigint not null,
    constraint pk_sales_quarter_hours primary key (sold_on, sold_at, product_id, load_id)
);
comment on column sales_quarter_hours.sold_at is 'the instant that the quarter of an hour begins, UTC';
comment on column sales_quarter_hours.product_id is 'stands in for every product of its unit of measure';
comment on column sales_quarter_hours.line_count is 'how many lines are added up';
comment on column sales_quarter_hours.row_count is 'how many rows of sales_baskets are added up'
"""


def upgrade() -> None:
    dropped = f"drop function history.{TRACK}); drop function history.{DERIVE})"
    _as_keeper(REGISTERED, KEY_READ, ADDED_UP, dropped, TRACK_ROLLUP)
    sums = ", ".join(f"{name} bigint not null" for name in (*SUMS, "line_count"))
    op.execute(OPENED.format(sums=sums))
    op.execute(
        "select history.track_rollup('sales_product_months', 'sales_lines', '{sold_on,product_id}', "
        f"'{{{','.join((*SUMS, 'row_count'))}}}', null, null, null, 'month', 'occurrence')"
    )
    op.execute(
        "select history.derive_rollup('sales_quarter_hours', 'sales_baskets', '{sold_on,sold_at,product_id}', null, "
        "'15 minutes')"
    )


def downgrade() -> None:
    for named in ("sales_quarter_hours", "sales_product_months"):
        op.execute(f"select history.untrack_rollup('{named}')")
        op.execute(f"drop table {named}")
    op.execute(f"drop function history.{TRACK}, text, text)")
    op.execute(f"drop function history.{DERIVE}, interval)")
    before = context.script.get_revision(down_revision).module
    functions = before.TRACK_ROLLUP.split(";\n\n")
    read = before.KEY_READ.replace("create function", "create or replace function", 1)
    track = next(one for one in functions if "history.track_rollup" in one).replace(" or replace", "", 1)
    derive = next(one for one in functions if "history.derive_rollup" in one)
    added_up, _ = before.ADDED_UP_BY.split("$$;\n\n")
    columns = "alter table history.rollups drop column instants_by, drop column first_by"
    sums = "comment on column history.rollups.sums is 'columns of the facts that are added up'"
    _as_keeper(read, f"{added_up}$$", track, derive, columns, sums)


def _as_keeper(*statements: str) -> None:
    conn = op.get_bind()
    keeper = conn.scalar(sa.text("select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'history'"))
    op.execute(f"set local role {conn.dialect.identifier_preparer.quote(keeper)}")
    for statement in statements:
        op.execute(sa.text(statement.replace(":", "\\:")))
    op.execute("reset role")
