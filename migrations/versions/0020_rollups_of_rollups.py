"""Rollups made of rollups: by week and by month, by store, by household, and of everything by day.

Each adds the rows of a finer rollup up, with the dates of a week or a month under its first day, and follows it in the
same transaction: from the rows that a load brought or ended, and from the sums that a product takes along when it is
classed anew. The stand-ins are those of the finer one. Where they count the baskets' rows that they add up, baskets that
have several rows are kept beside them, so that counts of baskets can be told: rows, less what is there again. Products
that are not counted in pieces get an index. Goes before the code; reads the rollups of 0016 once, and locks
`history.rollups`, which loads read, and `products` against edits.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import context, op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

PINNED = "set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO, YMD'"

REGISTERED = """
alter table history.rollups add column derived_from text,
    add column grain text constraint ck_rollups_grain check (grain in ('week', 'month')),
    add column counts_rows boolean not null default false,
    add column entity text,
    add column repeats text;
comment on column history.rollups.derived_from is 'the rollup whose rows are added up in place of facts';
comment on column history.rollups.grain is 'what its date is the first day of; null: the day itself';
comment on column history.rollups.counts_rows is 'whether row_count tells how many rows it adds up';
comment on column history.rollups.entity is 'what nearly each row is one of';
comment on column history.rollups.repeats is 'the table of those that have several rows, now or in the past'
"""

SUMS = """
    quantity bigint not null,
    net_cents bigint not null,
    retail_discount_cents bigint not null,
    coupon_discount_cents bigint not null,
    coupon_match_cents bigint not null,
    line_count bigint not null
"""
KEYS = {
    "sold_on": "date not null",
    "store_id": "integer not null",
    "household_id": "integer not null",
    "product_id": "bigint not null",
}
# What it is made of, what its date is the first day of, and what it is keyed by besides the date.
ROLLUPS = {
    "sales_totals": ("sales_baskets", None, ("product_id",)),
    "sales_weeks": ("sales_days", "week", ("product_id",)),
    "sales_months": ("sales_days", "month", ("product_id",)),
    "sales_store_days": ("sales_baskets", None, ("store_id", "product_id")),
    "sales_store_months": ("sales_baskets", "month", ("store_id", "product_id")),
    "sales_household_months": ("sales_baskets", "month", ("household_id", "product_id")),
}
COUNTING = ("sales_totals", "sales_store_days", "sales_store_months")
REPEATS = """
create table sales_basket_repeats (
    sold_on date not null,
    basket_id bigint not null,
    store_id integer not null,
    constraint pk_sales_basket_repeats primary key (sold_on, basket_id)
);
comment on column sales_basket_repeats.store_id is 'the scope column'
"""
STANDS_FOR = {
    "sales_days": "stands in for every product of its category, brand and unit of measure",
    "sales_baskets": "stands in for every product of its unit of measure",
}

INDEX = "ix_products_not_in_pieces"

# A key of a rollup read from `t`: facts, or the rows of what it is derived from.
KEY_READ = f"""
create function history.key_read(rollup history.rollups, key text) returns text
language sql stable {PINNED} as $$
    select case
        when key = rollup.stood_for then format('coalesce(s.stand_in, t.%I)', key)
        when key = rollup.date_column and rollup.grain is not null
            then format('date_trunc(%L, t.%I::timestamp)::date', rollup.grain, key)
        else format('t.%I', key) end
$$
"""
ADDED_UP_BY = f"""
create or replace function history.added_up(rollup history.rollups, side text, condition text) returns text
language sql stable {PINNED} as $$
    select format(
        'select %1$s, t.load_id%2$s, %3$s, %8$s%9$s from %4$I.%5$I t %6$s where %7$s group by %1$s, t.load_id%2$s',
        (select string_agg(history.key_read(rollup, k), ', ' order by at)
         from unnest(rollup.keys) with ordinality as named(k, at)),
        case side when 'history' then ', t.ended_by_load' else '' end,
        (select string_agg(format('sum(t.%I)::bigint', c), ', ' order by at)
         from unnest(rollup.sums) with ordinality as named(c, at)),
        side, coalesce(rollup.derived_from, rollup.facts),
        case when rollup.stood_for is not null then
            format('left join history.stand_ins s on s.table_name = %L and s.member = t.%I', rollup.table_name, rollup.stood_for)
        else '' end,
        condition,
        case when rollup.derived_from is null then 'count(*)' else 'sum(t.line_count)::bigint' end,
        case when rollup.counts_rows then ', count(*)' else '' end)
