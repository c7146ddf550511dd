"""Which table answers which question, what may be declared, and whom a rollup refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from data.errors import CatalogError
from data.queries.metrics import metric_result
from data.scope import Scope
from data.semantic.catalog import catalog
from data.semantic.catalog.sales import ROLLUPS, SUBJECT
from data.semantic.checked import CheckedSubject
from data.semantic.compile import compile_query
from data.semantic.question import Filter, Query, Top
from data.semantic.sources import rows_at
from data.semantic.types import Grain
from tests.changes.shop import LINES, PRODUCTS, STORES
from tests.spec.world import World

EVERYTHING, SOME = Scope.everything(), Scope.of_stores(1)
DEPARTMENT, STORE, PRODUCT = (Filter(name, members) for name, members in (
    ("department", ("GROCERY",)), ("store", (1,)), ("product", (10,))))  # fmt: skip


def reads(query, scope=EVERYTHING, revision=None):
    return compile_query(query, catalog=catalog(), source=rows_at(revision), scope=scope, by_rollups=True).rollups


@pytest.mark.parametrize(
    ("query", "rollups"),
    [
        (Query(("net_sales",)), ("sales_days",)),
        (Query(("net_sales", "units", "discount_rate"), ("department", "brand"), Grain.WEEK), ("sales_days",)),
        (Query(("lines",), ("category", "weekday"), filters=(DEPARTMENT,)), ("sales_days",)),
        (Query(("net_sales", "baskets", "units")), ("sales_baskets",)),
        (Query(("households",), ("region", "hour"), filters=(STORE,)), ("sales_baskets",)),
        (Query(("net_sales",), ("campaign", "age")), ("sales_baskets",)),
        (Query(("net_sales", "baskets"), ("department",)), ("sales_days",)),  # baskets of it come from the lines
        (Query(("baskets",), ("department",)), ()),
        (Query(("net_sales",), ("product",)), ()),
        (Query(("net_sales",), filters=(PRODUCT,)), ()),
        (Query(("net_sales",), ("department", "store")), ()),
        (Query(("penetration",), ("department",)), ("sales_baskets",)),  # its denominator knows no department
        (Query(("net_sales", "baskets"), ("department",), top=(Top("department", 3, "baskets"),)), ()),
        (Query(("attainment",), ("department",), Grain.MONTH), ("sales_days",)),
        (Query(("target",), ("department",)), ()),
    ],
)
def test_the_coarsest_table_that_answers_is_read(query, rollups):
    assert reads(query) == rollups


def test_who_sees_some_stores_is_answered_from_what_holds_the_store():
    assert reads(Query(("net_sales",)), SOME) == ("sales_baskets",)
    assert reads(Query(("net_sales",), ("department",)), SOME) == ()


def test_a_past_revision_is_read_from_the_rollup_s_history():
    compiled = compile_query(Query(("net_sales",), ("brand",)), catalog=catalog(), source=rows_at(3), scope=EVERYTHING,
                             by_rollups=True)  # fmt: skip
    assert "history.sales_days" in str(compiled.statement)
    assert "sales_lines" in compiled.tables  # whose revisions say whether an answer is still good
    assert "sales_days" not in compiled.tables


def test_the_statement_says_which_rollup_it_reads(committed):
    with committed.reading(EVERYTHING) as conn:
        told = metric_result(conn, Query(("net_sales",)), scope=EVERYTHING).sql
        plain = metric_result(conn, Query(("net_sales",), ("product",)), scope=EVERYTHING).sql
    assert told.startswith("-- reads the rollup sales_days\n")
    assert not plain.startswith("--")


@pytest.fixture
def committed(database):
    with database.owner.begin() as conn:
        World(conn).products(PRODUCTS).stores(STORES).lines(LINES)
    return database


@pytest.mark.parametrize("table", ["sales_days", "history.sales_days"])
def test_a_scoped_reader_gets_an_error_from_a_sum_over_all_stores(committed, table):
    stmt = sa.text(f"select count(*) from {table}")
    with committed.owner.begin() as conn:  # something to be seen in the history, too
        conn.execute(sa.text("insert into history.sales_days select 1, d.* from sales_days d"))
    with committed.reading(EVERYTHING) as conn:
        assert conn.scalar(stmt) > 0
    with committed.reading(SOME) as conn, pytest.raises(ProgrammingError, match="adds up over all stores"):
        conn.scalar(stmt)


def test_a_scoped_reader_sees_the_baskets_of_those_stores_alone(committed):
    stmt = sa.text("select array_agg(distinct store_id) from sales_baskets")
    with committed.reading(SOME) as conn:
        assert conn.scalar(stmt) == [1]
    with committed.reading(Scope.of_stores()) as conn:
        assert conn.scalar(stmt) is None


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"dimensions": ("aisle",)}, "no such dimension: 'aisle'"),
        ({"measures": ("profit",)}, "no such measure: 'profit'"),
        ({"dimensions": ("product",)}, "product_id, for which one member stands in"),
        ({"dimensions": ("manufacturer",)}, "manufacturer of products, which its members do not share"),
        ({"dimensions": ("store",)}, "store_id, which the table does not have"),
        ({"measures": ("basket_count",)}, "basket_id, which the table does not have"),
        ({"shared": ROLLUPS[1].shared}, "category_id of products, which its members do not share"),
    ],
)
def test_a_rollup_that_cannot_answer_what_it_declares_is_refused(changed, says):
    with pytest.raises(CatalogError, match=says):
        CheckedSubject.check(replace(SUBJECT, rollups=(replace(ROLLUPS[0], **changed),)))


def test_an_empty_period_has_zeros_from_rollups_too(committed):
    query = Query(("net_sales", "lines", "units"), start=date(2030, 1, 1), end=date(2030, 2, 1))
    with committed.reading(EVERYTHING) as conn:
        found = metric_result(conn, query, scope=EVERYTHING)
    assert found.rollups == ("sales_days",)
    assert found.frame.iloc[0].tolist() == [0, 0, 0]
