"""Every command answers with figures or with one clear line; 1 is the data or the server, 2 is the request."""

import csv
import getpass
import io
import json
import socket

import pandas as pd
import pytest
import sqlalchemy as sa

from dashboard.cli import COMMANDS
from data.accounts.accounts import find_account
from data.accounts.audit import Wanted, audit_events
from data.accounts.scopes import set_scope
from data.accounts.sessions import open_ticket, redeem_ticket
from tests.factories.accounts import AccountFactory
from tests.spec.world import World

LINES = """
basket  product  store  household  sold_on     quantity  net
1       10       1      7          2017-02-01  2         3.10
2       10       2      7          2017-03-08  1         1.50
"""
GOOD = "an old lamp on the pier"


@pytest.fixture
def shop(database):
    with database.owner.begin() as conn:
        World(conn).lines(LINES)
    return database


def assert_one_line(done, code):
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("daybook: ")


def test_every_command_has_help(run):
    overview = run("--help")
    assert overview.returncode == 0
    for name in COMMANDS:
        assert name in overview.stdout
        assert run(name, "--help").returncode == 0


class TestQuery:
    def test_csv_has_money_in_units_of_currency(self, run, shop):
        done = run("query", "--metrics", "net_sales,baskets", "--by", "store", database=shop)
        assert done.stdout == "store,store_label,net_sales,baskets\n1,Store 1,3.10,1\n2,Store 2,1.50,1\n"

    def test_json_numbers_are_exact(self, run, shop):
        done = run("query", "--metrics", "net_sales,average_basket", "--format", "json", database=shop)
        assert json.loads(done.stdout) == [{"net_sales": 4.6, "average_basket": 2.3}]
        assert "4.6" in done.stdout
        assert "0000" not in done.stdout

    def test_parquet_can_be_read_back(self, run, shop, tmp_path):
        file = tmp_path / "out.parquet"
        run(
            "query",
            "--metrics",
            "lines",
            "--grain",
            "month",
            "--format",
            "parquet",
            "--output",
            str(file),
            database=shop,
        )
        assert pd.read_parquet(file)["lines"].tolist() == [1, 1]
        with shop.accounts() as conn:
            (line,) = audit_events(conn, Wanted(kinds=("export",)))
        assert (line.via, line.details["file"], line.details["bytes"]) == (
            "command",
            "out.parquet",
            file.stat().st_size,
        )
        assert line.details["revision"] > 0

    def test_where_start_and_end_narrow_it(self, run, shop):
        done = run(
            "query", "--metrics", "lines", "--where", "store=1,2", "--start", "2017-03-01", "--end", "2017-04-01",
            database=shop,
        )  # fmt: skip
        assert done.stdout == "lines\n1\n"

    def test_a_member_with_a_comma_can_be_quoted(self, run, shop):
        done = run("query", "--metrics", "lines", "--where", 'department="GROCERY","a, b"', database=shop)
        assert done.stdout == "lines\n2\n"

    def test_the_statement_can_be_shown(self, run, shop):
        said = run("query", "--metrics", "lines", "--sql", database=shop).stdout.lower()
        assert said.startswith("-- reads the rollup sales_totals\nwith grouped as")

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["--metrics", "net_sale"], "did you mean 'net_sales'"),
            (["--metrics", "lines", "--grain", "hour"], "grain must be one of day, week, month"),
            (
                ["--metrics", "lines", "--start", "yesterday"],
                "--start must be a date such as 2017-02-01; got 'yesterday'",
            ),
            (["--metrics", "lines", "--where", "store"], "--where must be dimension=key,key; got 'store'"),
            (["--metrics", "lines", "--where", "store=abc"], "whole numbers; got 'abc'"),
            (
                ["--metrics", "lines", "--where", "store=\N{SUPERSCRIPT TWO}"],
                "whole numbers; got '\N{SUPERSCRIPT TWO}'",
            ),
            (["--metrics", "lines", "--where", "shop=1"], "no such dimension: 'shop'"),
            (["--metrics", ""], "at least one metric"),
        ],
    )
    def test_wrong_requests_say_the_rule_and_the_value(self, run, shop, arguments, words):
        done = run("query", *arguments, database=shop)
        assert_one_line(done, 2)
        assert words in done.stderr