$$;

create or replace function history.rollup_columns(rollup history.rollups, side text) returns text
language sql stable {PINNED} as $$
    select concat_ws(', ',
        (select string_agg(format('%I', k), ', ' order by at) from unnest(rollup.keys) with ordinality as named(k, at)),
        'load_id', case side when 'history' then 'ended_by_load' end,
        (select string_agg(format('%I', c), ', ' order by at) from unnest(rollup.sums) with ordinality as named(c, at)),
        'line_count', case when rollup.counts_rows then 'row_count' end)
$$
"""

# How many rows are added up cannot be taken from one another as sums can: a row of which a part goes stays one.
ANEW = f"""
create function history.add_anew(rollup history.rollups, side text, touched text) returns void language plpgsql {PINNED} as $$
declare
    at text := history.key_read(rollup, rollup.date_column);
    pairs text := format('select distinct t.load_id, %s from %s t', at, touched);
    dates daterange;
begin
    execute format('delete from %I.%I r using (%s) d (load_id, at) where r.load_id = d.load_id and r.%I = d.at',
                   side, rollup.table_name, pairs, rollup.date_column);
    execute format('select daterange(min(at), (max(at) + interval %L)::date) from (%s) d (load_id, at)',
                   '1 ' || coalesce(rollup.grain, 'day'), pairs) into dates;
    execute format('insert into %I.%I (%s) ', side, rollup.table_name, history.rollup_columns(rollup, side))
        || history.added_up(rollup, side, format('t.%1$I >= %2$L and t.%1$I < %3$L and (t.load_id, %4$s) in (%5$s)',
                                                 rollup.date_column, lower(dates), upper(dates), at, pairs));
end $$;

create function history.note_repeats(rollup history.rollups, first_on date, last_on date) returns void language plpgsql {PINNED} as $$
declare
    columns text := (select string_agg(format('t.%I', a.attname), ', ' order by a.attnum) from pg_attribute a
                     where a.attrelid = format('public.%I', rollup.repeats)::regclass and a.attnum > 0);
begin
    execute format(
        'insert into public.%1$I select %2$s from (select %2$s from public.%3$I t where t.%4$I between $1 and $2
         union all select %2$s from history.%3$I t where t.%4$I between $1 and $2) t
         group by %2$s having count(*) > 1 on conflict do nothing',
        rollup.repeats, columns, rollup.table_name, rollup.date_column) using first_on, last_on;
end $$
"""

# Lines of this transaction have no statistics yet: a join that the planner takes for a few rows would take minutes.
# Rows are laid down in the order of their index, which is how a period is read.
ROLL_UP_LOAD = f"""
create or replace function history.roll_up_load() returns trigger language plpgsql security definer {PINNED}
set work_mem = '128MB' set enable_nestloop = off set enable_sort = off as $$
declare
    rollup history.rollups;
    ended text;
    dates daterange;
