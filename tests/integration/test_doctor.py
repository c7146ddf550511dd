"""The doctor finds what has been tampered with, and says what to do."""

import pytest
import sqlalchemy as sa

from data.db import Database, make_engine
from data.doctor import Head, examine
from data.errors import UsageError
from data.migrating import upgrade
from tests.changes.shop import edit
from tests.spec.world import World

LINES = """
basket  product  store  household  sold_on     quantity  net
1       10       1      7          2017-02-01  2         3.00
2       10       1      7          2017-03-08  1         1.50
"""


@pytest.fixture
def shop(database):
    with database.owner.begin() as conn:
        World(conn).lines(LINES)
    return database


def failed(database):
    return {finding.check: finding.detail for finding in examine(database.owner) if not finding.ok}


def tamper(database, *statements):
    with database.owner.begin() as conn:
        for statement in statements:
            conn.execute(sa.text(statement))


def rewrite(database, *statements):
    """What somebody can do who owns the tables and turns their triggers off."""
    tables = ("products", "revisions", "revision_counter", "revision_tables")
    tamper(database, *(f"alter table history.{table} disable trigger user" for table in tables), *statements)


def test_a_sound_database_passes_every_check(shop):
    findings = list(examine(shop.owner))
    assert [finding.check for finding in findings if not finding.ok] == []
    assert len(findings) == 8


def test_a_changed_line_is_found(shop):
    tamper(
        shop,
        "alter table facts.sales_lines_2017_02 disable trigger daybook_fixed",
        "update facts.sales_lines_2017_02 set net_cents = net_cents + 1",
    )
    assert failed(shop) == {"facts": "not as loaded: load 1 (lines.txt)"}


def test_a_line_of_no_load_is_found(shop):
    tamper(
        shop,
        "alter table facts.sales_lines_2017_02 disable trigger daybook_load",
        "insert into facts.sales_lines_2017_02 select 99, product_id, sold_at, sold_on, store_id, household_id, quantity, net_cents,"
        " 0, 0, 0, 77, 1 from facts.sales_lines_2017_02",
    )
    assert failed(shop) == {"facts": "not as loaded: lines of no load: 1 in sales_lines"}


def test_a_reference_row_changed_past_the_triggers_is_found(shop):
    tamper(
        shop,
        *(
            f"alter table products disable trigger {name}"
            for name in ("daybook_open", "daybook_stamp", "daybook_updated")
        ),
        "update products set brand = 'forged'",
    )
    assert failed(shop) == {"row history": "changed outside the history: products at revision 1"}


def test_a_line_of_an_unknown_product_and_a_wrong_date_are_found(shop):
    tamper(
        shop,
        "delete from products",
        "alter table facts.sales_lines_2017_02 disable trigger daybook_fixed",
        "update facts.sales_lines_2017_02 set sold_at = sold_at + interval '3 days'",
    )
    found = failed(shop)
    assert found["members"] == "facts name unknown members: 1 products"
    assert found["dates"] == "1 lines have another business date"


@pytest.mark.parametrize(
    ("statements", "check", "words"),
    [
        (["update history.products set brand = 'forged'"], "row history", "products at revision"),
        (["delete from history.products"], "row history", "products at revision"),
        (["update history.revisions set author = 'nobody' where revision = 2"], "revisions", "revision 2"),
        (["delete from history.revision_tables where revision = 2"], "revisions", "revision 2"),
        (["update history.revision_counter set head = sha256('')"], "revisions", "does not end where the counter says"),
    ],
)
def test_a_superuser_who_rewrites_the_past_is_found(shop, statements, check, words):
    edit(shop, "products", "10", brand="Ours")
    rewrite(shop, *statements)
    assert words in failed(shop)[check]


def head_of(database) -> Head:
    told = next(finding.detail for finding in examine(database.owner) if finding.check == "revisions")
    return Head.read(told.rpartition(" ")[2])


def test_the_whole_head_is_printed_and_stays_in_the_chain(shop):
    kept = head_of(shop)
    assert kept.revision == 1
    edit(shop, "products", "10", brand="Ours")
    assert head_of(shop).revision == 2
    assert [finding.check for finding in examine(shop.owner, kept=kept) if not finding.ok] == []


def test_a_chain_that_was_made_anew_does_not_hold_the_head_from_before(shop):
    edit(shop, "products", "10", brand="Ours")
    kept = head_of(shop)
    rewrite(
        shop,
        "update history.revisions set reason = 'another' where revision = 2",
        "update history.revisions set hash = history.revision_hash(2) where revision = 2",
        "update history.revision_counter set head = history.revision_hash(2)",
    )
    assert failed(shop) == {}  # the chain alone cannot tell
    found = [finding for finding in examine(shop.owner, kept=kept) if not finding.ok]
    assert [finding.check for finding in found] == ["kept head"]
    assert "revision 2 or one before it was rewritten" in found[0].detail


def test_a_head_from_another_database_is_not_there(shop):
    found = [finding for finding in examine(shop.owner, kept=Head(99, bytes(32))) if not finding.ok]
    assert [finding.detail for finding in found] == ["revision 99 is not there any more"]


@pytest.mark.parametrize("text", ["", "18", "18:abc", f"0:{'a' * 64}", f"18:{'A' * 64}", f"18:{'a' * 65}"])
def test_what_is_no_head_is_refused(text):
    with pytest.raises(UsageError, match="64 hexadecimal digits"):
        Head.read(text)


def test_an_unmigrated_database_is_sent_to_migrate(empty_database_url):
    engine = make_engine(empty_database_url())
    found = {finding.check: finding for finding in examine(engine)}
    assert not found["migrations"].ok
    assert "run `daybook migrate`" in found["migrations"].detail
    engine.dispose()


def test_a_poor_login_gets_the_sql_and_with_it_can_migrate(empty_database_url, server_url):
    url = sa.make_url(empty_database_url())
    admin = make_engine(sa.make_url(server_url).set(database=url.database).render_as_string(hide_password=False))
    with admin.begin() as conn:
        conn.execute(sa.text("create role plain_login login password 'test-login'"))
        me = conn.scalar(sa.text("select current_user"))
        conn.execute(sa.text(f'grant plain_login to "{me}"'))
    plain = url.set(username="plain_login", password="test-login").render_as_string(hide_password=False)
    engine = make_engine(plain)
    try:
        finding = next(found for found in examine(engine) if found.check == "rights")
        assert not finding.ok
        statements = finding.detail.split("a superuser runs:\n")[1]
        with admin.begin() as conn:
            conn.execute(sa.text(statements))
        upgrade(engine)
        assert Database(engine, engine, engine).roles.reader == f"{url.database}_reader"
        assert next(found for found in examine(engine) if found.check == "rights").ok
    finally:
        engine.dispose()
        with admin.execution_options(isolation_level="AUTOCOMMIT").connect() as conn:
            conn.execute(sa.text("drop owned by plain_login cascade"))
        admin.dispose()
