"""Charts read from a streaming replica: never stale, never an error where it goes, and back there once it is back."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError, ProgrammingError
from streamlit.testing.v1 import AppTest

from dashboard import load
from dashboard.api.app import create_app
from dashboard.api.v1 import figures
from data.accounts.tokens import make_personal_token
from data.cache import ResultCache
from data.db import Database, make_engine
from data.doctor import replica_findings
from data.errors import ReplicaLost
from data.migrating import upgrade
from data.postgres import open_server
from data.postgres.layout import Layout
from data.queries.metrics import metric_result
from data.replica import Replica, State, is_lost, reading
from data.scope import Scope
from data.semantic.question import Query
from tests.factories.accounts import AccountFactory
from tests.postgres.standby import Standby
from tests.postgres.support import OPTIONS, answer, wait_until
from tests.spec.world import World

EVERYTHING = Scope.everything()
LINES = """
basket  product  store  household  sold_on     quantity  net
1       10       1      7          2017-02-01  2         3.10
2       10       2      7          2017-03-08  1         1.50
"""
_baskets = itertools.count(3)


@pytest.fixture(scope="module")
def standby(reused: Layout) -> Iterator[Standby]:
    """The replica of a database with two sales, and more with each test that sells."""
    lease = open_server(reused.home, options=OPTIONS)
    engine = make_engine(lease.server.url)
    upgrade(engine)
    with engine.begin() as conn:
        World(conn).lines(LINES)
    engine.dispose()
    standby = Standby(lease.server, reused.home.parent)
    standby.start()
    yield standby
    standby.stop()
    lease.close()


@pytest.fixture
def database(standby: Standby, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The database with its replica, which is looked at often and is read."""
    monkeypatch.setattr(reading, "LOOK_EVERY_S", 0.2)
    database = primary_of(standby)
    standby.await_replay()
    database.follow(standby.url)
    replica_of(database).watch()
    await_state(database, State.UP)
    yield database
    database.dispose()


def primary_of(standby: Standby) -> Database:
    engine = make_engine(standby.primary.url)
    return Database(engine, engine, engine)


def await_state(database: Database, state: State) -> None:
    replica = replica_of(database)
    wait_until(lambda: replica.standing.state is state, f"the replica is not {state}, but {replica.standing}")


def replica_of(database: Database) -> Replica:
    assert database.replica is not None
    return database.replica


def net_sales(conn: sa.Connection, cache: ResultCache | None = None, scope: Scope = EVERYTHING) -> int:
    return int(metric_result(conn, Query(("net_sales",)), scope=scope, cache=cache).frame["net_sales"].iloc[0])


def is_replica(conn: sa.Connection) -> bool:
    return bool(conn.scalar(sa.text("select pg_is_in_recovery()")))


def sold(standby: Standby, where: str = "true") -> int:
    """The sum as PostgreSQL adds it up on the primary."""
    return int(answer_of_primary(standby, f"select sum(net_cents) from sales_lines where {where}"))


def answer_of_primary(standby: Standby, statement: str) -> Any:
    url = sa.make_url(standby.primary.superuser_url).set(database="daybook")
    return answer(url.render_as_string(hide_password=False), statement)


def sell(database: Database, store: int = 1) -> None:
    """A revision with a sale of 1.00."""
    row = f"{next(_baskets)}  10  {store}  7  2017-03-09  1  1.00"
    with database.owner.begin() as conn:
        world = World(conn)
        world._seen |= {("product", 10), ("store", store), ("household", 7)}  # the members are there
        world.lines("basket  product  store  household  sold_on  quantity  net\n" + row)


def break_off(conn: sa.Connection, standby: Standby) -> None:
    """End the server's side of a connection to the replica, as a shutdown does."""
    pid = conn.scalar(sa.text("select pg_backend_pid()"))
    assert standby.answer(f"select pg_terminate_backend({pid}, 5000)")