class TestRevisions:
    def test_the_list_and_one_of_it(self, run, shop):
        assert "sales_lines" in run("revisions", "list", database=shop).stdout
        shown = run("revisions", "show", "1", database=shop).stdout
        assert "sales_lines: 2 added" in shown
        assert "hash " in shown

    def test_an_unknown_one_names_the_newest(self, run, shop):
        done = run("revisions", "show", "99", database=shop)
        assert_one_line(done, 2)
        assert "no such revision: 99; the newest is 1" in done.stderr


class TestUsers:
    def test_add_list_change_and_disable(self, run, database):
        assert run("users", "add", "mia", "--password-stdin", database=database, typed=f"{GOOD}\n").returncode == 0
        assert run("users", "set-role", "mia", "manager", database=database).returncode == 0
        assert run("users", "list", database=database).stdout == "mia\tmanager\tactive\tmia\teverything\n"
        run("users", "disable", "mia", database=database)
        assert "disabled" in run("users", "list", database=database).stdout
        run("users", "enable", "mia", database=database)
        assert "active" in run("users", "list", database=database).stdout

    def test_a_generated_password_is_printed_once(self, run, database):
        done = run("users", "add", "mia", "--generate", database=database)
        assert "Password, shown once: " in done.stdout
        assert "Password, shown once: " in run("users", "set-password", "mia", "--generate", database=database).stdout

    def test_a_scope_is_set_listed_and_taken_away(self, run, shop):
        with shop.owner.begin() as conn:
            conn.execute(sa.text("insert into regions (name) values ('North'), ('South, far')"))
        run("users", "add", "mia", "--generate", database=shop)
        for options, scope in (
            (["--stores", "2, 1,2"], "stores 1, 2"),
            (["--regions", 'North,"South, far"'], "regions North, South, far"),
            (["--stores", "1", "--regions", "North"], "stores 1; regions North"),
            (["--everything"], "everything"),
        ):
            done = run("users", "set-scope", "mia", *options, database=shop)
            assert (done.returncode, done.stdout) == (0, f"mia sees {scope} now.\n")
            assert run("users", "list", database=shop).stdout == f"mia\tanalyst\tactive\tmia\t{scope}\n"

    @pytest.mark.parametrize(
        ("arguments", "code", "words"),
        [
            (["mia"], 2, "--stores or --regions or both, or else --everything"),
            (["mia", "--everything", "--stores", "1"], 2, "or else --everything"),
            (["mia", "--stores", ""], 2, "--stores must name at least one; got ''"),
            (["mia", "--regions", "a\nb"], 2, "--regions must name at least one; got 'a\\nb'"),
            (["mia", "--stores", "1,two"], 2, "--stores must be store numbers, separated by commas; got 'two'"),
            (["mia", "--stores", "9" * 5000], 2, "must be store numbers"),
            (["mia", "--stores", "1,99"], 2, "no such store: 99"),
            (["mia", "--stores", "1,99999999999"], 2, "no such store: 99999999999"),
            (["mia", "--regions", "Nrth"], 2, "no such region: 'Nrth'; known are "),
            (["nobody", "--stores", "1"], 1, "no such account: 'nobody'"),
        ],
    )
    def test_a_scope_that_is_none_changes_nothing(self, run, shop, arguments, code, words):
        with shop.accounts() as conn:
            AccountFactory(conn=conn, username="mia")
            set_scope(conn, username="mia", stores=[2])
        done = run("users", "set-scope", *arguments, database=shop)
        assert_one_line(done, code)
        assert words in done.stderr
        with shop.accounts() as conn:
            assert find_account(conn, username="mia").scope_stores == (2,)

    def test_a_password_set_for_somebody_has_to_be_replaced_but_not_one_that_an_account_was_made_with(
        self, run, database
    ):
        run("users", "add", "mia", "--generate", database=database)
        for must_change in (False, True):
            with database.accounts() as conn:
                assert find_account(conn, username="mia").must_change_password is must_change
            done = run("users", "set-password", "mia", "--generate", database=database)
            assert "the next login asks for its own" in done.stdout

    def test_an_account_can_be_made_so_that_its_first_login_asks_for_another_password(self, run, database):
        run("users", "add", "mia", "--generate", "--must-change", database=database)
        assert run("users", "set-name", "mia", "Mia K", database=database).stdout == "mia is shown as Mia K now.\n"
        with database.accounts() as conn:
            mia = find_account(conn, username="mia")
        assert (mia.display_name, mia.must_change_password) == ("Mia K", True)

    def test_sessions_are_listed_and_ended_one_by_one_or_all_at_once(self, run, database):
        with database.accounts() as conn:
            for name in ("mia", "bob"):
                account = AccountFactory(conn=conn, username=name)
                for _ in range(2):
                    ticket = open_ticket(conn, account_id=account.account_id, browser="b")
                    redeem_ticket(conn, ticket=ticket, browser="b", address="10.0.0.7", user_agent="Tests\t1.0")
        assert len(run("users", "sessions", database=database).stdout.splitlines()) == 4
        first, second = (
            line.split("\t") for line in run("users", "sessions", "mia", database=database).stdout.splitlines()
        )
        assert (first[1], *first[4:]) == ("mia", "10.0.0.7", "Tests 1.0")
        done = run("users", "revoke", "mia", "--session", first[0], database=database)
        assert done.stdout == "Ended 1 session of mia.\n"
        left = run("users", "sessions", "mia", database=database).stdout
        assert [line.split("\t")[0] for line in left.splitlines()] == [second[0]]
        assert run("users", "revoke", "bob", database=database).stdout == "Ended 2 sessions of bob.\n"
        assert run("users", "revoke", "bob", database=database).stdout == "Ended 0 sessions of bob.\n"

    def test_the_trail_names_who_typed_and_is_narrowed(self, run, database):
        run("users", "add", "mia", "--generate", database=database)
        run("users", "set-role", "mia", "manager", database=database)
        run("users", "add", "bob", "--generate", database=database)
        rows = list(csv.DictReader(io.StringIO(run("users", "audit", database=database).stdout)))
        assert [(row["kind"], row["via"], row["actor"], row["subject"]) for row in rows] == [
            ("account_created", "command", getpass.getuser(), "bob"),
            ("role_changed", "command", getpass.getuser(), "mia"),
            ("account_created", "command", getpass.getuser(), "mia"),
        ]
        assert json.loads(rows[1]["details"]) == {"before": "analyst", "after": "manager"}
        for options, lines in (
            (["--account", "MIA"], 2),
            (["--kind", "role_changed", "--kind", "export"], 1),
            (["--limit", "1"], 1),
            (["--before", rows[0]["event"]], 2),
            (["--all"], 3),
            (["--since", "2001-01-01", "--until", "2001-01-02T03:00+01:00"], 0),
        ):
            done = run("users", "audit", *options, database=database)
            assert (done.returncode, len(done.stdout.splitlines())) == (0, lines + 1)

    @pytest.mark.parametrize(
        ("arguments", "typed", "code", "words"),
        [
            (["add", "mia", "--password-stdin"], "short\n", 1, "at least 15 characters"),
            (["add", "mia", "--password-stdin", "--generate"], "", 2, "exclude each other"),
            (["set-role", "nobody", "admin"], "", 1, "no such account: 'nobody'"),
            (["sessions", "nobody"], "", 1, "no such account: 'nobody'"),
            (["revoke", "nobody"], "", 1, "no such account: 'nobody'"),
            (["audit", "--kind", "lunch"], "", 2, "--kind must be one of login, login_failed"),
            (
                ["audit", "--since", "soon"],
                "",
                2,
                "--since must be a date or an instant such as 2026-03-01; got 'soon'",
            ),
        ],
    )
    def test_refusals(self, run, database, arguments, typed, code, words):
        done = run("users", *arguments, database=database, typed=typed)
        assert_one_line(done, code)
        assert words in done.stderr

    def test_a_session_that_is_none_is_told_with_the_way_to_the_list(self, run, database):
        with database.accounts() as conn:
            AccountFactory(conn=conn, username="mia")
        done = run("users", "revoke", "mia", "--session", "beef", database=database)
        assert_one_line(done, 2)
        assert "mia has no session 'beef'; `daybook users sessions mia` lists them" in done.stderr


