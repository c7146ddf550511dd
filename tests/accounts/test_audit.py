"""The audit trail: what leaves a line in it, what is kept out of it, and that nobody can change it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from data.accounts import accounts, scopes, sessions
from data.accounts.audit import (
    MOST,
    OPERATOR,
    Actor,
    Kind,
    Wanted,
    audit_events,
    every_audit_event,
    note,
)
from data.accounts.logins import log_in
from data.accounts.overview import accounts_overview
from data.accounts.tokens import make_personal_token, personal_tokens, revoke_token
from data.errors import AccountError, NotAllowed, UsageError
from tests.factories.accounts import PASSWORD, AccountFactory

OTHER = "the harbour light is green"


@pytest.fixture
def at_accounts(database):
    with database.accounts() as conn:
        yield conn


def actor(account):
    return Actor(account.account_id, account.username, "page", "10.0.0.7")


def told(conn, **wanted):
    """Kind, who, whom and details of each line, oldest first."""
    lines = audit_events(conn, Wanted(**wanted), limit=MOST)
    return [(one.kind, one.actor, one.subject, one.details) for one in reversed(lines)]


def logged_in(conn, account, held=None):
    ticket = sessions.open_ticket(conn, account_id=account.account_id, browser="mine")
    return sessions.redeem_ticket(conn, ticket=ticket, browser="mine", held=held, address="10.0.0.7")


class TestWhatIsNoted:
    def test_every_change_to_an_account_says_who_did_what_to_whom(self, at_accounts):
        root = actor(AccountFactory(conn=at_accounts, username="root", role="admin"))
        accounts.create_account(at_accounts, username="mia", password=PASSWORD, role="analyst", by=root)
        accounts.set_role(at_accounts, username="mia", role="manager", by=root)
        accounts.set_display_name(at_accounts, username="mia", display_name="Mia K", by=root)
        scopes.set_scope(at_accounts, username="mia", stores=[2, 3], by=root)
        accounts.set_password(at_accounts, username="mia", password=OTHER, by=root, must_change=True)
        accounts.disable_account(at_accounts, username="mia", by=root)
        accounts.enable_account(at_accounts, username="mia", by=root)
        assert told(at_accounts)[1:] == [
            ("account_created", "root", "mia", {"role": "analyst"}),
            ("role_changed", "root", "mia", {"before": "analyst", "after": "manager"}),
            ("name_changed", "root", "mia", {"before": "mia", "after": "Mia K"}),
            (
                "scope_changed",
                "root",
                "mia",
                {"before": {"stores": None, "regions": None}, "after": {"stores": [2, 3], "regions": None}},
            ),
            ("password_reset", "root", "mia", {"sessions_ended": 0}),
            ("account_disabled", "root", "mia", {"sessions_ended": 0}),
            ("account_enabled", "root", "mia", {}),
        ]
        assert {one.address for one in audit_events(at_accounts)[:-1]} == {"10.0.0.7"}

    def test_what_changes_nothing_leaves_no_line(self, at_accounts):
        AccountFactory(conn=at_accounts, username="mia")
        accounts.set_role(at_accounts, username="mia", role="analyst")
        accounts.set_display_name(at_accounts, username="mia", display_name=" mia ")
        accounts.enable_account(at_accounts, username="mia")
        scopes.set_scope(at_accounts, username="mia")
        assert [kind for kind, *_ in told(at_accounts)] == ["account_created"]

    def test_an_account_that_is_disabled_again_keeps_the_day_on_which_it_was(self, at_accounts):
        AccountFactory(conn=at_accounts, username="mia")
        accounts.disable_account(at_accounts, username="mia")
        at_accounts.execute(sa.text("update accounts.accounts set disabled_at = '2020-01-01Z'"))
        accounts.disable_account(at_accounts, username="mia")
        assert accounts.find_account(at_accounts, username="mia").disabled_at.year == 2020

    def test_a_session_is_noted_from_login_to_logout(self, at_accounts):
        mia = AccountFactory(conn=at_accounts, username="mia")
        token = logged_in(at_accounts, mia)
        assert logged_in(at_accounts, mia, held=token) == token
        for _ in range(2):
            sessions.revoke_session(at_accounts, token_hash=sessions.token_digest(token))
        assert told(at_accounts)[1:] == [("login", "mia", "mia", {}), ("logout", "mia", "mia", {})]

    def test_a_failure_names_the_account_but_never_a_name_that_is_nobodys_nor_what_was_typed(self, at_accounts):
        AccountFactory(conn=at_accounts, username="mia")
        AccountFactory(conn=at_accounts, username="gone")
        accounts.disable_account(at_accounts, username="gone")
        for name in ("mia", "gone", "my secret phrase"):
            log_in(at_accounts, username=name, password="typed in vain, though long", address="10.0.0.8")
        assert told(at_accounts, kinds=("login_failed",)) == [
            ("login_failed", None, "mia", {"why": "wrong password"}),
            ("login_failed", None, "gone", {"why": "disabled"}),
            ("login_failed", None, None, {"why": "no such account"}),
        ]
        everything = at_accounts.scalar(sa.text("select string_agg(e::text, ' ') from audit.events e"))
        assert "secret phrase" not in everything
        assert "in vain" not in everything
        assert PASSWORD not in everything
        assert audit_events(at_accounts)[0].address == "10.0.0.8"

    def test_an_own_password_is_changed_and_another_ones_reset(self, at_accounts):
        mia = AccountFactory(conn=at_accounts, username="mia")
        logged_in(at_accounts, mia)
        accounts.set_password(at_accounts, username="mia", password=OTHER, by=actor(mia))
        accounts.set_password(at_accounts, username="mia", password=PASSWORD)
        assert told(at_accounts)[2:] == [
            ("password_changed", "mia", "mia", {"sessions_ended": 1}),
            ("password_reset", "operator", "mia", {"sessions_ended": 0}),
        ]

    def test_what_fails_leaves_neither_a_change_nor_a_line(self, database):
        with database.accounts() as conn:
            AccountFactory(conn=conn, username="root", role="admin")
        with pytest.raises(AccountError), database.accounts() as conn:
            accounts.set_role(conn, username="root", role="analyst")
        with database.accounts() as conn:
            assert [kind for kind, *_ in told(conn)] == ["account_created"]

    def test_a_scope_of_many_stores_is_told_by_its_beginning_and_its_length(self, at_accounts):
        AccountFactory(conn=at_accounts, username="mia")
        scopes.set_scope(at_accounts, username="mia", stores=list(range(1, 3001)))
        after = told(at_accounts)[-1][3]["after"]
        assert (len(after["stores"]), after["stores_in_all"]) == (200, [3000])


class TestWhoMay:
    @pytest.mark.parametrize("role", ["analyst", "manager"])
    def test_only_admins_administer(self, at_accounts, role):
        AccountFactory(conn=at_accounts, username="root", role="admin")
        mia = actor(AccountFactory(conn=at_accounts, username="mia", role=role))
        for act in (
            lambda: accounts.create_account(at_accounts, username="x", password=PASSWORD, role="admin", by=mia),
            lambda: accounts.set_role(at_accounts, username="mia", role="admin", by=mia),
            lambda: accounts.set_display_name(at_accounts, username="root", display_name="Me", by=mia),
            lambda: accounts.set_password(at_accounts, username="root", password=OTHER, by=mia),
            lambda: accounts.disable_account(at_accounts, username="root", by=mia),
            lambda: accounts.enable_account(at_accounts, username="root", by=mia),
            lambda: scopes.set_scope(at_accounts, username="mia", by=mia),
            lambda: sessions.revoke_sessions(at_accounts, username="root", by=mia),
        ):
            with pytest.raises(NotAllowed, match="'mia' is none now"):
                act()

    def test_two_of_three_admins_who_disable_each_other_at_once_leave_one_of_them(self, database):
        with database.accounts() as conn:
            found = {name: AccountFactory(conn=conn, username=name, role="admin") for name in ("ann", "bob", "cy")}

        def disable(pair):
            by, whom = pair
            try:
                with database.accounts() as conn:
                    accounts.disable_account(conn, username=whom, by=actor(found[by]))
            except NotAllowed as error:
                return str(error)
            return "done"

        with ThreadPoolExecutor(2) as pool:
            said = list(pool.map(disable, [("ann", "bob"), ("bob", "ann")]))
        assert sorted(word == "done" for word in said) == [False, True]
        assert "is none now" in next(word for word in said if word != "done")
        with database.accounts() as conn:
            active = [one.username for one in accounts.account_list(conn) if one.disabled_at is None]
        assert len(active) == 2

    def test_an_own_session_is_ended_by_its_account_and_anybodys_by_an_admin(self, at_accounts):
        root = AccountFactory(conn=at_accounts, username="root", role="admin")
        mia, bob = (AccountFactory(conn=at_accounts, username=name) for name in ("mia", "bob"))
        token = sessions.token_digest(logged_in(at_accounts, mia))
        with pytest.raises(NotAllowed):
            sessions.revoke_session(at_accounts, token_hash=token, by=actor(bob))
        assert sessions.revoke_session(at_accounts, token_hash=token, by=actor(mia))
        assert not sessions.revoke_session(at_accounts, token_hash=token, by=actor(mia))
        assert not sessions.revoke_session(at_accounts, token_hash=b"none", by=actor(mia))
        kept = logged_in(at_accounts, mia)
        logged_in(at_accounts, mia)
        logged_in(at_accounts, root)
        keep = sessions.token_digest(kept)
        assert sessions.revoke_sessions(at_accounts, username="mia", by=actor(mia), but=keep) == 1
        assert [one.token_hash for one in sessions.session_list(at_accounts, account_id=mia.account_id)] == [keep]
        assert sessions.revoke_sessions(at_accounts, username="mia", by=actor(root)) == 1
        assert [one.username for one in sessions.session_list(at_accounts)] == ["root"]
        assert [who for kind, who, *_ in told(at_accounts) if kind == "session_ended"] == ["mia", "mia", "root"]


class TestNobodyChangesIt:
    @pytest.mark.parametrize(
        "statement",
        [
            "update audit.events set actor = 'somebody else'",
            "delete from audit.events",
            "truncate audit.events",
            "insert into audit.events (kind, via, noted_at) values ('login', 'page', '2001-01-01Z')",
            "insert into audit.events (event_id, kind, via) overriding system value values (1, 'login', 'page')",
            "alter table audit.events disable trigger all",
            "drop table audit.events",
            "drop schema audit cascade",
        ],
    )
    def test_the_accounts_role_reads_and_adds_and_no_more(self, database, statement):
        with database.accounts() as conn:
            note(conn, Kind.LOGIN, by=OPERATOR)
        with (
            pytest.raises(sa.exc.ProgrammingError, match="permission denied|must be owner"),
            database.accounts() as conn,
        ):
            conn.execute(sa.text(statement))
        with database.accounts() as conn:
            assert told(conn) == [("login", "operator", None, {})]

    @pytest.mark.parametrize(
        "statement",
        [
            "update audit.events set actor = 'somebody else'",
            "delete from audit.events",
            "truncate audit.events",
        ],
    )
    def test_not_even_the_owner_changes_a_line(self, database, statement):
        with pytest.raises(sa.exc.ProgrammingError, match="append-only"), database.owner.begin() as conn:
            conn.execute(sa.text(statement))

    @pytest.mark.parametrize("role", ["reader", "writer"])
    def test_the_roles_of_the_sales_model_cannot_read_it(self, database, role):
        with database.owner.begin() as conn:
            conn.execute(sa.select(sa.func.set_config("role", getattr(database.roles, role), True)))
            with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
                conn.execute(sa.text("select 1 from audit.events"))


class TestReading:
    def test_lines_come_newest_first_a_page_at_a_time_without_a_gap(self, at_accounts):
        for number in range(5):
            note(at_accounts, Kind.EXPORT, by=OPERATOR, file=f"{number}.csv")
        first = audit_events(at_accounts, limit=2)
        second = audit_events(at_accounts, limit=2, before=first[-1].event_id)
        assert [one.details["file"] for one in (*first, *second)] == ["4.csv", "3.csv", "2.csv", "1.csv"]
        assert [one.details["file"] for one in every_audit_event(at_accounts)] == [f"{n}.csv" for n in (4, 3, 2, 1, 0)]

    def test_it_is_narrowed_by_kind_by_who_or_whom_and_by_time(self, at_accounts):
        root = actor(AccountFactory(conn=at_accounts, username="root", role="admin"))
        mia = AccountFactory(conn=at_accounts, username="mia", by=root)
        note(at_accounts, Kind.EXPORT, by=actor(mia), file="a.csv")
        assert [kind for kind, *_ in told(at_accounts, username=" MIA ")] == ["account_created", "export"]
        assert [kind for kind, *_ in told(at_accounts, kinds=("export", "login"))] == ["export"]
        last = audit_events(at_accounts)[0].noted_at
        assert len(told(at_accounts, until=last)) == 2
        assert len(told(at_accounts, since=last)) == 1
        assert told(at_accounts, since=last + timedelta(seconds=1)) == []

    @pytest.mark.parametrize(
        ("asked", "rule"), [({"limit": 0}, "limit"), ({"limit": 1001}, "limit"), ({"before": -1}, "before")]
    )
    def test_a_limit_or_a_cursor_that_is_none_is_refused(self, at_accounts, asked, rule):
        with pytest.raises(UsageError, match=f"^{rule} must be"):
            audit_events(at_accounts, **asked)


def test_the_overview_has_last_logins_and_live_sessions(at_accounts):
    mia = AccountFactory(conn=at_accounts, username="mia")
    AccountFactory(conn=at_accounts, username="bob")
    logged_in(at_accounts, mia)
    sessions.revoke_session(at_accounts, token_hash=sessions.token_digest(logged_in(at_accounts, mia)))
    bob, seen = accounts_overview(at_accounts)
    assert (bob.account.username, bob.last_login_at, bob.sessions) == ("bob", None, 0)
    assert seen.sessions == 1
    at_accounts.execute(sa.text("delete from accounts.sessions"))
    assert accounts_overview(at_accounts)[1].last_login_at is not None


def test_tokens_are_noted_by_name_and_never_themselves(at_accounts):
    mia = AccountFactory(conn=at_accounts, username="mia")
    made, secret = make_personal_token(
        at_accounts, account_id=mia.account_id, name="Notebook", rights=["read"], days=7, via="api"
    )
    sessions.revoke_sessions(at_accounts, username="mia", by=actor(mia))
    assert len(personal_tokens(at_accounts, account_id=mia.account_id)) == 1
    revoke_token(at_accounts, token_id=made.token_id, account_id=mia.account_id)
    assert told(at_accounts)[1:] == [
        ("token_created", "mia", "mia", {"name": "Notebook", "rights": ["read"], "days": 7}),
        ("token_revoked", "mia", "mia", {"name": "Notebook"}),
    ]
    assert [one.via for one in audit_events(at_accounts, limit=2)] == ["page", "api"]
    assert secret not in at_accounts.scalar(sa.text("select string_agg(e::text, ' ') from audit.events e"))