begin
    for rollup in select * from history.rollups r where r.facts = new.table_name
                  order by r.derived_from is not null, r.table_name loop
        execute format('insert into public.%I (%s) with added as materialized (', rollup.table_name,
                       history.rollup_columns(rollup, 'public'))
            || history.added_up(rollup, 'public',
                                format('t.load_id = $1 and t.%1$I between $2 and $3', rollup.date_column))
            || ') select * from added order by 1, 2'
        using new.load_id, new.first_on, new.last_on;
        if new.rows_removed > 0 then
            execute format('insert into history.%I (%s) ', rollup.table_name, history.rollup_columns(rollup, 'history'))
                || history.added_up(rollup, 'history', 't.ended_by_load = $1') using new.load_id;
            perform set_config('enable_nestloop', 'on', true);  -- what ended is found by its whole key
            ended := format('(select * from history.%I where ended_by_load = %s)',
                            coalesce(rollup.derived_from, rollup.table_name), new.load_id);
            if rollup.counts_rows then
                perform history.add_anew(rollup, 'public', ended);
            else
                execute history.merge_rollup(rollup, 'public',
                    format('select * from history.%I where ended_by_load = $1', rollup.table_name), '-') using new.load_id;
            end if;
            perform set_config('enable_nestloop', 'off', true);
        end if;
        continue when rollup.repeats is null;
        execute format('select daterange(min(at), max(at), ''[]'') from (values ($2), ($3) union all
                        select %I from history.%I where ended_by_load = $1) t (at)', rollup.date_column, rollup.table_name)
        into dates using new.load_id, new.first_on, new.last_on;
        perform history.note_repeats(rollup, lower(dates), upper(dates) - 1);
    end loop;
    return null;
end $$
"""
FILL_ROLLUP = f"""
create or replace function history.fill_rollup(rollup history.rollups) returns void language plpgsql {PINNED}
set work_mem = '256MB' set enable_nestloop = off as $$
declare
    side text;
    derived history.rollups;
begin
    if rollup.stood_for is not null then
        perform history.fill_stand_ins(rollup);
        analyze history.stand_ins;
    end if;
    foreach side in array array['public', 'history'] loop
        execute format('delete from %I.%I', side, rollup.table_name);
        execute format('insert into %I.%I (%s) ', side, rollup.table_name, history.rollup_columns(rollup, side))
            || history.added_up(rollup, side, 'true') || ' order by 1, 2';
    end loop;
    if rollup.repeats is not null then
        execute format('delete from public.%I', rollup.repeats);
        perform history.note_repeats(rollup, '-infinity', 'infinity');
    end if;
    for derived in select * from history.rollups r where r.derived_from = rollup.table_name order by 1 loop
        perform history.fill_rollup(derived);
    end loop;
end $$
"""

# What moves is added up once, from the facts; what is derived takes its part of that.
MOVE_MEMBERS = f"""
create or replace function history.move_members(rollup history.rollups, side text) returns void language plpgsql {PINNED}
set work_mem = '128MB' set client_min_messages = 'warning' as $$
declare
    ended text := case side when 'history' then ', t.ended_by_load' else '' end;
    target history.rollups;
    dates daterange;
begin
    drop table if exists pg_temp.daybook_delta;
    execute format($q$
        create temporary table daybook_delta on commit drop as
        select m.was, m.becomes, %1$s, t.load_id%2$s, %3$s, count(*) as line_count
        from %4$I.%5$I t join pg_temp.daybook_moved m on m.member = t.%6$I where m.was <> m.becomes
        group by m.was, m.becomes, %1$s, t.load_id%2$s $q$,
        (select string_agg(format('t.%I', k), ', ') from unnest(rollup.keys) k where k <> rollup.stood_for), ended,
        (select string_agg(format('sum(t.%1$I)::bigint as %1$I', c), ', ') from unnest(rollup.sums) c),
        side, rollup.facts, rollup.stood_for);
    for target in select * from history.rollups r where r.table_name = rollup.table_name or r.derived_from = rollup.table_name
                  order by r.derived_from is not null, r.table_name loop
        continue when not rollup.stood_for = any (target.keys);
        if target.counts_rows then
            perform history.add_anew(target, side, 'pg_temp.daybook_delta');
        else
            execute history.merge_rollup(target, side, history.moved(target, rollup.stood_for, 'was', side), '-');
            execute history.merge_rollup(target, side, history.moved(target, rollup.stood_for, 'becomes', side), '+');
        end if;
    end loop;
    if rollup.repeats is not null then
        execute format('select daterange(min(%1$I), max(%1$I), ''[]'') from pg_temp.daybook_delta', rollup.date_column)
        into dates;
        perform history.note_repeats(rollup, lower(dates), upper(dates) - 1);
    end if;
