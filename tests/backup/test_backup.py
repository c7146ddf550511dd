"""A backup holds everything as it was, and what is damaged or does not fit is refused before anything is written."""

import hashlib
import json
import re
import stat
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from data.accounts.accounts import account_list
from data.accounts.scopes import set_scope
from data.backup import restoring, writing
from data.backup.digests import TableDigest, table_digests
from data.backup.manifest import DUMP, MANIFEST, SUMS, Manifest, read_manifest, write_manifest
from data.backup.restoring import restore_backup
from data.backup.writing import write_backup
from data.db import Database, make_engine
from data.doctor import examine
from data.errors import BackupError, UsageError
from data.loading.load import load_file
from data.loading.options import Options
from data.loading.progress import silent
from data.queries.metrics import metric_result
from data.scope import Scope
from data.semantic.question import Query
from tests.changes.shop import edit
from tests.factories.accounts import AccountFactory
from tests.spec.world import World

LINES = """
basket  product  store  household  sold_on     quantity  net
1       10       1      7          2017-02-01  2         3.10
2       10       2      7          2017-03-08  1         1.50
"""
NET = Query(("net_sales",))


@pytest.fixture
def shop(database):
    with database.owner.begin() as conn:
        World(conn).lines(LINES)
    edit(database, "products", "10", brand='O\'Hara "Ours" \\N')
    with database.accounts() as conn:
        account = AccountFactory(conn=conn, username="mia")
        set_scope(conn, username=account.username, stores=[1])
    return database


@pytest.fixture
def empty(empty_database_url):
    engine = make_engine(empty_database_url())
    database = Database(engine, engine, engine)
    yield database
    database.dispose()


@pytest.fixture
def kept(shop, tmp_path):
    """A backup of the shop."""
    write_backup(shop, tmp_path / "kept")
    return tmp_path / "kept"


def digests(database):
    with database.owner.begin() as conn:
        return table_digests(conn, progress=silent, total=None, phase="")


def sign(folder, **changes):
    """Write the manifest anew, changed, with sums that fit the files as they are now."""
    told = json.loads((folder / MANIFEST).read_text()) | changes
    tables = {name: TableDigest(**table) for name, table in told.pop("tables").items()}
    write_manifest(folder, Manifest(**told, tables=tables))


class TestRestored:
    def test_every_table_is_as_it_was(self, shop, kept, empty):
        before = digests(shop)
        restore_backup(empty, kept)
        assert digests(empty) == before
        assert before["accounts.accounts"].rows == 1
        assert before["facts.sales_lines_2017_02"].rows == 1
        assert before["history.products"].rows > 0

    def test_it_works_as_before_under_its_roles_and_passes_every_check(self, kept, empty):
        restore_backup(empty, kept)
        assert [finding.detail for finding in examine(empty.owner) if not finding.ok] == []
        with empty.reading(Scope.everything()) as conn:
            assert metric_result(conn, NET, scope=Scope.everything()).frame["net_sales"].tolist() == [460]
        with empty.reading(Scope.of_stores(1)) as conn:
            assert conn.scalar(sa.text("select count(*) from sales_lines")) == 1
            with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
                conn.execute(sa.text("select * from accounts.accounts"))
        with empty.accounts() as conn:
            assert [account.username for account in account_list(conn)] == ["mia"]
        edit(empty, "products", "10", brand="Theirs")
        with empty.owner.connect() as conn:
            assert conn.scalar(sa.text("select max(revision) from history.revisions")) == 3

    def test_files_are_loaded_as_before(self, kept, empty, tmp_path):
        restore_backup(empty, kept)
        (tmp_path / "sales.csv").write_text(
            "basket,product,store,household,sold_at,quantity,net,retail_discount,coupon_discount,coupon_match\n"
            "77,10,1,7,2017-05-01 10:00:00,1,2.50,0,0,0\n"
        )
        load_file(empty, "sales", tmp_path / "sales.csv", options=Options())
        with empty.reading(Scope.everything()) as conn:
            assert metric_result(conn, NET, scope=Scope.everything()).frame["net_sales"].tolist() == [710]

    def test_rights_on_the_database_are_those_after_migrating(self, kept, empty):
        def rights(database):
            stmt = sa.text(
                "select r.rolname like '%\\_keeper' as keeper, p.privilege_type from pg_database d,"
                " aclexplode(d.datacl) p left join pg_roles r on r.oid = p.grantee"
                " where d.datname = current_database() and d.datdba <> p.grantee order by 1, 2"
            )
            with database.owner.connect() as conn:
                return conn.execute(stmt).all()

        restore_backup(empty, kept)
        found = [tuple(right) for right in rights(empty)]
        others = [(False, "CONNECT")] * 3 + [(False, "TEMPORARY")]  # writer, reader and accounts; the writer's files
        assert found == [*others, (True, "CONNECT"), (True, "TEMPORARY")]
        assert None not in {right.keeper for right in rights(empty)}

    def test_what_the_login_owned_is_the_new_logins(self, kept, empty):
        with empty.owner.connect() as conn:
            me = str(conn.scalar(sa.text("select current_user")))
        fed: list[bytes] = []
        to = SimpleNamespace(write=fed.append)
        restoring._feed(to, kept / DUMP, read_manifest(kept), 'odd "login', silent)
        assert b'ALTER TABLE public.alembic_version OWNER TO "odd ""login";\n' in fed
        assert not any(line.endswith(f" {me};\n".encode()) for line in fed)

    def test_the_rows_that_go_by_are_told(self, kept, empty):
        heard = {}
        restore_backup(empty, kept, progress=lambda rows, total, phase: heard.update({phase: (rows, total)}))
        rows = read_manifest(kept).rows
        assert heard["restoring"] == (rows, rows)
        assert heard["comparing tables"] == (rows, rows)


