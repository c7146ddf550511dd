"""Which table answers which question, what may be declared, and whom a rollup refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import ProgrammingError

from data.changes.editable import editable_table
from data.errors import CatalogError
from data.models import Base
from data.queries.metrics import metric_result
from data.scope import Scope
from data.semantic.catalog import catalog
from data.semantic.catalog.sales import SUBJECT
from data.semantic.catalog.sales_rollups import ROLLUPS
from data.semantic.checked import CheckedSubject
from data.semantic.compile import compile_query
from data.semantic.question import Compare, Filter, Match, Query, Top, Versus
from data.semantic.rollups import rollup_by
from data.semantic.sources import rows_at
from data.semantic.streams import Stream
from data.semantic.types import Grain
from data.semantic.whole import dates_read, whole_buckets
from tests.changes.shop import LINES, PRODUCTS, STORES
from tests.spec.world import World

EVERYTHING, SOME = Scope.everything(), Scope.of_stores(1)
DEPARTMENT, STORE, PRODUCT = (Filter(name, members) for name, members in (
    ("department", ("GROCERY",)), ("store", (1,)), ("product", (10,))))  # fmt: skip


TOTALS, DAYS, STORE_MONTHS = (
    next(one for one in ROLLUPS if one.name == name) for name in ("sales_totals", "sales_days", "sales_store_months")
)


def reads(query, scope=EVERYTHING, revision=None):
    return compile_query(query, catalog=catalog(), source=rows_at(revision), scope=scope, by_rollups=True).rollups


def written(query):
    compiled = compile_query(query, catalog=catalog(), source=rows_at(None), scope=EVERYTHING, by_rollups=True)
    return str(compiled.statement.compile(dialect=postgresql.dialect()))


def test_members_two_tables_away_are_an_array_so_that_a_rollup_is_not_looked_up_row_by_row():
    assert "categories.department_id = ANY (array(" in written(Query(("net_sales",), filters=(DEPARTMENT,)))
    others = Query(("net_sales",), filters=(replace(DEPARTMENT, match=Match.NOT_IN),))
    assert "NOT (categories.department_id = ANY (array(" in written(others)
    assert "ANY (array(" not in written(Query(("baskets",), filters=(DEPARTMENT,)))  # from the lines
    assert "ANY (array(" not in written(Query(("net_sales",), filters=(Filter("category", ("GROCERY > CHEESE",)),)))


@pytest.mark.parametrize(
    ("query", "rollups"),
    [
        (Query(("net_sales",)), ("sales_totals",)),
        (Query(("net_sales", "units", "discount_rate"), ("department", "brand"), Grain.WEEK), ("sales_weeks",)),
        (Query(("net_sales",), ("category",), Grain.QUARTER), ("sales_months",)),
        (Query(("net_sales",), ("category",), Grain.DAY), ("sales_days",)),
        (Query(("lines",), ("category", "weekday"), filters=(DEPARTMENT,)), ("sales_days",)),
        (Query(("net_sales", "baskets", "units")), ("sales_baskets", "sales_totals")),
        (Query(("net_sales", "baskets"), ("store",)), ("sales_baskets", "sales_store_months")),
        (Query(("households",), ("region", "hour"), filters=(STORE,)), ("sales_baskets",)),
        (Query(("households",), ("age",), Grain.YEAR), ("sales_household_months",)),
        (Query(("net_sales",), ("campaign", "age")), ("sales_baskets",)),
        (Query(("net_sales", "baskets"), ("department",)), ("sales_months",)),  # baskets of it come from the lines
        (Query(("baskets",), ("department",)), ()),
        (Query(("net_sales",), ("product",)), ("sales_product_months",)),
        (Query(("units", "lines"), ("manufacturer",), filters=(PRODUCT,)), ("sales_product_months",)),
        (Query(("net_sales",), ("product",), Grain.WEEK), ()),
        (Query(("net_sales",), ("product", "store")), ()),
        (Query(("baskets",), ("product", "department")), ("sales_product_months",)),
        (Query(("baskets",), ("category",), filters=(PRODUCT,)), ("sales_product_months",)),
        (
            Query(("baskets",), ("product", "department"), totals=(("department",),)),
            (),
        ),  # a basket has several products
        (Query(("baskets",), filters=(Filter("product", (10, 20)),)), ()),
        (Query(("baskets",), filters=(Filter("product", (10,), Match.NOT_IN),)), ()),
        (Query(("net_sales", "units"), ("product",), top=(Top("product", 3, "net_sales"),)), ("sales_product_months",)),
        (Query(("net_sales", "baskets"), ("hour", "weekday")), ("sales_baskets", "sales_quarter_hours")),
        (Query(("net_sales",), ("department", "store")), ()),
        (Query(("penetration",), ("department",)), ("sales_household_months",)),  # its denominator knows no department
        (Query(("net_sales", "baskets"), ("department",), top=(Top("department", 3, "baskets"),)), ()),
        (Query(("net_sales", "baskets"), ("store",), top=(Top("store", 3, "baskets"),)), ("sales_baskets",)),
        (Query(("attainment",), ("department",), Grain.MONTH), ("sales_months",)),
        (Query(("target",), ("department",)), ()),
    ],
)
def test_the_coarsest_table_that_answers_is_read(query, rollups):
    assert reads(query) == rollups


@pytest.mark.parametrize(
    ("start", "end", "before", "rollups"),
    [
        (date(2017, 2, 1), date(2017, 4, 1), None, ("sales_months",)),
        (date(2017, 1, 31), date(2017, 4, 1), None, ("sales_days", "sales_months")),
        (None, date(2017, 4, 2), None, ("sales_days", "sales_months")),
        (date(2017, 2, 2), date(2017, 3, 31), None, ("sales_weeks", "sales_days")),  # no month, but weeks
        (date(2017, 10, 2), date(2018, 1, 1), None, ("sales_weeks",)),  # 13 weeks; or 2 months and 30 days
        (date(2017, 1, 1), date(2018, 1, 1), None, ("sales_months",)),
        (date(2017, 2, 7), date(2017, 2, 13), None, ("sales_days",)),
        (date(2017, 2, 7), date(2017, 2, 13), (date(2017, 1, 1), date(2017, 2, 1)), ("sales_days", "sales_months")),
    ],
)
def test_days_are_read_beside_whole_months_and_weeks(start, end, before, rollups):
    compare = None if before is None else Compare(Versus.RANGE, *before)
    assert reads(Query(("net_sales",), ("brand",), None, start, end, compare=compare)) == tuple(sorted(rollups))


@pytest.mark.parametrize(
    ("grain", "start", "end", "first", "last"),
    [
        (Grain.WEEK, date(2017, 1, 2), date(2017, 1, 9), date(2017, 1, 2), date(2017, 1, 9)),
        (Grain.WEEK, date(2017, 1, 3), date(2017, 1, 10), date(2017, 1, 9), date(2017, 1, 9)),
        (Grain.MONTH, date(2016, 12, 2), date(2017, 3, 1), date(2017, 1, 1), date(2017, 3, 1)),
        (Grain.MONTH, date(2017, 1, 31), date(2017, 2, 28), date(2017, 2, 1), date(2017, 2, 1)),
        (Grain.MONTH, None, date(2017, 2, 28), None, date(2017, 2, 1)),
        (Grain.MONTH, date(9999, 12, 15), date.max, date.max, date(9999, 12, 1)),
        (Grain.WEEK, date(9999, 12, 28), None, date.max, None),
    ],
)
def test_whole_buckets(grain, start, end, first, last):
    assert whole_buckets(grain, start, end) == (first, last)


@pytest.mark.parametrize(
    ("grain", "dates"), [(Grain.DAY, 91), (Grain.WEEK, 13), (Grain.MONTH, 32)]
)  # fmt: skip
def test_how_many_dates_thirteen_weeks_are_read_of(grain, dates):
    assert dates_read(grain, date(2017, 10, 2), date(2018, 1, 1)) == dates


def test_who_sees_some_stores_is_answered_from_what_holds_the_store():
    assert reads(Query(("net_sales",)), SOME) == ("sales_store_months",)
    assert reads(Query(("baskets",), (), Grain.DAY), SOME) == ("sales_baskets", "sales_store_days")
    assert reads(Query(("households",)), SOME) == ("sales_baskets",)
    assert reads(Query(("net_sales",), ("department",)), SOME) == ()


def test_a_past_revision_is_read_from_the_rollup_s_history():
    compiled = compile_query(Query(("net_sales",), ("brand",)), catalog=catalog(), source=rows_at(3), scope=EVERYTHING,
                             by_rollups=True)  # fmt: skip
    assert "history.sales_months" in str(compiled.statement)
    assert "sales_lines" in compiled.tables  # whose revisions say whether an answer is still good
    assert "sales_months" not in compiled.tables


def test_facts_chosen_by_date_are_read_by_day():
    compiled = compile_query(Query(("net_sales",), ("brand",)), catalog=catalog(), source=rows_at(None),
                             scope=EVERYTHING, by_rollups=True, by_day=True)  # fmt: skip
    assert compiled.rollups == ("sales_days",)


@pytest.mark.parametrize(
    ("table", "rollups"), [("products", ("sales_product_months",)), ("categories", ("sales_months",)), (None, ("sales_months",))]
)  # fmt: skip
def test_a_draft_is_read_from_what_tells_its_members_apart(table, rollups):
    edited = None if table is None else Base.metadata.tables[table]
    compiled = compile_query(Query(("net_sales",), ("brand",)), catalog=catalog(), source=rows_at(None),
                             scope=EVERYTHING, by_rollups=True, edited=edited)  # fmt: skip
    assert compiled.rollups == rollups


@pytest.mark.parametrize(
    ("table", "everything", "some"),
    [
        ("products", "sales_product_months", None),
        ("departments", "sales_months", None),
        ("stores", "sales_store_months", "sales_store_months"),
        ("households", "sales_household_months", "sales_baskets"),
    ],
)
def test_what_rests_on_rows_is_read_from_the_coarsest_that_tells_them_apart(table, everything, some):
    sales = catalog().subject("sales")
    stream = Stream(sales, sales.graph, (sales.measures["net_cents"], sales.measures["line_count"]))
    column = editable_table(table).ids[0]
    found = [rollup_by(stream, column, scope) for scope in (EVERYTHING, SOME)]
    assert [rollup and rollup.name for rollup in found] == [everything, some]


def test_the_statement_says_which_rollup_it_reads(committed):
    with committed.reading(EVERYTHING) as conn:
        told = metric_result(conn, Query(("net_sales",)), scope=EVERYTHING).sql
        plain = metric_result(conn, Query(("net_sales",), ("product", "store")), scope=EVERYTHING).sql
    assert told.startswith("-- reads the rollup sales_totals\n")
    assert not plain.startswith("--")


@pytest.fixture
def committed(database):
    with database.owner.begin() as conn:
        World(conn).products(PRODUCTS).stores(STORES).lines(LINES)
    return database


ALL_STORES = [rollup.name for rollup in ROLLUPS if "store_id" not in rollup.table.columns]


@pytest.mark.parametrize("table", [name for table in ALL_STORES for name in (table, f"history.{table}")])
def test_a_scoped_reader_gets_an_error_from_a_sum_over_all_stores(committed, table):
    stmt = sa.text(f"select count(*) from {table}")
    with committed.owner.begin() as conn:  # something to be seen in the history, too
        for name in ALL_STORES:
            conn.execute(sa.text(f"insert into history.{name} select 1, d.* from {name} d"))
    with committed.reading(EVERYTHING) as conn:
        assert conn.scalar(stmt) > 0
    with committed.reading(SOME) as conn, pytest.raises(ProgrammingError, match="adds up over all stores"):
        conn.scalar(stmt)


@pytest.mark.parametrize("table", ["sales_baskets", "sales_store_days", "sales_store_months"])
def test_a_scoped_reader_sees_the_rows_of_those_stores_alone(committed, table):
    stmt = sa.text(f"select array_agg(distinct store_id) from {table}")
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
        ({"shared": TOTALS.shared}, "category_id of products, which its members do not share"),
        ({"grain": Grain.QUARTER}, "by day, week or month; got quarter"),
        ({"grain": Grain.MONTH}, "one by month must name a table by day"),
        ({"days": TOTALS.table}, "one by day must not name a table by day"),
        ({"grain": Grain.MONTH, "days": DAYS.table}, "'weekday' reads sales_lines.sold_on, a whole month"),
    ],
)
def test_a_rollup_that_cannot_answer_what_it_declares_is_refused(changed, says):
    with pytest.raises(CatalogError, match=says):
        CheckedSubject.check(replace(SUBJECT, rollups=(replace(DAYS, **changed),)))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"counts": ()}, "go together"),
        ({"apart": "product"}, "go together"),
        ({"counted_in": None}, "go together"),
        ({"counts": ("net_cents",)}, "'net_cents' is counted by rows, and does not fix 'period'"),
        ({"counts": ("visits",)}, "'visits' is not counted by a rollup that tells what it repeats"),
        ({"counted_in": DAYS.table}, "is not counted by a rollup that tells what it repeats"),
        ({"counts": ("household_count",)}, "'household_count' is counted by rows, and does not fix 'period'"),
        ({"table": DAYS.table}, "is counted by rows, and the table has no row_count"),
    ],
)
def test_a_rollup_that_cannot_count_by_rows_is_refused(changed, says):
    others = [one for one in ROLLUPS if one is not TOTALS]
    with pytest.raises(CatalogError, match=says):
        CheckedSubject.check(replace(SUBJECT, rollups=(replace(TOTALS, **changed), *others)))


def test_a_rollup_whose_days_lack_a_column_is_refused():
    with pytest.raises(CatalogError, match="sales_days by day lacks store_id"):
        CheckedSubject.check(replace(SUBJECT, rollups=(replace(STORE_MONTHS, days=DAYS.table),)))


def test_an_empty_period_has_zeros_from_rollups_too(committed):
    query = Query(("net_sales", "lines", "units"), start=date(2030, 1, 1), end=date(2030, 2, 1))
    with committed.reading(EVERYTHING) as conn:
        found = metric_result(conn, query, scope=EVERYTHING)
    assert found.rollups == ("sales_totals",)
    assert found.frame.iloc[0].tolist() == [0, 0, 0]
