"""Accounts and their sessions, on real PostgreSQL under the accounts role."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from data.accounts import accounts, sessions
from data.errors import AccountError
from tests.factories.accounts import PASSWORD as GOOD
from tests.factories.accounts import AccountFactory


@pytest.fixture
def at_accounts(database):
    with database.accounts() as conn:
        yield conn


def make(conn, name="mia", role="analyst"):
    return AccountFactory(conn=conn, username=name, role=role)


def session_of(conn, account, browser="mine", held=None):
    ticket = sessions.open_ticket(conn, account_id=account.account_id, browser=browser)
    return sessions.redeem_ticket(
        conn, ticket=ticket, browser=browser, held=held, address="127.0.0.1", user_agent="Tests"
    )


def later(conn, interval):
    """Let the sessions grow older: the clock of the database cannot be turned."""
    sql = "update accounts.sessions set created_at = created_at - i, last_seen_at = last_seen_at - i, expires_at = expires_at - i from (select cast(:i as interval) i) x"
    conn.execute(sa.text(sql), {"i": interval})


class TestAccounts:
    def test_a_new_account_is_found_in_upper_or_lower_case(self, at_accounts):
        made = accounts.create_account(at_accounts, username="  Mia.K ", password=GOOD, role="manager")
        assert (made.username, made.display_name, made.role) == ("mia.k", "Mia.K", "manager")
        assert accounts.find_account(at_accounts, username="MIA.K") == made
        assert made.scope_stores is None

    @pytest.mark.parametrize(
        ("name", "role", "words"),
        [
            ("", "analyst", "a user name must be"),
            ("mia k", "analyst", "got 'mia k'"),
            ("-mia", "analyst", "beginning with a letter"),
            ("m" * 101, "analyst", "1 to 100"),
            ("mia", "owner", "one of analyst, manager, admin; got 'owner'"),
        ],
    )
    def test_bad_names_and_roles_are_refused(self, at_accounts, name, role, words):
        with pytest.raises(AccountError, match=words):
            make(at_accounts, name, role)

    @pytest.mark.parametrize("shown", ["   ", "two\nlines", "nul\0", "\udcff", "m" * 201])
    def test_a_display_name_that_cannot_be_shown_is_refused(self, at_accounts, shown):
        with pytest.raises(AccountError, match="a display name must be"):
            accounts.create_account(at_accounts, username="mia", password=GOOD, role="analyst", display_name=shown)

    def test_a_name_that_is_taken_is_refused(self, at_accounts):
        make(at_accounts)
        with pytest.raises(AccountError, match="taken: 'mia'"):
            make(at_accounts, "MIA")

    def test_an_unknown_account_is_named_in_the_error(self, at_accounts):
        with pytest.raises(AccountError, match="no such account: 'nobody'"):
            accounts.set_role(at_accounts, username="nobody", role="admin")

    def test_the_list_is_in_the_order_of_the_names(self, at_accounts):
        assert not accounts.has_accounts(at_accounts)
        for name in ("b", "a"):
            make(at_accounts, name)
        assert [account.username for account in accounts.account_list(at_accounts)] == ["a", "b"]
        assert accounts.has_accounts(at_accounts)

    def test_the_last_admin_can_neither_leave_nor_step_down(self, at_accounts):
        make(at_accounts, "root", "admin")
        for act in (
            lambda: accounts.disable_account(at_accounts, username="root"),
            lambda: accounts.set_role(at_accounts, username="root", role="analyst"),
        ):
            with pytest.raises(AccountError, match="'root' is the last admin"):
                act()
        make(at_accounts, "second", "admin")
        accounts.disable_account(at_accounts, username="root")
        assert accounts.find_account(at_accounts, username="root").disabled_at is not None

    def test_two_admins_cannot_remove_each_other_at_once(self, database):
        with database.accounts() as conn:
            for name in ("ann", "bob"):
                make(conn, name, "admin")

        def leave(name):
            try:
                with database.accounts() as conn:
                    accounts.disable_account(conn, username=name)
            except AccountError as error:
                return str(error)
            return "left"

        with ThreadPoolExecutor(2) as pool:
            said = sorted(pool.map(leave, ("ann", "bob")))
        assert said[1] == "left"
        assert "is the last admin" in said[0]

    def test_eight_that_ask_for_one_name_at_once_get_one_account(self, database):
        def ask(_):
            try:
                with database.accounts() as conn:
                    make(conn)
            except AccountError as error:
                return str(error)
            return "made"

        with ThreadPoolExecutor(8) as pool:
            said = list(pool.map(ask, range(8)))
        assert sorted(set(said)) == ["made", "the user name is taken: 'mia'"]
        assert said.count("made") == 1

    def test_no_password_is_kept_or_returned_in_clear(self, at_accounts):
        made = make(at_accounts)
        kept = at_accounts.scalar(sa.text("select password_hash from accounts.accounts"))
        assert GOOD not in kept
        assert GOOD not in repr(made)


class TestSessions:
    def test_a_session_gives_its_account_and_only_hashes_are_kept(self, at_accounts):
        account = make(at_accounts)
        token = session_of(at_accounts, account)
        assert sessions.session_account(at_accounts, token=token) == account
        kept = at_accounts.execute(sa.text("select * from accounts.sessions")).one()
        assert token not in str(kept)
        assert token.encode() not in bytes(kept.token_hash)

    @pytest.mark.parametrize(("idle", "alive"), [("1 hour 59 minutes", True), ("2 hours 1 minute", False)])
    def test_a_session_ends_after_two_idle_hours(self, at_accounts, idle, alive):
        token = session_of(at_accounts, make(at_accounts))
        later(at_accounts, idle)
        assert (sessions.session_account(at_accounts, token=token) is not None) is alive

    def test_a_session_in_use_lives_on_but_ends_after_twelve_hours(self, at_accounts):
        token = session_of(at_accounts, make(at_accounts))
        for _ in range(7):
            later(at_accounts, "100 minutes")
            assert sessions.session_account(at_accounts, token=token) is not None
        later(at_accounts, "100 minutes")
        assert sessions.session_account(at_accounts, token=token) is None

    def test_disabling_ends_the_sessions_and_enabling_does_not_bring_them_back(self, at_accounts):
        account = make(at_accounts)
        token = session_of(at_accounts, account)
        accounts.disable_account(at_accounts, username="mia")
        assert sessions.session_account(at_accounts, token=token) is None
        accounts.enable_account(at_accounts, username="mia")
        assert sessions.session_account(at_accounts, token=token) is None
        assert sessions.session_account(at_accounts, token=session_of(at_accounts, account)) == account

    def test_a_login_under_way_does_not_outlive_another_password_or_the_account(self, at_accounts):
        account = make(at_accounts)
        for change in (
            lambda: accounts.set_password(at_accounts, username="mia", password="the harbour light is green"),
            lambda: accounts.disable_account(at_accounts, username="mia"),
        ):
            ticket = sessions.open_ticket(at_accounts, account_id=account.account_id, browser="mine")
            change()
            assert sessions.redeem_ticket(at_accounts, ticket=ticket, browser="mine") is None

    def test_a_ticket_of_a_disabled_account_opens_nothing(self, at_accounts):
        account = make(at_accounts)
        accounts.disable_account(at_accounts, username="mia")
        ticket = sessions.open_ticket(at_accounts, account_id=account.account_id, browser="mine")
        assert sessions.redeem_ticket(at_accounts, ticket=ticket, browser="mine") is None

    def test_sessions_over_for_three_months_are_dropped_at_the_next_login(self, at_accounts):
        account = make(at_accounts)
        session_of(at_accounts, account)
        later(at_accounts, "91 days")
        session_of(at_accounts, account)
        assert at_accounts.scalar(sa.text("select count(*) from accounts.sessions")) == 1

    def test_a_session_is_marked_as_seen_at_most_once_a_minute(self, at_accounts):
        token = session_of(at_accounts, make(at_accounts))
        seen = sa.text("select last_seen_at = now() from accounts.sessions")
        later(at_accounts, "59 seconds")
        sessions.session_account(at_accounts, token=token)
        assert at_accounts.scalar(seen) is False
        later(at_accounts, "2 seconds")
        sessions.session_account(at_accounts, token=token)
        assert at_accounts.scalar(seen) is True

    def test_another_password_ends_every_session_but_the_one_that_asked(self, at_accounts):
        account = make(at_accounts)
        mine, other = session_of(at_accounts, account), session_of(at_accounts, account)
        kept = sessions.token_digest(mine)
        accounts.set_password(at_accounts, username="mia", password="the harbour light is green", keep_session=kept)
        assert sessions.session_account(at_accounts, token=mine) is not None
        assert sessions.session_account(at_accounts, token=other) is None
        accounts.set_password(at_accounts, username="mia", password=GOOD)
        assert sessions.session_account(at_accounts, token=mine) is None

    def test_a_password_that_must_change_does_so_until_the_next_one(self, at_accounts):
        token = session_of(at_accounts, make(at_accounts))
        given = {"username": "mia", "password": "the harbour light is green"}
        accounts.set_password(at_accounts, **given, must_change=True)
        assert accounts.find_account(at_accounts, username="mia").must_change_password
        assert sessions.session_account(at_accounts, token=token) is None
        accounts.set_password(at_accounts, username="mia", password=GOOD)
        assert not accounts.find_account(at_accounts, username="mia").must_change_password

    def test_a_revoked_session_is_over_and_leaves_the_list(self, at_accounts):
        account = make(at_accounts)
        token = session_of(at_accounts, account)
        (listed,) = sessions.session_list(at_accounts, account_id=account.account_id)
        assert (listed.address, listed.user_agent) == ("127.0.0.1", "Tests")
        sessions.revoke_session(at_accounts, token_hash=listed.token_hash)
        assert sessions.session_account(at_accounts, token=token) is None
        assert sessions.session_list(at_accounts, account_id=account.account_id) == []

    def test_a_second_login_in_a_browser_gives_the_session_that_it_holds(self, at_accounts):
        account = make(at_accounts)
        held = session_of(at_accounts, account)
        assert session_of(at_accounts, account, held=held) == held
        assert len(sessions.session_list(at_accounts, account_id=account.account_id)) == 1
        sessions.revoke_session(at_accounts, token_hash=sessions.token_digest(held))
        assert session_of(at_accounts, account, held=held) not in {held, None}

    def test_a_login_as_somebody_else_ends_the_session_that_the_browser_held(self, at_accounts):
        mia, tom = make(at_accounts), make(at_accounts, "tom")
        held = session_of(at_accounts, mia)
        token = session_of(at_accounts, tom, held=held)
        assert sessions.session_account(at_accounts, token=token) == tom
        assert sessions.session_account(at_accounts, token=held) is None

    def test_a_ticket_that_opens_nothing_leaves_the_held_session_alone(self, at_accounts):
        held = session_of(at_accounts, make(at_accounts))
        assert sessions.redeem_ticket(at_accounts, ticket="made up", browser="mine", held=held) is None
        assert sessions.session_account(at_accounts, token=held) is not None

    def test_a_ticket_of_another_browser_is_used_up_all_the_same(self, at_accounts):
        ticket = sessions.open_ticket(at_accounts, account_id=make(at_accounts).account_id, browser="mine")
        assert sessions.redeem_ticket(at_accounts, ticket=ticket, browser="theirs") is None
        assert sessions.redeem_ticket(at_accounts, ticket=ticket, browser="mine") is None
