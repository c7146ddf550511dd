"""Accounts as a script: made, changed, disabled and logged out by admins, and told in the audit trail."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import auth, downloads, load
from dashboard.administration import acting, every_session, own_sessions, trail
from data.accounts.accounts import account_list, disable_account, find_account, set_role
from data.accounts.audit import Actor, Kind, Wanted, audit_events, note
from data.accounts.logins import log_in
from data.accounts.sessions import open_ticket, redeem_ticket, session_account, session_list
from data.accounts.user import user_of
from tests.factories.accounts import PASSWORD, AccountFactory
from tests.spec.world import World

PAGES = Path(__file__).parents[2] / "pages"
STORES = """
store  region
1      North
2      South
3      South
"""


class Office:
    """Three stores, an admin called root, and mia, who is an analyst."""

    def __init__(self, database, monkeypatch):
        self.database, self.monkeypatch = database, monkeypatch
        with database.accounts() as conn:
            AccountFactory(conn=conn, username="root", role="admin")
            AccountFactory(conn=conn, username="mia")
        self.token = self.logged_in("root")
        for module in (own_sessions, every_session):
            monkeypatch.setattr(module, "session_token", lambda: self.token)
        monkeypatch.setattr(downloads.gate, "session_token", lambda: self.token)

    def run(self, who="root", page="accounts", **params):
        user = user_of(self.account(who), self.database)
        self.monkeypatch.setattr(auth, "require", lambda role: user)
        self.monkeypatch.setattr(acting, "acting_user", lambda: user_of(self.account(who), self.database))
        script = AppTest.from_file(str(PAGES / f"{page}.py"), default_timeout=30)
        for name, value in params.items():
            script.query_params[name] = value
        return good(script.run())

    def account(self, name):
        with self.database.accounts() as conn:
            return find_account(conn, username=name)

    def logged_in(self, name):
        with self.database.accounts() as conn:
            account = find_account(conn, username=name)
            ticket = open_ticket(conn, account_id=account.account_id, browser="mine")
            return redeem_ticket(conn, ticket=ticket, browser="mine", user_agent="Mozilla Firefox/140.0 (Linux)")

    def alive(self, token):
        with self.database.accounts() as conn:
            return session_account(conn, token=token) is not None

    def last(self):
        with self.database.accounts() as conn:
            event = audit_events(conn, limit=1)[0]
        return event.kind, event.actor, event.subject, event.details


@pytest.fixture
def office(database, monkeypatch):
    with database.owner.begin() as conn:
        World(conn).stores(STORES)
    monkeypatch.setattr(load.Resources, "database", database)
    monkeypatch.setattr(load.Resources, "cache", None)
    return Office(database, monkeypatch)


def good(page):
    assert not page.exception, page.exception
    return page


def words(page):
    parts = (*page.title, *page.subheader, *page.markdown, *page.caption, *page.success, *page.error, *page.text)
    return re.sub(r"\\(.)", r"\1", " ".join(item.value for item in parts))


def named(items, label):
    return next(item for item in items if item.label == label)


def fill(page, form, **values):
    for item in (*page.text_input, *page.selectbox, *page.multiselect):
        name = (item.key or "").removeprefix(form).lstrip("-")
        if (item.key or "").startswith(form) and name in values:
            item.set_value(values[name])


def opened_form(page):
    return next(item.key for item in page.text_input if (item.key or "").startswith("account-")).removesuffix("-name")


def test_the_list_says_who_may_see_what_and_when_they_were_last_here(office):
    page = office.run()
    frame = page.dataframe[0].value
    assert frame["User name"].tolist() == ["mia", "root"]
    assert frame["Role"].tolist() == ["analyst", "admin"]
    assert frame["May see"].tolist() == ["everything", "everything"]
    assert frame["Sessions"].tolist() == [0, 1]
    assert frame["Last login"].isna().tolist() == [True, False]


def test_a_new_account_logs_in_with_the_password_that_was_shown_and_has_to_change_it(office):
    page = office.run()
    fill(page, "new-account-0", username="Bob", name="Bob B", role="manager", regions=[2], stores=[1])
    good(named(page.button, "Create account").click().run())
    password = page.code[0].value
    assert "Made bob (manager)." in words(page)
    bob = office.account("bob")
    assert (bob.display_name, bob.role, bob.scope_regions, bob.scope_stores) == ("Bob B", "manager", (2,), (1,))
    assert bob.must_change_password
    with office.database.accounts() as conn:
        assert log_in(conn, username="bob", password=password).account is not None
    assert sorted(user_of(bob, office.database).scope.stores) == [1, 2, 3]
    good(page.button(key="password-done").click().run())
    assert not page.code
    assert password not in words(page)


@pytest.mark.parametrize(("username", "rule"), [("", "A user name must be"), ("mia", "The user name is taken: 'mia'")])
def test_an_account_that_cannot_be_made_is_told_and_no_password_is_shown(office, username, rule):
    page = office.run()
    fill(page, "new-account-0", username=username, name="Somebody", stores=[1])
    good(named(page.button, "Create account").click().run())
    assert rule in words(page)
    assert "Nothing was changed" in words(page)
    assert not page.code
    assert page.text_input(key="new-account-0-name").value == "Somebody"
    with office.database.accounts() as conn:
        assert len(account_list(conn)) == 2


def test_role_name_and_stores_are_saved_together_and_hold_at_once(office):
    page = office.run(account="mia")
    fill(page, opened_form(page), name="Mia K", role="manager", regions=[1])
    good(named(page.button, "Save").click().run())
    assert "Saved mia" in words(page)
    mia = office.account("mia")
    assert (mia.display_name, mia.role, mia.scope_regions) == ("Mia K", "manager", (1,))
    assert page.dataframe[0].value["May see"].tolist() == ["regions North", "everything"]
    assert office.last() == ("role_changed", "root", "mia", {"before": "analyst", "after": "manager"})


def test_what_another_admin_saved_meanwhile_is_shown_rather_than_overwritten(office):
    page = office.run(account="mia")
    before = opened_form(page)
    with office.database.accounts() as conn:
        set_role(conn, username="mia", role="manager")
    good(page.run())
    assert opened_form(page) != before
    assert page.selectbox(key=f"{opened_form(page)}-role").value == "manager"


def test_the_last_admin_keeps_the_role_and_nothing_of_the_form_is_saved(office):
    page = office.run(account="root")
    fill(page, opened_form(page), name="Nobody", role="analyst")
    good(named(page.button, "Save").click().run())
    assert "'root' is the last admin; make another one first. Nothing was changed." in words(page)
    assert (office.account("root").role, office.account("root").display_name) == ("admin", "root")


def test_disabling_ends_the_sessions_and_enabling_gives_it_back(office):
    token = office.logged_in("mia")
    page = office.run(account="mia")
    assert "1 session will end" in words(page)
    good(page.button(key="disable").click().run())
    assert not office.alive(token)
    assert page.dataframe[0].value["State"].tolist() == ["Disabled", "Active"]
    good(page.button(key="enable").click().run())
    assert office.account("mia").disabled_at is None


def test_a_password_that_is_reset_ends_the_sessions_and_has_to_be_changed(office):
    token = office.logged_in("mia")
    page = office.run(account="mia")
    good(page.button(key="reset-password").click().run())
    assert not office.alive(token)
    assert office.account("mia").must_change_password
    with office.database.accounts() as conn:
        assert log_in(conn, username="mia", password=PASSWORD).account is None
        assert log_in(conn, username="mia", password=page.code[0].value).account is not None


@pytest.mark.parametrize("left", ["disabled", "demoted"])
def test_who_is_no_admin_any_more_changes_nothing_from_a_page_that_is_still_open(office, left):
    page = office.run(account="mia")
    with office.database.accounts() as conn:
        AccountFactory(conn=conn, username="second", role="admin")
        if left == "disabled":
            disable_account(conn, username="root")
        else:
            set_role(conn, username="root", role="analyst")
    good(page.button(key="disable").click().run())
    assert office.account("mia").disabled_at is None
    assert ("is none now" if left == "disabled" else "This is for the role admin; yours is analyst now") in words(page)


def test_nothing_is_done_for_who_has_logged_out(office):
    page = office.run(account="mia")
    office.monkeypatch.setattr(acting, "acting_user", lambda: None)
    good(page.button(key="disable").click().run())
    assert acting.ENDED in words(page)
    assert office.account("mia").disabled_at is None


def test_one_session_or_all_of_an_account_are_ended_but_not_this_browser_by_accident(office):
    tokens = [office.logged_in("mia") for _ in range(3)]
    page = office.run(section="Who is logged in")
    assert "4 sessions of 2 accounts." in words(page)
    ends = [item for item in page.button if item.label == "End session"]
    assert len(ends) == 3
    good(ends[0].click().run())
    assert sum(office.alive(token) for token in tokens) == 2
    good(page.selectbox(key="sessions-of").set_value("mia").run())
    good(page.button(key="end-all").click().run())
    assert not any(office.alive(token) for token in tokens)
    assert office.alive(office.token)
    assert office.last() == ("session_ended", "root", "mia", {"sessions_ended": 2})


def test_a_person_ends_their_other_sessions_and_sees_nobody_elses(office):
    others = [office.logged_in("mia") for _ in range(2)]
    office.token, admins = office.logged_in("mia"), office.token
    page = office.run("mia", page="account")
    assert len([item for item in page.button if item.label == "End session"]) == 2
    assert "Firefox on Linux" in words(page)
    good(page.button(key="end-others").click().run())
    assert not any(office.alive(token) for token in others)
    assert office.alive(office.token)
    assert office.alive(admins)
    with office.database.accounts() as conn:
        assert len(session_list(conn, account_id=office.account("mia").account_id)) == 1


def test_the_trail_is_read_filtered_and_taken_along(office):
    with office.database.accounts() as conn:
        root = find_account(conn, username="root")
        for number in range(60):
            note(conn, Kind.EXPORT, by=Actor(root.account_id, "root"), file=f"=cmd{number}.csv", revision=1)
        set_role(conn, username="mia", role="manager", by=Actor(root.account_id, "root"))
    page = office.run(section="Audit trail")
    assert len(page.dataframe[0].value) == 50
    assert page.dataframe[0].value.iloc[0][["What", "Who", "Account", "Details"]].tolist() == [
        "Role changed", "root", "mia", "analyst → manager"]  # fmt: skip
    good(page.button(key="audit-older").click().run())
    assert len(page.dataframe[0].value) == 14
    good(page.multiselect(key="audit-kinds").set_value(["account_created"]).run())
    assert page.dataframe[0].value["Account"].tolist() == ["mia", "root"]
    assert page.dataframe[0].value["Who"].tolist() == ["operator (command line)"] * 2
    good(page.text_input(key="audit-who").set_value("nobody").run())
    assert "Nothing fits these filters" in words(page)
    lines = trail.audit_file(Wanted(kinds=("export",))).decode("utf-8-sig").splitlines()
    assert lines[0] == "event,at,kind,via,actor,subject,address,details"
    assert len(lines) == 61


def test_a_file_that_leaves_is_noted_with_its_revision(office, monkeypatch):
    made = downloads.noted(lambda: b"rows", file="sales.csv", revision=None)
    assert made() == b"rows"
    with office.database.reading(user_of(office.account("root"), office.database).scope) as conn:
        from data.queries.revisions import current_revision

        newest = current_revision(conn)
    assert office.last() == ("export", "root", None, {"file": "sales.csv", "revision": newest, "bytes": 4})


def test_no_page_offers_a_file_that_leaves_no_line_in_the_trail():
    root = PAGES.parent
    offered = [
        path.name
        for folder in ("pages", "dashboard")
        for path in (root / folder).rglob("*.py")
        if "st.download_button(" in path.read_text(encoding="utf-8")
    ]
    assert offered == ["downloads.py"]
