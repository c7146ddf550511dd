"""The binary encoder against PostgreSQL itself: what goes in comes out, whatever the rows are."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.loading.copy import copy_rows, encode

FIELDS = {
    "small": (pa.int16(), "int2", st.integers(-(2**15), 2**15 - 1)),
    "whole": (pa.int32(), "int4", st.integers(-(2**31), 2**31 - 1)),
    "large": (pa.int64(), "int8", st.integers(-(2**63), 2**63 - 1)),
    "day": (pa.date32(), "date", st.dates()),
    "instant": (pa.timestamp("us", "UTC"), "timestamptz", st.datetimes(timezones=st.just(UTC))),
    "words": (pa.string(), "text", st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))),
    "flag": (pa.bool_(), "boolean", st.booleans()),
    "numbers": (pa.list_(pa.int64()), "int8[]", st.lists(st.integers(-(2**63), 2**63 - 1), max_size=5)),
}
VARYING = ("words", "numbers")


@pytest.fixture
def target(conn):
    columns = ", ".join(f"{name} {kind}" for name, (_, kind, _) in FIELDS.items())
    conn.execute(sa.text(f"create temporary table target (number bigint generated always as identity, {columns})"))
    return conn


def round_trip(conn, chunks):
    conn.execute(sa.text("truncate target"))
    copied = copy_rows(conn, ("target",), chunks)
    names = ", ".join(chunks[0].column_names)
    return copied, [tuple(row) for row in conn.execute(sa.text(f"select {names} from target order by number"))]


def table_of(rows, names):
    schema = pa.schema([(name, FIELDS[name][0]) for name in names])
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], schema=schema)


every = st.tuples(*(values | st.none() for _, _, values in FIELDS.values()))
fixed = st.tuples(*(values for name, (_, _, values) in FIELDS.items() if name not in VARYING))
with_database = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@with_database
@given(rows=st.lists(every, min_size=1, max_size=20))
def test_every_type_with_nulls_comes_back_as_it_went(target, rows):
    assert round_trip(target, [table_of(rows, list(FIELDS))]) == (len(rows), rows)


@with_database
@given(rows=st.lists(fixed, min_size=1, max_size=20))
def test_rows_of_fixed_width_come_back_as_they_went(target, rows):
    names = [name for name in FIELDS if name not in VARYING]
    assert round_trip(target, [table_of(rows, names)]) == (len(rows), rows)


def test_several_chunks_are_one_copy(target):
    table = table_of([(1,), (2,), (None,), (4,)], ["whole"])
    assert round_trip(target, [table.slice(0, 2), table.slice(2, 1), table.slice(3)]) == (
        4,
        [(1,), (2,), (None,), (4,)],
    )


def test_a_slice_of_texts_encodes_only_itself(target):
    table = table_of([("left out",), ("ä€",), ("",), (None,)], ["words"])
    assert round_trip(target, [table.slice(1)]) == (3, [("ä€",), ("",), (None,)])


def test_no_chunks_copy_nothing(target):
    assert copy_rows(target, ("target",), []) == 0


def test_texts_that_are_all_empty_are_encoded(target):
    assert round_trip(target, [table_of([("",), ("",)], ["words"])])[1] == [("",), ("",)]


def test_an_empty_chunk_has_no_bytes():
    assert encode(table_of([], list(FIELDS))) == b""


def test_dates_before_2000_are_negative_days(target):
    rows = [(date(1970, 1, 1), datetime(1970, 1, 1, tzinfo=UTC))]
    assert round_trip(target, [table_of(rows, ["day", "instant"])])[1] == rows


def test_a_slice_of_lists_encodes_only_itself(target):
    table = table_of([([1, 2],), ([3],), ([],), (None,), ([4, 5, 6],)], ["numbers"])
    assert round_trip(target, [table.slice(1)]) == (4, [([3],), ([],), (None,), ([4, 5, 6],)])