class TestWritten:
    def test_it_is_of_one_moment_while_others_go_on(self, shop, tmp_path, monkeypatch, empty):
        before, dump = digests(shop), writing._dump

        def meanwhile(*arguments, **named):
            edit(shop, "products", "10", brand="Meanwhile")
            dump(*arguments, **named)

        monkeypatch.setattr(writing, "_dump", meanwhile)
        made = write_backup(shop, tmp_path / "kept")
        assert made.head.startswith("2:")
        restore_backup(empty, tmp_path / "kept")
        assert digests(empty) == before != digests(shop)

    def test_only_its_owner_can_read_it(self, kept):
        assert stat.S_IMODE(kept.stat().st_mode) == 0o700

    def test_the_sums_are_those_that_sha256sum_reads(self, kept):
        lines = (kept / SUMS).read_text().splitlines()
        assert [re.fullmatch(r"[0-9a-f]{64}  (\S+)", line)[1] for line in lines] == [DUMP, MANIFEST]

    def test_a_folder_with_something_in_it_is_left_alone(self, shop, kept):
        with pytest.raises(UsageError, match="must be new or empty"):
            write_backup(shop, kept)
        assert read_manifest(kept).rows > 0

    def test_an_empty_folder_is_used(self, shop, tmp_path):
        (tmp_path / "mounted").mkdir()
        assert write_backup(shop, tmp_path / "mounted").migration == read_manifest(tmp_path / "mounted").migration

    def test_a_dump_that_lacks_rows_is_no_backup_and_nothing_is_left(self, shop, tmp_path, monkeypatch):
        def more(conn, **named):
            return table_digests(conn, **named) | {"public.gone": TableDigest(3, "0")}

        monkeypatch.setattr(writing, "table_digests", more)
        with pytest.raises(BackupError, match=r"does not hold every row: public.gone has 3 rows, the dump 0"):
            write_backup(shop, tmp_path / "kept")
        assert list(tmp_path.iterdir()) == []

    def test_a_server_that_refuses_the_dump_is_quoted(self, shop, tmp_path, monkeypatch):
        dump = writing._dump
        monkeypatch.setattr(writing, "_dump", lambda url, path, **named: dump(url, path, **named | {"snapshot": "0-0"}))
        with pytest.raises(BackupError, match="the database was not dumped: pg_dump: error: .*snapshot"):
            write_backup(shop, tmp_path / "kept")
        assert list(tmp_path.iterdir()) == []


class TestRefused:
    @pytest.mark.parametrize("name", [DUMP, MANIFEST])
    def test_a_damaged_file_is_named_and_nothing_is_restored(self, kept, empty, name):
        content = bytearray((kept / name).read_bytes())
        content[len(content) // 2] ^= 1
        (kept / name).write_bytes(content)
        with pytest.raises(BackupError, match=f"{name} is damaged: its SHA-256 is .*nothing was restored"):
            restore_backup(empty, kept)
        assert digests(empty) == {}

    @pytest.mark.parametrize("name", [DUMP, MANIFEST, SUMS])
    def test_a_missing_file_is_named(self, kept, empty, name):
        (kept / name).unlink()
        with pytest.raises(BackupError, match=f"no whole backup: {name} is missing"):
            restore_backup(empty, kept)

    def test_a_cut_dump_restores_nothing_even_with_sums_that_fit(self, kept, empty):
        content = (kept / DUMP).read_bytes()
        (kept / DUMP).write_bytes(content[: len(content) * 2 // 3])
        sign(kept)
        with pytest.raises(BackupError, match="daybook.dump cannot be read: pg_restore: error"):
            restore_backup(empty, kept)
        assert digests(empty) == {}

    def test_a_database_that_is_in_use_is_left_alone(self, shop, kept):
        before = digests(shop)
        with pytest.raises(BackupError, match=r"is not empty: it has \d+ tables and sequences, such as "):
            restore_backup(shop, kept)
        assert digests(shop) == before

    def test_a_backup_of_a_newer_daybook_says_which_one_it_needs(self, kept, empty):
        sign(kept, migration="9999", daybook="7.0.0")
        with pytest.raises(BackupError, match="at migration 9999, .*restore it with Daybook 7.0.0 or newer"):
            restore_backup(empty, kept)

    def test_a_backup_of_a_newer_server_is_refused(self, kept, empty):
        sign(kept, server=99)
        with pytest.raises(BackupError, match="of PostgreSQL 99; the server must not be older"):
            restore_backup(empty, kept)

    def test_what_differs_after_all_is_named(self, kept, empty):
        tables = json.loads((kept / MANIFEST).read_text())["tables"]
        tables["public.products"]["digest"] = "1"
        sign(kept, tables=tables)
        with pytest.raises(BackupError, match="differs from the backup in public.products: do not use it"):
            restore_backup(empty, kept)

    def test_a_statement_that_fails_leaves_the_database_empty(self, kept, empty, monkeypatch):
        feed = restoring._feed

        def failing(to, *rest):
            feed(to, *rest)
            to.write(b"select 1 / 0;\n")

        monkeypatch.setattr(restoring, "_feed", failing)
        with pytest.raises(BackupError, match="nothing was restored: .*ERROR:.*division by zero"):
            restore_backup(empty, kept)
        assert digests(empty) == {}

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', '{"format": 2}'])
    def test_what_is_no_manifest_is_refused(self, kept, empty, text):
        (kept / MANIFEST).write_text(text)
        sums = [f"{hashlib.sha256((kept / name).read_bytes()).hexdigest()}  {name}\n" for name in (DUMP, MANIFEST)]
        (kept / SUMS).write_text("".join(sums))
        with pytest.raises(BackupError, match=MANIFEST):
            restore_backup(empty, kept)