end $$;

create function history.moved(target history.rollups, stood_for text, member text, side text) returns text
language sql stable {PINNED} as $$
    select format('select %1$s, t.load_id%2$s, %3$s from pg_temp.daybook_delta t group by %4$s, t.load_id%2$s',
        string_agg(format('%s as %I', read, k), ', '), case side when 'history' then ', t.ended_by_load' else '' end,
        (select string_agg(format('sum(t.%1$I)::bigint as %1$I', c), ', ') from unnest(target.sums || array['line_count']) c),
        string_agg(read, ', '))
    from (select k, case when k = stood_for then format('t.%I', member)
                         when k = target.date_column and target.grain is not null
                             then format('date_trunc(%L, t.%I::timestamp)::date', target.grain, k)
                         else format('t.%I', k) end as read
          from unnest(target.keys) k) keys
$$
"""

# The same tables and rights whatever a rollup is made of.
TRACK_ROLLUP = r"""
create function history.show_to_scope(side text, named text, by_store boolean) returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    keeper text := (select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'history');
    writer text := replace(keeper, '_keeper', '_writer');
    reader text := replace(keeper, '_keeper', '_reader');
    allowed text := format('(select history.refuse_scoped(%L))', named);
begin
    if by_store then
        allowed := $q$(select current_setting('daybook.scope_stores', true) = 'all') or store_id = any
            ((select nullif(nullif(current_setting('daybook.scope_stores', true), ''), 'all')::integer[])::integer[])$q$;
    end if;
    execute format('grant select on %I.%I to %I, %I', side, named, writer, reader);
    execute format('alter table %I.%I enable row level security', side, named);
    execute format('create policy every_store on %I.%I for select to %I using (true)', side, named, writer);
    execute format('create policy stores_in_scope on %I.%I for select to %I using (%s)', side, named, reader, allowed);
    execute format('alter table %I.%I owner to %I', side, named, keeper);
    execute format('analyze %I.%I', side, named);
end $$;

create function history.open_rollup(rollup history.rollups) returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    named text := rollup.table_name;
    side text;
begin
    execute format('create table history.%I (ended_by_load bigint not null, like public.%I including comments,
                    constraint %I primary key (%s, load_id, ended_by_load))', named, named, 'pk_history_' || named,
                   (select string_agg(format('%I', k), ', ') from unnest(rollup.keys) k));
    execute format('create index %I on history.%I (ended_by_load)', 'ix_history_' || named || '_ended_by_load', named);
    perform history.fill_rollup(rollup);
    foreach side in array array['public', 'history'] loop
        perform history.show_to_scope(side, named, 'store_id' = any (rollup.keys));
    end loop;
end $$;

create function history.keep_repeats(named text, entity text, repeats text) returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare rollup history.rollups;
begin
    update history.rollups r set entity = keep_repeats.entity, repeats = keep_repeats.repeats where r.table_name = named
    returning * into rollup;
    perform history.note_repeats(rollup, '-infinity', 'infinity');
    perform history.show_to_scope('public', repeats, 'store_id' = any (rollup.keys));
end $$;

create or replace function history.track_rollup(named text, facts text, keys text[], sums text[], stood_for text, members text,
                                                classes text[]) returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    rollup history.rollups;
    dated text := (select f.date_column from history.fact_tables f where f.table_name = facts);
begin
    insert into history.rollups values (named, facts, dated, keys, sums, stood_for, members, classes)
    returning * into rollup;
    perform history.open_rollup(rollup);
end $$;

create function history.derive_rollup(named text, base text, keys text[], by_grain text) returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare rollup history.rollups;
begin
    insert into history.rollups (table_name, facts, date_column, keys, sums, derived_from, grain, counts_rows)
    select named, r.facts, r.date_column, derive_rollup.keys, r.sums, r.table_name, by_grain,
           exists (select from pg_attribute where attrelid = format('public.%I', named)::regclass and attname = 'row_count')
    from history.rollups r where r.table_name = base returning * into rollup;
    perform history.open_rollup(rollup);
