"""Every change of a versioned table is a numbered revision, however it was made."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from data.models import versioned_tables
from data.queries.revisions import current_revision, last_revisions, revision_detail, revision_list
from data.scope import Scope
from tests.spec.world import World

LINES = """
basket  product  store  household  sold_on     quantity  net
1       10       1      7          2017-02-01  2         3.00
2       10       1      7          2017-03-08  1         1.50
"""


def scalar(conn, sql, **values):
    return conn.scalar(sa.text(sql), values)


def write(database, *statements, author="mia", reason="because"):
    with database.writing(author=author, reason=reason) as conn:
        for statement in statements:
            conn.execute(sa.text(statement))


def region_versions(database):
    sql = """
        select name, revision, null::bigint as until_revision from regions
        union all select name, revision, until_revision from history.regions order by revision
    """
    with database.owner.connect() as conn:
        return [tuple(row) for row in conn.execute(sa.text(sql))]


def broken(database):
    with database.owner.connect() as conn:
        return [tuple(row) for row in conn.execute(sa.text("select * from history.broken_revisions()"))]


def test_each_transaction_is_one_revision_and_old_versions_are_kept(database):
    write(database, "insert into regions (name) values ('North'), ('South')")
    write(database, "update regions set name = 'Far North' where name = 'North'")
    write(database, "delete from regions where name = 'South'")
    assert region_versions(database) == [("North", 1, 2), ("South", 1, 3), ("Far North", 2, None)]


def test_a_revision_says_who_why_and_what_it_did(database):
    write(database, "insert into regions (name) values ('North'), ('South')", author="mia", reason="new regions")
    write(database, "update regions set name = 'N' where name = 'North'", "delete from regions where name = 'South'")
    with database.reading(Scope.everything()) as conn:
        frame = revision_list(conn)
        _, tables = revision_detail(conn, revision=2)
    assert frame["revision"].tolist() == [2, 1]
    newest, first = frame.to_dict("records")
    assert (first["author"], first["reason"], first["kind"], first["rows_added"]) == ("mia", "new regions", "edit", 2)
    assert (newest["rows_added"], newest["rows_changed"], newest["rows_removed"]) == (0, 1, 1)
    assert tables["table_name"].tolist() == ["regions"]


def test_a_row_changed_twice_in_one_revision_has_one_version(database):
    write(
        database,
        "insert into regions (name) values ('A')",
        "update regions set name = 'B'",
        "update regions set name = 'C'",
    )
    assert region_versions(database) == [("C", 1, None)]


def test_a_row_deleted_and_added_again_keeps_both_versions(database):
    write(database, "insert into households (household_id, age) values (1, 'young')")
    write(
        database,
        "delete from households where household_id = 1",
        "insert into households (household_id, age) values (1, 'old')",
    )
    with database.owner.connect() as conn:
        assert scalar(conn, "select age from history.households where until_revision = 2") == "young"
        assert scalar(conn, "select revision from households where age = 'old'") == 2


@pytest.mark.parametrize(
    "statement",
    [
        "update regions set name = name",
        "update regions set name = 'x' where false",
        "delete from regions where false",
        "insert into regions (name) select 'x' where false",
        "update regions set revision = 99",
    ],
)
def test_a_statement_that_changes_no_row_leaves_no_revision(database, statement):
    write(database, "insert into regions (name) values ('North')")
    write(database, statement)
    with database.owner.connect() as conn:
        assert current_revision(conn) == 1
    assert region_versions(database) == [("North", 1, None)]


def test_a_rolled_back_transaction_leaves_no_gap(database):
    for fails in (True, False):
        try:
            with database.writing(author="mia", reason="x") as conn:
                conn.execute(sa.text("insert into regions (name) values ('North')"))
                if fails:
                    raise KeyError
        except KeyError:
            pass
    with database.owner.connect() as conn:
        assert conn.scalars(sa.text("select revision from history.revisions")).all() == [1]


def test_a_savepoint_rolled_back_takes_its_revision_along(database):
    with database.writing(author="mia", reason="x") as conn:
        savepoint = conn.begin_nested()
        conn.execute(sa.text("insert into regions (name) values ('Lost')"))
        savepoint.rollback()
        conn.execute(sa.text("insert into regions (name) values ('Kept')"))
    assert region_versions(database) == [("Kept", 1, None)]
    assert broken(database) == []


def test_an_upsert_records_added_and_changed_rows(database):
    write(database, "insert into households (household_id, age) values (1, 'a')")
    write(
        database,
        "insert into households (household_id, age) values (1, 'b'), (2, 'b') "
        "on conflict (household_id) do update set age = excluded.age",
    )
    with database.reading(Scope.everything()) as conn:
        newest = revision_list(conn, limit=1).iloc[0]
    assert (newest["rows_added"], newest["rows_changed"]) == (1, 1)


def test_an_edit_typed_by_the_application_role_is_a_revision_with_the_database_users_name(database):
    write(database, "insert into households (household_id) values (1)")
    with database.owner.begin() as conn:
        conn.execute(sa.text(f'set local role "{database.roles.writer}"'))
        conn.execute(sa.text("update households set age = '19-24'"))
    with database.owner.connect() as conn:
        row = conn.execute(sa.text("select author, login_name, role_name from history.revisions where revision = 2"))
        author, login, role = row.one()
    assert author is None
    assert login == database.owner.url.username
    assert role == database.roles.writer


@pytest.mark.parametrize("table", [table.name for table in versioned_tables()])
def test_truncate_is_refused_on_every_versioned_table_even_for_its_owner(worker_database, table):
    with worker_database.owner.connect() as conn, pytest.raises(DBAPIError, match="TRUNCATE is refused"):
        conn.execute(sa.text(f"truncate {table} cascade"))


@pytest.mark.parametrize(("table", "columns"), [(table.name, {*table.columns.keys()}) for table in versioned_tables()])
def test_no_role_of_the_application_may_write_history(worker_database, table, columns):
    for role in (worker_database.roles.writer, worker_database.roles.reader):
        with worker_database.owner.connect() as conn:
            conn.execute(sa.text(f'set role "{role}"'))
            stamp = "load_id" if "load_id" in columns else "revision"
            for sql in (f"delete from history.{table}", f"update history.{table} set {stamp} = 0"):
                with pytest.raises(DBAPIError, match="permission denied"):
                    conn.execute(sa.text(sql))
                conn.rollback()
                conn.execute(sa.text(f'set role "{role}"'))


def test_writers_may_not_touch_revisions_or_counter(worker_database):
    for sql in (
        "update history.revision_counter set last_revision = 9",
        "insert into history.revisions values (9, now(), 'edit', null, 'x', 'x', null, null, '', null)",
        "delete from history.revisions",
        "select history.open_revision()",
    ):
        with worker_database.writing(author=None, reason=None) as conn, pytest.raises(DBAPIError, match="denied"):
            conn.execute(sa.text(sql))


def test_triggers_fire_for_replicated_sessions_too(database):
    with database.owner.connect() as conn:
        states = conn.scalars(
            sa.text(
                "select distinct tgenabled::text from pg_trigger where tgname like 'daybook\\_%' and not tgisinternal"
            )
        ).all()
    assert states == ["A"]


def test_the_key_of_a_row_cannot_be_changed(database):
    write(database, "insert into households (household_id) values (1)")
    with pytest.raises(DBAPIError, match="the key of households cannot be changed"):
        write(database, "update households set household_id = 2")


def test_business_settings_are_fixed_once_stored(database):
    write(database, "insert into business_settings (time_zone) values ('Europe/Paris')")
    with database.owner.begin() as conn, pytest.raises(DBAPIError, match="only ever added"):
        conn.execute(sa.text("update business_settings set time_zone = 'UTC'"))


def test_a_forged_revision_setting_is_refused_or_overruled(database):
    write(database, "insert into regions (name) values ('North')")
    with pytest.raises(DBAPIError, match="kept by the database"):
        write(
            database,
            "insert into regions (name) select n || set_config('daybook.revision', '7', true) from generate_series(1, 2) n",
        )


def test_the_chain_holds_and_shows_a_forged_reason(database):
    for name in ("A", "B", "C"):
        write(database, f"insert into regions (name) values ('{name}')")
    assert broken(database) == []
    with database.owner.begin() as conn:
        conn.execute(sa.text("update history.revisions set reason = 'forged' where revision = 2"))
    assert broken(database) == [(2, "its hash does not match its content")]


def test_the_chain_shows_a_removed_revision_and_a_cut_end(database):
    for name in ("A", "B", "C"):
        write(database, f"insert into regions (name) values ('{name}')")
    with database.owner.begin() as conn:
        conn.execute(sa.text("delete from history.revision_tables where revision = 3"))
        conn.execute(sa.text("delete from history.revisions where revision = 3"))
    assert broken(database) == [(3, "the chain does not end where the counter says")]


def test_a_row_changed_with_the_triggers_off_no_longer_fits_its_digest(database):
    write(database, "insert into households (household_id, age) values (1, 'a'), (2, 'a')")
    compare = (
        "select t.digest = (history.table_changes(t.table_name, t.revision)).digest from history.revision_tables t"
    )
    with database.owner.begin() as conn:
        assert scalar(conn, compare) is True
        for trigger in ("daybook_open", "daybook_stamp", "daybook_updated"):
            conn.execute(sa.text(f"alter table households disable trigger {trigger}"))
        conn.execute(sa.text("update households set age = 'forged' where household_id = 2"))
        assert scalar(conn, compare) is False


def test_a_revision_sealed_early_is_sealed_again_at_commit(database):
    write(
        database,
        "insert into regions (name) values ('A')",
        "set constraints all immediate",
        "insert into regions (name) values ('B')",
    )
    assert broken(database) == []
    with database.owner.connect() as conn:
        assert scalar(conn, "select rows_added from history.revision_tables") == 2


def test_edits_by_many_writers_are_numbered_in_commit_order_without_gaps(database):
    write(database, "insert into households (household_id, age) select n, 'a' from generate_series(1, 8) n")

    def edit(worker: int) -> None:
        for n in range(20):
            write(database, f"update households set age = '{worker}.{n}' where household_id = {worker % 8 + 1}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(edit, range(8)))
    with database.owner.connect() as conn:
        assert conn.scalars(sa.text("select revision from history.revisions order by 1")).all() == list(range(1, 162))
    assert broken(database) == []


def test_last_revision_of_each_table(database):
    write(database, "insert into regions (name) values ('A')")
    write(database, "insert into households (household_id) values (1)")
    with database.owner.connect() as conn:
        assert last_revisions(conn, tables=["regions", "households", "targets"]) == (
            ("households", 2),
            ("regions", 1),
            ("targets", 0),
        )


def test_a_snapshot_is_asked_once_for_the_last_revision_of_a_table(database):
    write(database, "insert into regions (name) values ('A')")
    heard = []

    def hear(conn, cursor, statement, *others):
        heard.append(statement)

    sa.event.listen(database.reader, "before_cursor_execute", hear)
    try:
        with database.reading(Scope.everything()) as conn:
            last_revisions(conn, tables=["regions"])
            write(database, "insert into regions (name) values ('B')")  # by somebody else, after the snapshot
            for tables in (["stores", "regions"], ["regions", "stores"]):
                assert last_revisions(conn, tables=tables) == (("regions", 1), ("stores", 0))
    finally:
        sa.event.remove(database.reader, "before_cursor_execute", hear)
    assert sum("history.revision_tables" in statement for statement in heard) == 2
    for _ in range(2):  # the same connection, another snapshot
        with database.reading(Scope.everything()) as conn:
            assert last_revisions(conn, tables=["regions"]) == (("regions", 2),)
    with database.owner.begin() as conn:  # no snapshot: what others save is seen
        assert last_revisions(conn, tables=["regions"]) == (("regions", 2),)
        write(database, "insert into regions (name) values ('C')")
        assert last_revisions(conn, tables=["regions"]) == (("regions", 3),)


class TestFacts:
    def test_a_load_is_a_revision_and_its_lines_carry_the_load(self, database):
        with database.owner.begin() as conn:
            revision = World(conn).lines(LINES)
        with database.owner.connect() as conn:
            assert scalar(conn, "select l.revision from sales_lines s join loads l using (load_id) limit 1") == revision
            assert scalar(conn, "select rows_added from history.revision_tables where table_name = 'sales_lines'") == 2
        assert broken(database) == []

    def test_lines_cannot_be_written_without_a_load(self, database):
        with database.owner.begin() as conn:
            World(conn).lines(LINES)
        insert = (
            "insert into facts.sales_lines_2017_02 (basket_id, product_id, sold_at, sold_on, store_id, household_id, quantity,"
            " net_cents, retail_discount_cents, coupon_discount_cents, coupon_match_cents, load_id, occurrence)"
            " values (9, 1, now(), '2017-02-01', 1, 1, 1, 1, 0, 0, 0, 1, 1)"
        )
        with pytest.raises(DBAPIError, match="written by loads alone"):
            write(database, insert)
        for sql in ("update facts.sales_lines_2017_02 set net_cents = 0", "delete from facts.sales_lines_2017_02"):
            with database.owner.begin() as conn, pytest.raises(DBAPIError, match="only ever added|loads alone"):
                conn.execute(sa.text(sql))

    def test_a_load_that_was_never_recorded_cannot_commit(self, database):
        with pytest.raises(DBAPIError, match="never recorded"):
            write(database, "select history.open_load('sales_lines')")

    def test_a_load_number_of_another_transaction_is_refused(self, database):
        with pytest.raises(DBAPIError, match="not open in this transaction"):
            write(database, "select history.record_load(1, 'f', ''::bytea, now(), null, null, 0)")

    def test_readers_see_only_the_stores_of_their_scope_and_nothing_without_one(self, database):
        with database.owner.begin() as conn:
            World(conn).lines(LINES.replace("2       10       1", "2       10       2"))
        count = "select count(*) from sales_lines"
        for scope, lines in ((Scope.everything(), 2), (Scope.of_stores(2), 1), (Scope.of_stores(), 0)):
            with database.reading(scope) as conn:
                assert scalar(conn, count) == lines
        with database.owner.begin() as conn:
            conn.execute(sa.text(f'set local role "{database.roles.reader}"'))
            assert scalar(conn, count) == 0

    def test_readers_cannot_reach_partitions_or_write(self, database):
        with database.owner.begin() as conn:
            World(conn).lines(LINES)
        for sql in ("select * from facts.sales_lines_2017_02", "select * from accounts.accounts"):
            with database.reading(Scope.everything()) as conn, pytest.raises(DBAPIError, match="permission denied"):
                conn.execute(sa.text(sql))
        with database.owner.begin() as conn:
            conn.execute(sa.text(f'set local role "{database.roles.reader}"'))
            with pytest.raises(DBAPIError, match="permission denied"):
                conn.execute(sa.text("update products set brand = 'x'"))

    def test_the_accounts_role_sees_no_sales(self, database):
        with database.accounts() as conn, pytest.raises(DBAPIError, match="permission denied"):
            conn.execute(sa.text("select * from sales_lines"))

    def test_a_replaced_period_moves_its_lines_to_history(self, database):
        with database.owner.begin() as conn:
            World(conn).lines(LINES)
        with database.writing(author="mia", reason="restated", kind="load") as conn:
            load = scalar(conn, "select history.open_load('sales_lines')")
            removed = scalar(
                conn, "select history.end_facts(:load, 'sales_lines', '2017-02-01', '2017-03-01')", load=load
            )
            revision = scalar(
                conn,
                "select history.record_load(:load, 'f', 'abc'::bytea, now(), '2017-02-01', '2017-03-01', 0)",
                load=load,
            )
        assert removed == 1
        with database.owner.connect() as conn:
            assert scalar(conn, "select count(*) from sales_lines") == 1
            assert scalar(conn, "select ended_by_load from history.sales_lines") == load
            row = conn.execute(
                sa.text(
                    "select rows_added, rows_removed from history.revision_tables where table_name = 'sales_lines'"
                    " and revision = :r"
                ),
                {"r": revision},
            ).one()
        assert tuple(row) == (0, 1)
        assert broken(database) == []
