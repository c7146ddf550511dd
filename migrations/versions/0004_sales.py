"""Sales lines: facts, partitioned by month, and the functions through which alone they are loaded.

A row carries its load; `loads` gives the load its revision when it commits, so no revision is held while rows are
copied. Loads of one fact table follow each other. Readers see rows through a policy on the partitioned table; the
partitions lie in a schema that only writers may use, because COPY refuses a table with policies. Goes before the code;
creates, and adds a trigger to `history.pending_loads`, which nobody uses before there are facts.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

PINNED = "set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO, YMD'"

OPEN_LOAD = f"""
create function history.open_load(named text) returns bigint language plpgsql security definer {PINNED} as $$
declare number bigint := nextval('history.load_numbers');
begin
    -- One load of a fact table at a time, and in a statement of its own: what follows sees what the last one left.
    perform from history.fact_tables f where f.table_name = named for update;
    insert into history.pending_loads (load_id, table_name, opened_by)
    values (number, named, history.this_transaction());
    return number;
end $$;

create function history.refuse_unrecorded_load() returns trigger language plpgsql security definer {PINNED} as $$
begin
    if exists (select from history.pending_loads p where p.load_id = new.load_id) then
        raise exception 'load % of % was opened but never recorded', new.load_id, new.table_name using errcode = 'DB006';
    end if;
    return null;
end $$;
create constraint trigger unrecorded after insert on history.pending_loads
    deferrable initially deferred for each row execute function history.refuse_unrecorded_load();

create function history.require_load() returns trigger language plpgsql security definer {PINNED} as $$
begin
    if not exists (select from history.pending_loads p
                   where p.table_name = tg_argv[0] and p.opened_by = history.this_transaction()) then
        raise exception 'rows of % are written by loads alone; use `daybook load`', tg_argv[0] using errcode = 'DB007';
    end if;
    return null;
end $$
"""

# Made apart and attached: that takes a lock under which others go on reading.
ADD_MONTH = f"""
create function history.add_month(named text, month date) returns text language plpgsql security definer {PINNED} as $$
declare
    first date := date_trunc('month', month)::date;
    part text := named || '_' || to_char(first, 'YYYY_MM');
    keeper text := (select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'history');
    event text;