def _line(done, start):
    return next(line for line in done.stdout.splitlines() if line.startswith(start))


class TestDoctorMigratePsql:
    def test_the_doctor_passes_a_sound_database(self, run, shop):
        done = run("doctor", database=shop)
        assert done.returncode == 0
        marks = {line.split(":")[0] for line in done.stdout.splitlines() if not line.startswith("  ")}
        sound = ("server", "rights", "migrations", "revisions", "row history", "facts", "members", "dates")
        assert {f"ok    {check}" for check in sound} <= marks
        assert not any(mark.startswith("FAIL") for mark in marks)

    def test_the_doctor_compares_rollups_and_makes_one_that_differs_anew(self, run, shop):
        with shop.owner.begin() as conn:
            rows = conn.exec_driver_sql("update sales_baskets set line_count = line_count + 1").rowcount
        found = run("doctor", "--rollups", database=shop)
        assert found.returncode == 1
        assert "rows, now and past, are what the facts add up to" in _line(found, "ok    rollup sales_days")
        differ = f"{2 * rows} rows differ from what the facts add up to; `daybook doctor --rollups --repair`"
        assert differ in _line(found, "FAIL  rollup sales_baskets")
        assert "differ from what sales_baskets add up to" in _line(found, "FAIL  rollup sales_totals")
        mended = run("doctor", "--rollups", "--repair", database=shop)
        assert mended.returncode == 0
        assert f"made anew from the facts; {rows} rows" in _line(mended, "ok    rollup sales_baskets")
        assert "are what sales_baskets add up to" in _line(mended, "ok    rollup sales_totals")  # made anew with it
        assert run("doctor", "--rollups", database=shop).returncode == 0

    def test_only_rollups_can_be_repaired(self, run, shop):
        assert_one_line(run("doctor", "--repair", database=shop), 2)

    def test_what_is_only_worth_a_look_does_not_fail_the_doctor(self, run, shop):
        done = run("doctor", database=shop, DAYBOOK_PROT="9000")
        assert done.returncode == 0
        assert "note  settings: DAYBOOK_PROT is set" in done.stdout

    def test_the_doctor_sends_an_empty_one_to_migrate_and_it_helps(self, run, empty_database_url):
        url = empty_database_url()
        done = run("doctor", DATABASE_URL=url)
        assert done.returncode == 1
        assert "FAIL  migrations: at nothing" in done.stdout
        assert "run `daybook migrate`" in run("query", "--metrics", "lines", DATABASE_URL=url).stderr
        assert run("migrate", DATABASE_URL=url).returncode == 0
        assert run("doctor", DATABASE_URL=url).returncode == 0

    def test_psql_is_the_writer_and_what_it_does_is_a_revision(self, run, shop):
        done = run("psql", "-At", "-c", "select current_user = session_user", database=shop)
        assert done.stdout == "f\n"
        run("psql", "-c", "update products set brand = 'x'", database=shop)
        login = shop.owner.url.username
        assert login in run("revisions", "list", "--limit", "1", database=shop).stdout
        refused = run("psql", "-c", "truncate products", database=shop)
        assert refused.returncode != 0

    @pytest.mark.parametrize("url", ["hidden-word", "mysql://u:hidden-word@h/d", "postgresql://u:hidden-word@h:port/d"])
    def test_an_address_that_is_none_is_one_line(self, run, url):
        done = run("query", "--metrics", "lines", DATABASE_URL=url)
        assert_one_line(done, 2)
        assert "must be like postgresql://" in done.stderr
        assert "hidden-word" not in done.stderr

    def test_a_server_that_does_not_answer_is_one_line(self, run):
        done = run("query", "--metrics", "lines", DATABASE_URL="postgresql://u:hidden-word@127.0.0.1:1/d")
        assert_one_line(done, 1)
        assert "hidden-word" not in done.stderr


