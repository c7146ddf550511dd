"""Baskets in two places are found in memory, and by the database where there are too many to remember."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.loading import places, read_csv
from data.loading.places import Places
from data.loading.rejects import Rejected

small = st.integers(1, 3)
rows = st.lists(st.tuples(st.integers(1, 6), small, small, small), min_size=1, max_size=12)
TYPES = {"basket_id": pa.int64(), "store_id": pa.int32(), "household_id": pa.int32(), "sold_on": pa.date32()}


def table_of(chunk):
    columns = list(zip(*chunk, strict=True))
    return pa.table({name: pa.array(column, kind) for (name, kind), column in zip(TYPES.items(), columns, strict=True)})


@given(st.lists(rows, min_size=1, max_size=4))
def test_a_basket_in_two_places_is_found_over_any_chunks(chunks):
    seen = Places()
    for chunk in chunks:
        seen.note(table_of(chunk))
    every = pd.DataFrame([row for chunk in chunks for row in chunk])
    assert seen.apart == bool((every.drop_duplicates().groupby(0).size() > 1).any())
    if not seen.apart:
        assert seen.first_and_last == (every[0].min(), every[0].max())


def test_no_lines_are_in_no_place():
    seen = Places()
    seen.note(table_of([(1, 1, 1, 1)]).slice(1))
    assert (seen.apart, seen.full) == (False, False)


def lines(first_basket, stores):
    """A line in each store: the first and the last belong to one basket, the others to one each."""
    last = len(stores) - 1
    return "".join(
        f"{first_basket + number % last},{10 + number},{store},7,2017-03-01 10:00,1,1,0,0,0\n"
        for number, store in enumerate(stores)
    )


@pytest.mark.parametrize("most", [4_000_000, 2])
def test_the_database_is_asked_where_memory_ends(shop, monkeypatch, most):
    monkeypatch.setattr(read_csv, "_BLOCK", 256)
    monkeypatch.setattr(places, "MOST_BASKETS", most)
    assert shop.sales(lines(1, [5] * 60)).rows == 60
    with pytest.raises(Rejected, match="row 61: store must be the same in all lines of basket 1001; row 2 has 5"):
        shop.sales(lines(1001, [*[5] * 59, 6]))
    with pytest.raises(Rejected, match="row 2: store must be the same in all lines of basket 59; load 4 has 5"):
        shop.sales(lines(59, [6] * 60))
    assert len(shop.lines()) == 60
