"""Rollups: facts added up by some of their columns, kept right in the transaction of every load and every edit.

A rollup has rows of each load apart, and a history as the facts have, so that it is read as of a revision in the same
way. Where it holds products, one stands in for all that were ever classed alike: what moves a category to another
department touches no row, and a product that is classed anew leaves the others. Goes before the code; reads all facts
once, and adds triggers to `loads` and `products`, which wait for running loads and edits.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

PINNED = "set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO, YMD'"

REGISTERED = """
create table history.rollups (
    table_name text not null,
    facts text not null,
    date_column text not null,
    keys text[] not null,
    sums text[] not null,
    stood_for text,
    members text,
    classes text[],
    constraint pk_rollups primary key (table_name)
);
create table history.stand_ins (
    table_name text not null,
    member bigint not null,
    lineage uuid not null,
    stand_in bigint not null,
    constraint pk_stand_ins primary key (member, table_name)
);
create index ix_stand_ins_lineage_table_name on history.stand_ins (lineage, table_name);
comment on column history.rollups.keys is 'columns of the facts that rows are told apart by';
comment on column history.rollups.sums is 'columns of the facts that are added up';
comment on column history.rollups.stood_for is 'the key whose members others stand in for';
comment on column history.rollups.members is 'the table of these members';
comment on column history.rollups.classes is 'columns that a member and its stand-in share in every revision';
comment on column history.stand_ins.lineage is 'digest of when the member was there, and of every class that it had'
"""

SUMS = """
    quantity bigint not null,
    net_cents bigint not null,
    retail_discount_cents bigint not null,
    coupon_discount_cents bigint not null,
    coupon_match_cents bigint not null,
    line_count bigint not null
"""
SALES_DAYS = f"""
create table sales_days (
    sold_on date not null,
    product_id bigint not null,
    load_id bigint not null,
    {SUMS},
    constraint pk_sales_days primary key (sold_on, product_id, load_id)
)
"""
SALES_BASKETS = f"""
create table sales_baskets (
    sold_on date not null,
    basket_id bigint not null,
    sold_at timestamptz not null,
    store_id integer not null,
    household_id integer not null,
    product_id bigint not null,
    load_id bigint not null,
    {SUMS},
    constraint pk_sales_baskets
        primary key (sold_on, basket_id, sold_at, store_id, household_id, product_id, load_id)
)
"""
COMMENTS = {
    "sales_days.product_id": "stands in for every product of its category, brand and unit of measure",
    "sales_days.line_count": "how many lines are added up",
    "sales_baskets.store_id": "the scope column",
    "sales_baskets.product_id": "stands in for every product of its unit of measure",
    "sales_baskets.line_count": "how many lines are added up",
}
ROLLUPS = {
    "sales_days": ("{sold_on,product_id}", "{category_id,brand,unit_of_measure}"),
    "sales_baskets": ("{sold_on,basket_id,sold_at,store_id,household_id,product_id}", "{unit_of_measure}"),
}
ADDED_UP = "{quantity,net_cents,retail_discount_cents,coupon_discount_cents,coupon_match_cents}"

# The statement that adds facts of one side (now or past) up as the rollup does, those that fulfil a condition.
ADDED_UP_BY = f"""
create function history.added_up(rollup history.rollups, side text, condition text) returns text
language sql stable {PINNED} as $$
    select format(
        'select %1$s, t.load_id%2$s, %3$s, count(*) from %4$I.%5$I t %6$s where %7$s group by %1$s, t.load_id%2$s',
        (select string_agg(case when k = rollup.stood_for then format('coalesce(s.stand_in, t.%I)', k)
                                else format('t.%I', k) end, ', ' order by at)
         from unnest(rollup.keys) with ordinality as named(k, at)),
        case side when 'history' then ', t.ended_by_load' else '' end,
        (select string_agg(format('sum(t.%I)::bigint', c), ', ' order by at)
         from unnest(rollup.sums) with ordinality as named(c, at)),
        side, rollup.facts,
        case when rollup.stood_for is not null then
            format('left join history.stand_ins s on s.table_name = %L and s.member = t.%I', rollup.table_name, rollup.stood_for)
        else '' end,
        condition)