begin
    if not exists (select from history.fact_tables f where f.table_name = named) then
        raise exception 'no such fact table: %', named using errcode = 'DB008';
    end if;
    if to_regclass(format('facts.%I', part)) is not null then
        return part;
    end if;
    execute format('create table facts.%I (like public.%I including defaults including comments including indexes)', part, named);
    execute format('alter table public.%I attach partition facts.%I for values from (%L) to (%L)',
                   named, part, first, (first + interval '1 month')::date);
    execute format('grant select, insert on facts.%I to %I', part, replace(keeper, '_keeper', '_writer'));
    execute format('create trigger daybook_load before insert or delete on facts.%I
                    for each statement execute function history.require_load(%L)', part, named);
    execute format('create trigger daybook_fixed before update on facts.%I
                    for each row execute function history.refuse_update()', part);
    execute format('create trigger daybook_truncated before truncate on facts.%I
                    for each statement execute function history.refuse_truncate()', part);
    foreach event in array array['daybook_load', 'daybook_fixed', 'daybook_truncated'] loop
        execute format('alter table facts.%I enable always trigger %I', part, event);
    end loop;
    return part;
end $$
"""

END_FACTS = f"""
create function history.end_facts(number bigint, named text, start_on date, end_on date) returns bigint
language plpgsql security definer {PINNED} as $$
declare
    dated text;
    removed bigint;
begin
    select f.date_column into strict dated from history.fact_tables f where f.table_name = named;
    execute format('with gone as (delete from public.%1$I where %2$I >= $2 and %2$I < $3 returning *)
                    insert into history.%1$I select $1, gone.* from gone', named, dated)
    using number, start_on, end_on;
    get diagnostics removed = row_count;
    update history.pending_loads p set rows_removed = p.rows_removed + removed
    where p.load_id = number and p.table_name = named and p.opened_by = history.this_transaction();
    if not found then
        raise exception 'load % is not open in this transaction', number using errcode = 'DB009';
    end if;
    return removed;
end $$
"""

# A load's rows are counted where this transaction wrote, not in all of a table that may hold years. The server keeps
# these numbers itself; they may name a partition too many, never one too few.
WRITTEN_PARTS = f"""
create function history.written_parts(named text) returns setof regclass language sql volatile security definer {PINNED} as $$
    select i.inhrelid::regclass from pg_inherits i
    where i.inhparent = format('public.%I', named)::regclass
      and (current_setting('track_counts') = 'off' or pg_stat_get_xact_tuples_inserted(i.inhrelid) > 0)
    order by 1
$$
"""

RECORD_LOAD = f"""
create function history.record_load(number bigint, source text, content_sha256 bytea, started_at timestamptz,
    replaced_from date, replaced_until date, rows_loaded bigint) returns bigint
language plpgsql security definer {PINNED} as $$
declare
    pending record;
    dated text;
    added bigint := rows_loaded;
    first_on date;
    last_on date;
    total numeric := 0;
    written bigint;
    part regclass;
    counted record;
begin
    delete from history.pending_loads p where p.load_id = number and p.opened_by = history.this_transaction()
    returning * into pending;
    if not found then
        raise exception 'load % is not open in this transaction', number using errcode = 'DB009';
    end if;
    select f.date_column into dated from history.fact_tables f where f.table_name = pending.table_name;
    if found then
        added := 0;
        for part in select * from history.written_parts(pending.table_name) loop
            execute format('select count(*) as rows, min(%2$I) as first, max(%2$I) as last,
                                   coalesce(sum(hash_record_extended(t, 0)), 0) as total
                            from %1$s t where load_id = $1', part, dated)
            into counted using number;
            added := added + counted.rows;
            first_on := least(first_on, counted.first);
            last_on := greatest(last_on, counted.last);
            total := total + counted.total;
        end loop;
    end if;
    perform history.next_revision();
    if exists (select from public.loads l
               where l.content_sha256 = record_load.content_sha256 and l.table_name = pending.table_name
               and l.replaced_from is not distinct from record_load.replaced_from
               and l.replaced_until is not distinct from record_load.replaced_until
               and not exists (select from public.loads u where u.reverts_load = l.load_id)) then
        raise exception 'this content has been loaded into % before', pending.table_name using errcode = 'DB005';
    end if;
    insert into public.loads (load_id, table_name, source, content_sha256, started_at, rows_added, rows_removed,
                              first_on, last_on, replaced_from, replaced_until, checksum)
    values (number, pending.table_name, record_load.source, record_load.content_sha256, record_load.started_at, added,
            pending.rows_removed, first_on, last_on, record_load.replaced_from, record_load.replaced_until, total)
    returning revision into written;
    if dated is not null then
        insert into history.revision_tables (revision, table_name, rows_added, rows_removed, digest)
        values (written, pending.table_name, added, pending.rows_removed, sha256(convert_to(total::text, 'UTF8')));
    end if;
    return written;
end $$
"""

TRACK_FACTS = r"""
create function history.track_facts(tbl regclass, date_column text) returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    named text := (select relname from pg_class where oid = tbl);
    keys text := (select string_agg(format('%I', k), ', ') from unnest(history.primary_key_columns(tbl)) k);
    keeper text := (select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'history');
    writer text := replace(keeper, '_keeper', '_writer');
    reader text := replace(keeper, '_keeper', '_reader');
    scoped boolean := exists (select from pg_attribute where attrelid = tbl and attname = 'store_id' and not attisdropped);
    side text;
begin
    insert into history.fact_tables values (named, date_column);
    execute format('create table history.%I (ended_by_load bigint not null, like %s including comments,
                    constraint %I primary key (%s, load_id))', named, tbl, 'pk_history_' || named, keys);
    execute format('create index %I on history.%I (ended_by_load)', 'ix_history_' || named || '_ended_by_load', named);
    execute format('create trigger daybook_truncated before truncate on %s
                    for each statement execute function history.refuse_truncate()', tbl);
    execute format('alter table %s enable always trigger daybook_truncated', tbl);
    foreach side in array array['public', 'history'] loop
        execute format('alter table %I.%I owner to %I', side, named, keeper);
        execute format('grant select on %I.%I to %I, %I', side, named, writer, reader);
        continue when not scoped;
        execute format('alter table %I.%I enable row level security', side, named);
        execute format('create policy every_store on %I.%I for select to %I using (true)', side, named, writer);
        -- No setting means no rows. Each subquery runs once a statement, not once a row.
        execute format($q$create policy stores_in_scope on %I.%I for select to %I using (
            (select current_setting('daybook.scope_stores', true) = 'all')
            or store_id = any ((select nullif(nullif(current_setting('daybook.scope_stores', true), ''), 'all')::integer[])::integer[])
        )$q$, side, named, reader);
    end loop;
end $$;

create function history.untrack_facts(tbl regclass) returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare named text := (select relname from pg_class where oid = tbl);
begin
    delete from history.fact_tables f where f.table_name = named;
    execute format('drop table history.%I', named);
    execute format('drop trigger daybook_truncated on %s', tbl);
end $$
"""

SALES_LINES = """
create table sales_lines (
    basket_id bigint not null,
    product_id bigint not null,
    sold_at timestamptz not null,
    sold_on date not null,
    store_id integer not null,
    household_id integer not null,
    quantity integer not null,
    net_cents integer not null,
    retail_discount_cents integer not null,
    coupon_discount_cents integer not null,
    coupon_match_cents integer not null,
    load_id bigint not null,
    occurrence smallint not null,
    constraint pk_sales_lines primary key (basket_id, product_id, occurrence, sold_on)
) partition by range (sold_on)
"""
COMMENTS = {
    "sold_at": "instant of the sale",
    "sold_on": "business date, in the business time zone, fixed at load",
    "store_id": "the scope column",
    "quantity": "in the product''s unit of measure",
    "net_cents": "what the shop received for it",
    "retail_discount_cents": "loyalty price reduction",
    "coupon_discount_cents": "manufacturer''s coupon",
    "coupon_match_cents": "the house''s match of that coupon",
    "load_id": "the load that wrote it; loads maps it to a revision",
    "occurrence": "1 for a product''s first line in its basket",
}


def upgrade() -> None:
    conn = op.get_bind()
    quote = conn.dialect.identifier_preparer.quote
    keeper = conn.scalar(sa.text("select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'history'"))
    writer = quote(f"{keeper.removesuffix('_keeper')}_writer")
    op.execute(f"set local role {quote(keeper)}")
    for part in (OPEN_LOAD, ADD_MONTH, END_FACTS, WRITTEN_PARTS, RECORD_LOAD, TRACK_FACTS):
        op.execute(sa.text(part.replace(":", "\\:")))
    for name in ("open_load(text)", "add_month(text, date)", "end_facts(bigint, text, date, date)",
                 "record_load(bigint, text, bytea, timestamptz, date, date, bigint)"):  # fmt: skip
        op.execute(f"grant execute on function history.{name} to {writer}")
    op.execute("reset role")
    # Files are staged in temporary tables; 0001 took that right from everyone.
    op.execute(f"grant temporary on database {quote(conn.scalar(sa.text('select current_database()')))} to {writer}")
    op.execute(SALES_LINES)
    for column, comment in COMMENTS.items():
        op.execute(f"comment on column sales_lines.{column} is '{comment}'")
    op.execute("select history.track_facts('sales_lines', 'sold_on')")


def downgrade() -> None:
    op.execute("select history.untrack_facts('sales_lines')")
    op.execute("drop table sales_lines")
    op.execute("drop trigger unrecorded on history.pending_loads")
    for name in (
        "untrack_facts(regclass)", "track_facts(regclass, text)",
        "record_load(bigint, text, bytea, timestamptz, date, date, bigint)",
        "written_parts(text)", "end_facts(bigint, text, date, date)", "add_month(text, date)", "require_load()",
        "refuse_unrecorded_load()", "open_load(text)",
    ):  # fmt: skip
        op.execute(f"drop function history.{name}")
