"""How long lines of the audit trail are kept: for good, or for a number of days that somebody has set."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from starlette.testclient import TestClient

from dashboard import load
from dashboard.api.app import create_app
from data.accounts.audit import MOST, audit_events, prune_audit
from data.db import Database
from tests.factories.accounts import PASSWORD, AccountFactory

AGES = (400, 100, 31, 29, 1)


@pytest.fixture
def trail(database: Database) -> Database:
    """Lines that are so many days old, each with its age."""
    keeper = sa.text(f'set local role "{database.roles.keeper}"')
    line = sa.text("insert into audit.events (kind, via, noted_at, details)"
                   " values ('export', 'page', now() - make_interval(days => :age), jsonb_build_object('age', :age))")  # fmt: skip
    with database.owner.begin() as conn:
        conn.execute(keeper)
        for age in AGES:
            conn.execute(line, {"age": age})
    return database


def ages(database: Database) -> list[int]:
    with database.accounts() as conn:
        return [one.details["age"] for one in reversed(audit_events(conn, limit=MOST)) if one.kind == "export"]


def prune(database: Database, days: int | None) -> int:
    with database.accounts() as conn:
        return prune_audit(conn, days=days)


def test_all_are_kept_where_nothing_is_set(trail):
    assert prune(trail, None) == 0
    assert ages(trail) == list(AGES)


def test_older_lines_go_and_a_line_says_so(trail):
    assert prune(trail, 90) == 2
    assert ages(trail) == [31, 29, 1]
    with trail.accounts() as conn:
        newest = audit_events(conn, limit=1)[0]
    assert (newest.kind, newest.via, newest.details) == ("audit_pruned", "setting", {"lines": 2, "days": 90})


def test_it_is_done_once_a_day(trail):
    assert prune(trail, 365) == 1
    assert prune(trail, 30) == 0
    assert ages(trail) == [100, 31, 29, 1]


def test_less_than_thirty_days_are_refused_by_the_database(trail):
    with pytest.raises(DBAPIError, match="30 days at least; got 29"):
        prune(trail, 29)
    assert ages(trail) == list(AGES)


def delete_by_hand(database: Database, *, mark: str, age: int) -> None:
    with database.owner.begin() as conn:
        conn.execute(sa.text(f'set local role "{database.roles.keeper}"'))
        conn.execute(sa.text("select set_config('daybook.audit_pruning', :mark, true)"), {"mark": mark})
        conn.execute(sa.text("delete from audit.events where details ->> 'age' = :age"), {"age": str(age)})


@pytest.mark.parametrize(("mark", "age"), [("", 400), ("on", 29)])
def test_nobody_else_deletes_a_line_however_old_nor_a_young_one_with_the_function_s_mark(trail, mark, age):
    with pytest.raises(DBAPIError, match="append-only"):
        delete_by_hand(trail, mark=mark, age=age)
    assert ages(trail) == list(AGES)


def test_readers_drop_nothing(trail):
    with trail.reader.connect() as conn:
        conn.execute(sa.text(f'set local role "{trail.roles.reader}"'))
        with pytest.raises(DBAPIError, match="permission denied"):
            conn.execute(sa.text("select audit.prune(90)"))


def test_a_login_drops_what_is_older_than_the_setting(trail, monkeypatch, tmp_path):
    monkeypatch.setenv("DAYBOOK_HOME", str(tmp_path))
    monkeypatch.setenv("DAYBOOK_AUDIT_DAYS", "60")
    monkeypatch.setattr(load.Resources, "database", trail)
    with trail.accounts() as conn:
        AccountFactory(conn=conn, username="mia")
    answer = TestClient(create_app()).post("/api/v1/token", data={"username": "mia", "password": PASSWORD})
    assert answer.status_code == 200
    assert ages(trail) == [31, 29, 1]