end $$
"""


def upgrade() -> None:
    op.create_index(INDEX, "products", ["product_id"], postgresql_where=sa.text("unit_of_measure <> 'piece'"))
    _as_keeper(REGISTERED, KEY_READ, ADDED_UP_BY, ANEW, ROLL_UP_LOAD, FILL_ROLLUP, MOVE_MEMBERS, TRACK_ROLLUP)
    op.execute(REPEATS)
    op.execute("select history.keep_repeats('sales_baskets', 'basket_id', 'sales_basket_repeats')")
    for named, (base, grain, others) in ROLLUPS.items():
        keys = ("sold_on", *others)
        columns = ", ".join(f"{key} {KEYS[key]}" for key in keys)
        counted = "row_count bigint not null, " if named in COUNTING else ""
        op.execute(
            f"create table {named} ({columns}, load_id bigint not null, {SUMS}, {counted}"
            f"constraint pk_{named} primary key ({', '.join(keys)}, load_id))"
        )
        op.execute(f"comment on column {named}.line_count is 'how many lines are added up'")
        op.execute(f"comment on column {named}.product_id is '{STANDS_FOR[base]}'")
        if counted:
            op.execute(f"comment on column {named}.row_count is 'how many rows of {base} are added up'")
        if grain:
            op.execute(f"comment on column {named}.sold_on is 'the first day of the {grain}'")
        if "store_id" in keys:
            op.execute(f"comment on column {named}.store_id is 'the scope column'")
        grained = "null" if grain is None else f"'{grain}'"
        op.execute(f"select history.derive_rollup('{named}', '{base}', '{{{','.join(keys)}}}', {grained})")


def downgrade() -> None:
    op.drop_index(INDEX, "products")
    for named in ROLLUPS:
        op.execute(f"select history.untrack_rollup('{named}')")
        op.execute(f"drop table {named}")
    op.execute("drop table sales_basket_repeats")
    for name in (
        "derive_rollup(text, text, text[], text)",
        "track_rollup(text, text, text[], text[], text, text, text[])",
        "keep_repeats(text, text, text)",
        "open_rollup(history.rollups)",
        "show_to_scope(text, text, boolean)",
        "note_repeats(history.rollups, date, date)",
        "add_anew(history.rollups, text, text)",
        "move_members(history.rollups, text)",
        "moved(history.rollups, text, text, text)",
        "fill_rollup(history.rollups)",
        "rollup_columns(history.rollups, text)",
        "added_up(history.rollups, text, text)",
        "key_read(history.rollups, text)",
    ):
        op.execute(f"drop function history.{name}")
    op.execute(
        "alter table history.rollups drop column derived_from, drop column grain, "
        "drop column counts_rows, drop column entity, drop column repeats"
    )
    _as_before()


def _as_before() -> None:
    """The functions of the migrations that made them."""
    rollups, hashed = (context.script.get_revision(number).module for number in ("0016", "0019"))
    lineages, _, fill = rollups.LINEAGES.rpartition("create function history.fill_rollup")
    assert lineages  # noqa: S101  the function is the last one there
    move = rollups.FOLLOW_MEMBERS[rollups.FOLLOW_MEMBERS.index("create function history.move_members") :]
    added_up, columns, _ = rollups.ADDED_UP_BY.split("$$;\n\n")
    _as_keeper(
        f"{added_up}$$",
        f"{columns}$$",
        f"create function history.fill_rollup{fill}",
        move,
        rollups.TRACK_ROLLUP.split(";\n\n", 1)[0],
    )
    hashed.upgrade()


def _as_keeper(*statements: str) -> None:
    conn = op.get_bind()
    keeper = conn.scalar(sa.text("select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'history'"))
    op.execute(f"set local role {conn.dialect.identifier_preparer.quote(keeper)}")
    for statement in statements:
        op.execute(sa.text(statement.replace(":", "\\:")))
    op.execute("reset role")