class Stream:
    """Readers side by side that read the figures again and again: how long each read took, and what failed."""

    def __init__(self, database: Database, readers: int = 3) -> None:
        self.took_s: list[float] = []
        self.failed: list[BaseException] = []
        self.figures: set[int] = set()
        self._ends = threading.Event()
        self._threads = [threading.Thread(target=self._read, args=(database,)) for _ in range(readers)]

    def __enter__(self) -> Stream:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        for thread in self._threads:
            thread.join()

    def go_on(self, reads: int) -> None:
        """Wait until so many more have been read."""
        wanted = len(self.took_s) + reads
        wait_until(lambda: len(self.took_s) >= wanted or bool(self.failed), "nothing is read any more")

    def _read(self, database: Database) -> None:
        while not self._ends.is_set():
            began = time.perf_counter()
            try:
                self.figures.add(database.charted(EVERYTHING, net_sales))
            except Exception as error:
                self.failed.append(error)
            self.took_s.append(time.perf_counter() - began)


class TestWhereChartsAreRead:
    def test_charts_come_from_the_replica_and_everything_else_from_the_primary(self, database, standby):
        with database.charting(EVERYTHING) as conn:
            assert (is_replica(conn), net_sales(conn)) == (True, sold(standby))
        with database.reading(EVERYTHING) as conn:
            assert not is_replica(conn)
        with database.writing(author="somebody", reason="a test") as conn:
            assert not is_replica(conn)
        with database.accounts() as conn:
            assert not is_replica(conn)

    def test_nothing_can_be_written_there(self, database):
        with pytest.raises(InternalError, match="read-only"), database.charting(EVERYTHING) as conn:
            conn.execute(sa.text("update stores set name = 'mine'"))
        assert replica_of(database).standing.state is State.UP

    def test_who_may_see_a_part_of_the_stores_sees_that_part_there_too(self, database, standby):
        scope = Scope(frozenset({2}))
        with database.charting(scope) as conn:
            stores = conn.scalars(sa.text("select distinct store_id from sales_lines")).all()
            assert (is_replica(conn), stores) == (True, [2])
            assert net_sales(conn, scope=scope) == sold(standby, "store_id = 2") != sold(standby)
        with database.charting(Scope(frozenset())) as conn:
            assert (is_replica(conn), conn.scalar(sa.text("select count(*) from sales_lines"))) == (True, 0)

    def test_a_snapshot_stays_what_it_was(self, database, standby):
        with database.charting(EVERYTHING) as conn:
            before = net_sales(conn)
            sell(database)
            standby.await_replay()
            assert net_sales(conn) == before == sold(standby) - 100

    def test_without_an_address_there_is_only_the_primary(self, standby):
        database = primary_of(standby)
        with database.charting(EVERYTHING) as conn:
            assert not is_replica(conn)
        assert database.charted(EVERYTHING, is_replica) is False
        database.dispose()


class TestFreshness:
    def test_what_was_written_is_read_at_once_though_the_replica_has_not_replayed_it(self, database, standby):
        cache = ResultCache()
        with database.charting(EVERYTHING) as conn:
            before = net_sales(conn, cache)
        standby.answer("select pg_wal_replay_pause()")
        wait_until(lambda: standby.answer("select pg_get_wal_replay_pause_state()") == "paused", "it does not pause")
        try:
            sell(database)
            with database.charting(EVERYTHING) as conn:
                assert (is_replica(conn), net_sales(conn, cache)) == (False, before + 100)
            assert replica_of(database).reads[State.BEHIND] == 1
        finally:
            standby.answer("select pg_wal_replay_resume()")
        standby.await_replay()
        with database.charting(EVERYTHING) as conn:
            assert (is_replica(conn), net_sales(conn, cache), net_sales(conn)) == (True, before + 100, before + 100)

    def test_no_read_of_a_stream_of_writes_is_older_than_the_write_before_it(self, database, standby):
        for _ in range(25):
            sell(database)
            assert database.charted(EVERYTHING, net_sales) == sold(standby)

    def test_a_process_waits_for_what_was_there_when_it_began(self, database, standby):
        standby.answer("select pg_wal_replay_pause()")
        wait_until(lambda: standby.answer("select pg_get_wal_replay_pause_state()") == "paused", "it does not pause")
        later = primary_of(standby)
        try:
            # A schema, say: no revision tells of it.
            with later.owner.begin() as conn:
                conn.execute(sa.text("create table public.later ()"))
                conn.execute(sa.text("drop table public.later"))
            later.follow(standby.url)
            assert replica_of(later).look().state is State.BEHIND
            assert later.charted(EVERYTHING, is_replica) is False
        finally:
            standby.answer("select pg_wal_replay_resume()")
        await_state(later, State.UP)
        assert later.charted(EVERYTHING, is_replica) is True
        later.dispose()