$$;

create function history.rollup_columns(rollup history.rollups, side text) returns text
language sql stable {PINNED} as $$
    select concat_ws(', ',
        (select string_agg(format('%I', k), ', ' order by at) from unnest(rollup.keys) with ordinality as named(k, at)),
        'load_id', case side when 'history' then 'ended_by_load' end,
        (select string_agg(format('%I', c), ', ' order by at) from unnest(rollup.sums) with ordinality as named(c, at)),
        'line_count')
$$;

create function history.merge_rollup(rollup history.rollups, side text, given text, sign text) returns text
language sql stable {PINNED} as $$
    select format(
        'merge into %1$I.%2$I r using (%3$s) d on %4$s
         when matched and r.line_count %5$s d.line_count = 0 then delete when matched then update set %6$s
         when not matched then insert (%7$s) values (%8$s)',
        side, rollup.table_name, given,
        (select string_agg(format('r.%1$I = d.%1$I', k), ' and ')
         from unnest(rollup.keys || array['load_id'] || case side when 'history' then array['ended_by_load'] else '{{}}' end) k),
        sign,
        (select string_agg(format('%1$I = r.%1$I %2$s d.%1$I', c, sign), ', ') from unnest(rollup.sums || array['line_count']) c),
        history.rollup_columns(rollup, side),
        (select string_agg(case when c = any (rollup.sums) or c = 'line_count' then format('0 %s d.%I', sign, c)
                                else format('d.%I', c) end, ', ')
         from regexp_split_to_table(history.rollup_columns(rollup, side), ', ') c))
$$
"""

# Lines of this transaction have no statistics yet: a join that the planner takes for a few rows would take minutes.
FOLLOW_LOADS = f"""
create function history.roll_up_load() returns trigger language plpgsql security definer {PINNED}
set work_mem = '128MB' set enable_nestloop = off as $$
declare rollup history.rollups;
begin
    for rollup in select * from history.rollups r where r.facts = new.table_name order by 1 loop
        execute format('insert into public.%I (%s) ', rollup.table_name, history.rollup_columns(rollup, 'public'))
            || history.added_up(rollup, 'public',
                                format('t.load_id = $1 and t.%1$I between $2 and $3', rollup.date_column))
        using new.load_id, new.first_on, new.last_on;
        continue when new.rows_removed = 0;
        execute format('insert into history.%I (%s) ', rollup.table_name, history.rollup_columns(rollup, 'history'))
            || history.added_up(rollup, 'history', 't.ended_by_load = $1') using new.load_id;
        perform set_config('enable_nestloop', 'on', true);  -- what ended is found by its whole key
        execute history.merge_rollup(rollup, 'public',
            format('select * from history.%I where ended_by_load = $1', rollup.table_name), '-') using new.load_id;
        perform set_config('enable_nestloop', 'off', true);
    end loop;
    return null;
end $$
"""

# Which member stands for which others: those that came and went together, with the same classes in every revision, have
# one lineage, and one of them stands for all. So it is there wherever one of them is, as of any revision.
LINEAGES = f"""
create function history.lineages(rollup history.rollups) returns table (member bigint, lineage uuid)
language plpgsql stable {PINNED} as $$
declare class text := (select format('row(%s)::text', string_agg(format('v.%I', c), ', ')) from unnest(rollup.classes) c);
begin
    return query execute format($q$
        with version as (
            select v.%1$I as member, v.revision, null::bigint as until, %2$s as class from public.%3$I v
            union all select v.%1$I, v.revision, v.until_revision, %2$s from history.%3$I v
        ), step as (
            select member, revision, until, class, lag(class) over by_time as was, lag(until) over by_time as was_until
            from version window by_time as (partition by member order by revision)
        )
        select member::bigint,
               md5(concat(string_agg(revision || ':' || class, '|' order by revision)
                              filter (where class is distinct from was or revision is distinct from was_until),
                          case when bool_and(until is not null) then '|gone ' || member end))::uuid
        from step group by member $q$, rollup.stood_for, class, rollup.members);
