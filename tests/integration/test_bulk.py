"""Rows that come by Arrow are the rows that come one by one."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from data.bulk import MANY_ROWS, read_bulk
from data.errors import FrameError
from data.frames import read_frame
from data.queries.metrics import metric_result
from data.scope import Scope
from data.semantic.question import Query
from data.semantic.types import ColumnSpec, Unit

COLUMNS = (
    ColumnSpec("day", "", Unit.DATE),
    ColumnSpec("at", "", Unit.INSTANT),
    ColumnSpec("words", "", Unit.TEXT),
    ColumnSpec("net", "", Unit.CENTS),
    ColumnSpec("before", "", Unit.COUNT, nullable=True),
    ColumnSpec("rate", "", Unit.RATIO),
)
ROWS = sa.text("""
    select date '2017-01-01' + n::integer as day, timestamptz '2017-03-26 01:59:59.000001+01' + n * interval '1 hour' as at, words,
           9007199254740993 - n as net, nullif(n, 2) as before, n / nullif(3.0::double precision - n, 0) as rate
    from unnest(array['plain', '', null, 'a, "b"', E'two\\nlines', '%s 100 %', 'NULL', 'Ümläut']) with ordinality t (words, n)
""")


def compare_readers(conn, stmt, columns):
    by_row = read_frame(conn, stmt, columns)
    pd.testing.assert_frame_equal(read_bulk(conn, stmt, columns), by_row)
    return by_row


def test_every_value_comes_as_it_does_one_by_one(conn):
    conn.exec_driver_sql("set local timezone = 'Asia/Kathmandu'")
    found = compare_readers(conn, ROWS, COLUMNS)
    assert found["words"].isna().tolist() == [False, False, True, False, False, False, False, False]
    assert found["net"].iloc[0] == 2**53  # no double holds the one after it


def test_no_rows_have_their_dtypes(conn):
    nothing = sa.select(*(sa.column(column.name) for column in COLUMNS)).select_from(
        sa.text(f"({ROWS.text}) t")
    ).where(sa.column("net") == -1)  # fmt: skip
    assert compare_readers(conn, nothing, COLUMNS).empty


def test_other_columns_than_declared_are_refused(conn):
    with pytest.raises(FrameError, match="columns must be day; the statement gave net"):
        read_bulk(conn, sa.text("select 1 as net"), COLUMNS[:1])


def test_a_gap_where_there_must_be_none_is_told_with_its_row(conn):
    stmt = sa.text("select * from (values (1), (null), (3)) t (net)")
    with pytest.raises(FrameError, match="column net must not be empty; it is in row 2"):
        read_bulk(conn, stmt, (ColumnSpec("net", "", Unit.CENTS),))


def test_what_the_server_refuses_is_told_as_by_any_statement(conn):
    asked = sa.text("select net from nowhere where net = :net").bindparams(net=271828)
    with pytest.raises(ProgrammingError, match="nowhere") as refused:
        read_bulk(conn, asked, (ColumnSpec("net", "", Unit.CENTS),))
    assert "{'net'" not in str(refused.value)


def test_an_answer_of_many_rows_is_the_same(sample):
    few = Query(("net_sales", "units", "discount_rate"), ("product",), limit=MANY_ROWS)
    with sample.reading(Scope.everything()) as conn:
        one_by_one = metric_result(conn, few, scope=Scope.everything()).frame
        by_arrow = metric_result(conn, replace(few, limit=MANY_ROWS + 1), scope=Scope.everything()).frame
    assert len(by_arrow) == MANY_ROWS + 1
    pd.testing.assert_frame_equal(by_arrow.head(MANY_ROWS), one_by_one)
