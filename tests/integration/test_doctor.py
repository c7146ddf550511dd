"""The doctor finds what has been tampered with, and says what to do."""

import pytest
import sqlalchemy as sa

from data.db import Database, make_engine
from data.doctor import examine
from data.migrating import upgrade
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
    assert failed(shop) == {"facts": "not as loaded: 1 lines of no load"}


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