end $$;

create function history.fill_stand_ins(rollup history.rollups) returns void language plpgsql {PINNED} as $$
begin
    delete from history.stand_ins s where s.table_name = rollup.table_name;
    insert into history.stand_ins (table_name, member, lineage, stand_in)
    select rollup.table_name, l.member, l.lineage, min(l.member) over (partition by l.lineage) from history.lineages(rollup) l;
end $$;

create function history.fill_rollup(rollup history.rollups) returns void language plpgsql {PINNED} set work_mem = '256MB' set enable_nestloop = off as $$
declare side text;
begin
    if rollup.stood_for is not null then
        perform history.fill_stand_ins(rollup);
        analyze history.stand_ins;
    end if;
    foreach side in array array['public', 'history'] loop
        execute format('delete from %I.%I', side, rollup.table_name);
        execute format('insert into %I.%I (%s) ', side, rollup.table_name, history.rollup_columns(rollup, side))
            || history.added_up(rollup, side, 'true') || ' order by 1';
    end loop;
end $$
"""

FOLLOW_MEMBERS = f"""
create function history.stand_in_new() returns trigger language plpgsql security definer {PINNED}
set enable_nestloop = off as $$
declare rollup history.rollups;
begin
    for rollup in select * from history.rollups r where r.members = tg_table_name order by 1 loop
        execute format($q$
            with fresh as materialized (
                select n.%1$I as member, md5(n.revision || ':' || %2$s)::uuid as lineage from new_rows n
            ), known as materialized (
                select s.lineage, min(s.stand_in) as stand_in from history.stand_ins s
                where s.table_name = %3$L and s.lineage in (select lineage from fresh) group by 1
            )
            insert into history.stand_ins (table_name, member, lineage, stand_in)
            select %3$L, f.member, f.lineage, coalesce(k.stand_in, min(f.member) over (partition by f.lineage))
            from fresh f left join known k on k.lineage = f.lineage
            on conflict (member, table_name) do nothing $q$,
            rollup.stood_for,
            (select format('row(%s)::text', string_agg(format('n.%I', c), ', ')) from unnest(rollup.classes) c),
            rollup.table_name);
    end loop;
    return null;
end $$;

create function history.stand_in_anew() returns trigger language plpgsql security definer {PINNED}
set client_min_messages = 'warning' as $$
declare
    rollup history.rollups;
    changed text := case tg_op
        when 'DELETE' then $q$md5(s.lineage || ':gone ' || s.member)::uuid as lineage
                from old_rows o join history.stand_ins s on s.table_name = %4$L and s.member = o.%1$I$q$
        else $q$md5(s.lineage || ':' || n.revision || ':' || %2$s)::uuid as lineage
                from old_rows o join new_rows n using (%1$I)
                join history.stand_ins s on s.table_name = %4$L and s.member = n.%1$I
                where %3$s is distinct from %2$s$q$ end;