class TestGone:
    def test_readers_notice_nothing_of_a_replica_that_is_killed_and_comes_back(self, database, standby, capsys):
        replica, right = replica_of(database), sold(standby)
        with Stream(database) as stream:
            stream.go_on(50)
            standby.kill()
            stream.go_on(50)
            await_state(database, State.DOWN)
            on_replica = replica.reads[State.UP]
            stream.go_on(20)
            assert replica.reads[State.UP] == on_replica  # left alone
            standby.start()
            await_state(database, State.UP)
            wait_until(lambda: replica.reads[State.UP] >= on_replica + 20, "reads do not move back")
        assert stream.failed == []
        assert stream.figures == {right}
        tell(capsys, f"{len(stream.took_s)} reads while the replica was killed and came back, the slowest", stream)

    def test_who_comes_while_it_stands_still_is_answered_by_the_primary(self, database, standby, capsys):
        standby.halt()
        try:
            with Stream(database) as stream:
                stream.go_on(20)
                await_state(database, State.DOWN)
                stream.go_on(20)
        finally:
            standby.go_on()
        assert (stream.failed, stream.figures) == ([], {sold(standby)})
        tell(capsys, f"{len(stream.took_s)} reads while the replica stood still, the slowest", stream)
        await_state(database, State.UP)
        assert database.charted(EVERYTHING, is_replica)

    def test_what_is_under_way_when_it_comes_to_a_stand_is_ended_and_read_again(self, database, standby):
        seen = []

        def read(conn: sa.Connection) -> int:
            seen.append(is_replica(conn))
            if seen == [True]:
                standby.halt()
            return net_sales(conn)

        try:
            assert database.charted(EVERYTHING, read) == sold(standby)
        finally:
            standby.go_on()
        assert seen == [True, False]

    def test_what_breaks_off_in_the_middle_is_read_again_from_the_primary(self, database, standby):
        seen = []

        def read(conn: sa.Connection) -> int:
            seen.append(is_replica(conn))
            if seen == [True]:
                break_off(conn, standby)
            return net_sales(conn)

        assert database.charted(EVERYTHING, read) == sold(standby)
        assert seen == [True, False]
        assert replica_of(database).repeated == 1

    def test_so_is_what_the_replica_cancels_in_order_to_recover(self, database, standby):
        seen = []

        def read(conn: sa.Connection) -> int:
            seen.append(is_replica(conn))
            if seen == [True]:
                net_sales(conn)
                # Rows that the snapshot could still see are cleaned up: the replica may not wait for it for long.
                with psycopg.connect(url_of_superuser(standby), autocommit=True) as primary:
                    for word in ("create table public.gone as select 1", "delete from public.gone",
                                 "vacuum public.gone", "drop table public.gone"):  # fmt: skip
                        primary.execute(word)
                standby.await_replay()
            return net_sales(conn)

        assert database.charted(EVERYTHING, read) == sold(standby)
        assert seen == [True, False]

    def test_a_replica_that_goes_after_everything_was_read_changes_nothing(self, database, standby):
        with database.charting(EVERYTHING) as conn:
            figure = net_sales(conn)
            break_off(conn, standby)
        assert figure == sold(standby)
        assert database.charted(EVERYTHING, net_sales) == figure
        assert replica_of(database).engine.pool.checkedout() == 0  # type: ignore[attr-defined]

    def test_a_question_that_is_wrong_or_takes_too_long_is_not_asked_again(self, database):
        seen = []

        def wrong(conn: sa.Connection) -> None:
            seen.append(is_replica(conn))
            conn.execute(sa.text("select nothing"))

        def slow(conn: sa.Connection) -> None:
            seen.append(is_replica(conn))
            conn.execute(sa.text("set local statement_timeout = '20ms'"))
            conn.execute(sa.text("select pg_sleep(5)"))

        with pytest.raises(ProgrammingError):
            database.charted(EVERYTHING, wrong)
        with pytest.raises(OperationalError, match="statement timeout"):
            database.charted(EVERYTHING, slow)
        assert seen == [True, True]
        assert replica_of(database).standing.state is State.UP