class TestUp:
    def test_a_taken_port_is_one_line_and_nothing_else_is_done(self, run, database):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            done = run("up", "--port", str(port), database=database)
        assert_one_line(done, 1)
        assert f"port {port} on 127.0.0.1 cannot be used" in done.stderr

    def test_a_host_that_is_none_is_one_line(self, run, database):
        done = run("up", "--host", "nowhere.invalid", "--port", "1025", database=database)
        assert_one_line(done, 1)
        assert "port 1025 on nowhere.invalid cannot be used" in done.stderr
        assert "Unknown error" not in done.stderr

    def test_an_admin_password_is_judged_before_the_sample_is_loaded(self, run, database):
        done = run("up", "--port", "1026", database=database, DAYBOOK_ADMIN_PASSWORD="short")
        assert_one_line(done, 1)
        with database.owner.connect() as conn:
            assert conn.scalar(sa.text("select count(*) from loads")) == 0

    def test_an_admin_password_that_breaks_the_rules_is_refused(self, run, database):
        done = run("up", "--no-sample", "--port", "1025", database=database, DAYBOOK_ADMIN_PASSWORD="short")
        assert_one_line(done, 1)
        assert "at least 15 characters; got 5" in done.stderr

    def test_a_wrong_setting_is_one_line(self, run):
        done = run("doctor", DAYBOOK_PORT="eight")
        assert_one_line(done, 2)
        assert "DAYBOOK_PORT" in done.stderr