begin
    for rollup in select * from history.rollups r where r.members = tg_table_name order by 1 loop
        drop table if exists pg_temp.daybook_moved;
        execute format($q$
            create temporary table daybook_moved on commit drop as
            with changed as (
                select s.member, s.lineage as left_behind, $q$ || changed || $q$
            ), affected as (
                select s.member, s.stand_in as was, coalesce(c.lineage, s.lineage) as lineage
                from history.stand_ins s left join changed c on c.member = s.member
                where s.table_name = %4$L and s.lineage in (select left_behind from changed union select lineage from changed)
            )
            select member, was, lineage, coalesce(min(member) filter (where member = was) over same, min(member) over same) as becomes
            from affected window same as (partition by lineage) $q$,
            rollup.stood_for,
            (select format('row(%s)::text', string_agg(format('n.%I', c), ', ')) from unnest(rollup.classes) c),
            (select format('row(%s)::text', string_agg(format('o.%I', c), ', ')) from unnest(rollup.classes) c),
            rollup.table_name);
        continue when not exists (select from pg_temp.daybook_moved);
        update history.stand_ins s set lineage = m.lineage, stand_in = m.becomes from pg_temp.daybook_moved m
        where s.table_name = rollup.table_name and s.member = m.member
          and (s.lineage, s.stand_in) is distinct from (m.lineage, m.becomes);
        perform history.move_members(rollup, 'public');
        perform history.move_members(rollup, 'history');
    end loop;
    return null;
end $$;

create function history.move_members(rollup history.rollups, side text) returns void language plpgsql {PINNED}
set work_mem = '128MB' set client_min_messages = 'warning' as $$
declare
    others text := (select string_agg(format('t.%I', k), ', ') from unnest(rollup.keys) k where k <> rollup.stood_for);
    ended text := case side when 'history' then ', t.ended_by_load' else '' end;
    one text;
begin
    drop table if exists pg_temp.daybook_delta;
    execute format($q$
        create temporary table daybook_delta on commit drop as
        select m.was, m.becomes, %1$s, t.load_id%2$s, %3$s, count(*) as line_count
        from %4$I.%5$I t join pg_temp.daybook_moved m on m.member = t.%6$I where m.was <> m.becomes
        group by m.was, m.becomes, %1$s, t.load_id%2$s $q$,
        others, ended, (select string_agg(format('sum(t.%1$I)::bigint as %1$I', c), ', ') from unnest(rollup.sums) c),
        side, rollup.facts, rollup.stood_for);
    one := format('select t.%%I as %1$I, %2$s, t.load_id%3$s, %4$s from pg_temp.daybook_delta t group by t.%%I, %2$s, t.load_id%3$s',
        rollup.stood_for, others, ended,
        (select string_agg(format('sum(t.%1$I)::bigint as %1$I', c), ', ') from unnest(rollup.sums || array['line_count']) c));
    execute history.merge_rollup(rollup, side, format(one, 'was', 'was'), '-');
    execute history.merge_rollup(rollup, side, format(one, 'becomes', 'becomes'), '+');
end $$
"""

# Nobody who sees some of the stores gets as far as a sum over all of them, whatever a statement asks for.
REFUSE_SCOPED = f"""
create function history.refuse_scoped(named text) returns boolean language plpgsql stable {PINNED} as $$
begin
    if current_setting('daybook.scope_stores', true) = 'all' then
        return true;
    end if;
    raise exception '% adds up over all stores, and is for those alone who see all of them', named using errcode = '42501';
end $$
"""

TRACK_ROLLUP = r"""
create function history.track_rollup(named text, facts text, keys text[], sums text[], stood_for text, members text,
                                     classes text[]) returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    rollup history.rollups;
    keeper text := (select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'history');
    writer text := replace(keeper, '_keeper', '_writer');
    reader text := replace(keeper, '_keeper', '_reader');
    dated text := (select f.date_column from history.fact_tables f where f.table_name = facts);
    side text;
    allowed text := format('(select history.refuse_scoped(%L))', named);