def tell(capsys: pytest.CaptureFixture[str], what: str, stream: Stream) -> None:
    with capsys.disabled():
        print(f"\n{what} {max(stream.took_s):.3f} s")  # noqa: T201  what a run is read for


def url_of_superuser(standby: Standby) -> str:
    primary = standby.primary
    return psycopg.conninfo.make_conninfo(
        host=str(primary.socket_dir), port=primary.port, user="postgres", password=primary.superuser_password,
        dbname="daybook",
    )  # fmt: skip


def page():
    import sqlalchemy as sa
    import streamlit as st

    from dashboard import load
    from dashboard.running import run
    from data.scope import Scope

    def click():
        st.session_state["clicks"] += 1

    class Page:
        def run(self):
            st.button("Click", on_click=click, key="click")
            with load.charting(Scope.everything()) as conn:
                follows = conn.scalar(sa.text("select pg_is_in_recovery()"))
                st.session_state["runs"] += [follows]
                if follows:
                    st.session_state["break_off"](conn)
                st.text(f"from the replica: {conn.scalar(sa.text('select pg_is_in_recovery()'))}")

    run(Page())


class TestPages:
    def test_a_page_that_breaks_off_is_drawn_again_and_a_click_is_done_once(self, database, standby, monkeypatch):
        monkeypatch.setattr(load.Resources, "database", database)
        drawn = AppTest.from_function(page)
        drawn.session_state["runs"], drawn.session_state["clicks"] = [], 0
        drawn.session_state["break_off"] = lambda conn: None
        drawn.run()
        assert [text.value for text in drawn.text] == ["from the replica: True"]
        drawn.session_state["runs"], drawn.session_state["break_off"] = [], lambda conn: break_off(conn, standby)
        drawn.button(key="click").click().run()
        assert [text.value for text in drawn.text] == ["from the replica: False"]
        assert (drawn.session_state["runs"], drawn.session_state["clicks"]) == ([True, False], 1)
        assert not drawn.exception

    def test_whoever_runs_the_block_is_told_to_run_it_again(self, database, standby):
        def read() -> None:
            with database.charting(EVERYTHING) as conn:
                break_off(conn, standby)
                net_sales(conn)

        with pytest.raises(ReplicaLost):
            read()

    def test_so_is_who_was_in_a_part_of_it_that_may_fail_by_itself(self, database, standby):
        def read() -> None:
            with database.charting(EVERYTHING) as conn, conn.begin_nested():
                break_off(conn, standby)
                net_sales(conn)

        with pytest.raises(ReplicaLost):
            read()


class TestApi:
    @pytest.fixture
    def client(self, database, monkeypatch):
        monkeypatch.setattr(load.Resources, "database", database)
        monkeypatch.setattr(load.Resources, "cache", ResultCache())
        with database.accounts() as conn:
            account = AccountFactory(conn=conn, username=f"analyst{next(_baskets)}", role="analyst").account_id
            token = make_personal_token(conn, account_id=account, name="a test", rights=("read",), days=1)[1]
        return TestClient(create_app(), headers={"Authorization": f"Bearer {token}"}, raise_server_exceptions=False)

    def test_a_question_that_breaks_off_is_answered_all_the_same(self, database, standby, client, monkeypatch):
        seen, known = [], figures.answer_key

        def breaking_off(conn, *args, **given):
            seen.append(is_replica(conn))
            if seen == [True]:
                break_off(conn, standby)
            return known(conn, *args, **given)

        monkeypatch.setattr(figures, "answer_key", breaking_off)
        answered = client.post("/api/v1/query", json={"metrics": ["net_sales"]})
        assert (answered.status_code, answered.json()["rows"]) == (200, [[sold(standby) / 100]])
        assert (seen, replica_of(database).repeated) == ([True, False], 1)

    def test_a_comparison_is_read_from_the_replica(self, database, standby, client):
        sell(database)
        standby.await_replay()
        newest = answer_of_primary(standby, "select max(revision) from history.revisions")
        asked = {"metric": "net_sales", "from_revision": newest - 1, "to_revision": newest}
        answered = client.post("/api/v1/compare", json=asked)
        assert (answered.status_code, answered.json()["difference"]) == (200, 1.0)
        assert replica_of(database).reads[State.UP] == 1