begin
    if 'store_id' = any (keys) then
        allowed := $q$(select current_setting('daybook.scope_stores', true) = 'all') or store_id = any
            ((select nullif(nullif(current_setting('daybook.scope_stores', true), ''), 'all')::integer[])::integer[])$q$;
    end if;
    insert into history.rollups values (named, facts, dated, keys, sums, stood_for, members, classes)
    returning * into rollup;
    execute format('create table history.%I (ended_by_load bigint not null, like public.%I including comments,
                    constraint %I primary key (%s, load_id, ended_by_load))', named, named, 'pk_history_' || named,
                   (select string_agg(format('%I', k), ', ') from unnest(keys) k));
    execute format('create index %I on history.%I (ended_by_load)', 'ix_history_' || named || '_ended_by_load', named);
    perform history.fill_rollup(rollup);
    foreach side in array array['public', 'history'] loop
        execute format('grant select on %I.%I to %I, %I', side, named, writer, reader);
        execute format('alter table %I.%I enable row level security', side, named);
        execute format('create policy every_store on %I.%I for select to %I using (true)', side, named, writer);
        execute format('create policy stores_in_scope on %I.%I for select to %I using (%s)', side, named, reader, allowed);
        execute format('alter table %I.%I owner to %I', side, named, keeper);
        execute format('analyze %I.%I', side, named);
    end loop;
end $$;

create function history.untrack_rollup(named text) returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
    delete from history.rollups r where r.table_name = named;
    delete from history.stand_ins s where s.table_name = named;
    execute format('drop table history.%I', named);
end $$
"""
FUNCTIONS = (
    "untrack_rollup(text)",
    "track_rollup(text, text, text[], text[], text, text, text[])",
    "refuse_scoped(text)",
    "move_members(history.rollups, text)",
    "stand_in_anew()",
    "stand_in_new()",
    "fill_rollup(history.rollups)",
    "fill_stand_ins(history.rollups)",
    "lineages(history.rollups)",
    "roll_up_load()",
    "merge_rollup(history.rollups, text, text, text)",
    "rollup_columns(history.rollups, text)",
    "added_up(history.rollups, text, text)",
)
TRIGGERS = {
    "daybook_rolled_up": (
        "loads",
        "after insert on loads for each row when (new.first_on is not null or new.rows_removed > 0) "
        "execute function history.roll_up_load()",
    ),
    "daybook_stand_in_new": (
        "products",
        "after insert on products referencing new table as new_rows for each statement "
        "execute function history.stand_in_new()",
    ),
    "daybook_stand_in_anew": (
        "products",
        "after update on products referencing old table as old_rows new table as new_rows for each statement "
        "execute function history.stand_in_anew()",
    ),
    "daybook_stand_in_gone": (
        "products",
        "after delete on products referencing old table as old_rows for each statement "
        "execute function history.stand_in_anew()",
    ),
}


def upgrade() -> None:
    conn = op.get_bind()
    quote = conn.dialect.identifier_preparer.quote
    keeper = conn.scalar(sa.text("select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'history'"))
    reader = quote(f"{keeper.removesuffix('_keeper')}_reader")
    op.execute(f"set local role {quote(keeper)}")
    op.execute(REGISTERED)
    for part in (ADDED_UP_BY, FOLLOW_LOADS, LINEAGES, FOLLOW_MEMBERS, REFUSE_SCOPED, TRACK_ROLLUP):
        op.execute(sa.text(part.replace(":", "\\:")))
    op.execute(f"grant execute on function history.refuse_scoped(text) to {reader}")
    op.execute("reset role")
    for table in (SALES_DAYS, SALES_BASKETS):
        op.execute(table)
    for column, comment in COMMENTS.items():
        op.execute(f"comment on column {column} is '{comment}'")
    for named, (keys, classes) in ROLLUPS.items():
        op.execute(
            f"select history.track_rollup('{named}', 'sales_lines', '{keys}', '{ADDED_UP}', "
            f"'product_id', 'products', '{classes}')"
        )
    for name, (table, what) in TRIGGERS.items():
        op.execute(f"create trigger {name} {what}")
        op.execute(f"alter table {table} enable always trigger {name}")


def downgrade() -> None:
    for name, (table, _) in TRIGGERS.items():
        op.execute(f"drop trigger {name} on {table}")
    for named in ROLLUPS:
        op.execute(f"select history.untrack_rollup('{named}')")
        op.execute(f"drop table {named}")
    for name in FUNCTIONS:
        op.execute(f"drop function history.{name}")
    op.execute("drop table history.rollups, history.stand_ins")