class TestRefused:
    @pytest.fixture
    def said(self, caplog):
        caplog.set_level(logging.WARNING, "data.replica.reading")
        return caplog

    def refused(self, standby: Standby, url: str) -> Database:
        database = primary_of(standby)
        database.follow(url)
        assert replica_of(database).look().state is State.REFUSED
        assert database.charted(EVERYTHING, is_replica) is False
        database.dispose()
        return database

    def test_a_server_that_follows_nobody_is_no_replica(self, standby, said):
        database = self.refused(standby, standby.primary.url)
        assert "DAYBOOK_REPLICA_URL names no replica of this database: the server is not in recovery" in said.text
        assert standby.primary.password not in said.text
        assert [finding.ok for finding in replica_findings(database)] == [False]

    def test_another_database_of_the_replica_is_not_ours(self, standby, said):
        other = sa.make_url(standby.url).set(database="template1")
        self.refused(standby, other.render_as_string(hide_password=False))
        assert "what charts read is not there" in said.text

    def test_the_replica_of_another_server_is_told_by_its_identifier(self, standby, said, monkeypatch):
        monkeypatch.setattr("data.replica.standing.Looks._system", lambda _: 7)
        self.refused(standby, standby.url)
        assert "its system identifier is another" in said.text

    def test_a_replica_with_another_past_is_told_by_the_chain_of_its_revisions(self, database, standby, said):
        looks = replica_of(database)._looks
        there, system = looks._ask()
        assert looks._judged(there, system).state is State.UP
        another = {**there._mapping, "head": bytes(32)}
        assert looks._judged(type("Row", (), another), system).state is State.REFUSED


class TestTold:
    def test_a_replica_that_is_down_is_told_and_takes_nothing_away(self, database, standby, monkeypatch):
        monkeypatch.setattr(load.Resources, "database", database)
        client = TestClient(create_app(), client=("127.0.0.1", 50_000), base_url="http://127.0.0.1:8501")
        database.charted(EVERYTHING, is_replica)
        assert (client.get("/readyz").status_code, client.get("/readyz").json()["status"]) == (200, "ready")
        assert 'daybook_chart_reads_total{reason="",server="replica"} 1.0' in client.get("/metrics").text
        assert [finding.ok for finding in replica_findings(database)] == [True]
        standby.kill()
        try:
            await_state(database, State.DOWN)
            database.charted(EVERYTHING, is_replica)
            answered, figures = client.get("/readyz"), client.get("/metrics").text
            assert (answered.status_code, answered.json()["status"]) == (200, "degraded")
            check = answered.json()["checks"][-1]
            assert (check["name"], check["ok"], check["required"]) == ("replica", False, False)
            assert check["detail"] == "the replica does not answer; charts are read from the primary"
            assert "daybook_replica_up 0.0" in figures
            assert 'daybook_chart_reads_total{reason="down",server="primary"} 1.0' in figures
            assert [finding.ok for finding in replica_findings(database)] == [False]
        finally:
            standby.start()


@pytest.mark.parametrize(
    ("error", "lost"),
    [
        (OperationalError("", None, psycopg.errors.AdminShutdown()), True),
        (OperationalError("", None, psycopg.errors.SerializationFailure()), True),
        (OperationalError("", None, psycopg.OperationalError("the connection is lost")), True),
        (OperationalError("", None, psycopg.errors.DiskFull()), True),
        (InternalError("", None, psycopg.errors.IndexCorrupted()), True),
        (OperationalError("", None, psycopg.errors.QueryCanceled()), False),
        (ProgrammingError("", None, psycopg.errors.UndefinedColumn()), False),
        (InternalError("", None, psycopg.errors.ReadOnlySqlTransaction()), False),
        (DBAPIError("", None, psycopg.errors.DivisionByZero()), False),
    ],
)  # fmt: skip
def test_what_the_server_is_to_blame_for(error, lost):
    assert is_lost(error) is lost
