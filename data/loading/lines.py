"""A sales file: its columns, and its chunks as lines with business date and occurrence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data.loading.checks import Reading, filled
from data.loading.facts import Period, business_dates
from data.loading.instants import Instant
from data.loading.numbers import Money, Whole
from data.loading.parse import FileColumn, Parsed, parse, rejected
from data.loading.readers import Chunk

LARGEST_INT = 2**31 - 1
LARGEST_LONG = 2**63 - 1
_MONEY = Money(-LARGEST_INT, LARGEST_INT, pa.int32())
_INT_KEY = Whole(1, LARGEST_INT, pa.int32())
_LONG_KEY = Whole(1, LARGEST_LONG, pa.int64())
SALES_COLUMNS = (
    FileColumn("basket", _LONG_KEY, "basket_id"),
    FileColumn("product", _LONG_KEY, "product_id"),
    FileColumn("store", _INT_KEY, "store_id"),
    FileColumn("household", _INT_KEY, "household_id"),
    FileColumn("sold_at", Instant(), "sold_at"),
    FileColumn("quantity", Whole(0, LARGEST_INT, pa.int32()), "quantity"),
    FileColumn("net", _MONEY, "net_cents"),
    FileColumn("retail_discount", _MONEY, "retail_discount_cents"),
    FileColumn("coupon_discount", _MONEY, "coupon_discount_cents"),
    FileColumn("coupon_match", _MONEY, "coupon_match_cents"),
)


def parsed_lines(chunks: Iterable[Chunk], reading: Reading, period: Period | None) -> Iterator[Parsed]:
    """Each chunk's lines with their business date; those outside the replaced period are rejects."""
    for chunk in chunks:
        parsed = parse(chunk, SALES_COLUMNS, reading)
        dates = business_dates(parsed.rows["sold_at"].combine_chunks(), reading.time_zone)
        dated = Parsed(parsed.rows.append_column("sold_on", dates), parsed.rejects)
        yield dated if period is None else _within(dated, period)


def _within(parsed: Parsed, period: Period) -> Parsed:
    dates = parsed.rows["sold_on"].combine_chunks()
    bounds = [pa.scalar(bound, pa.date32()) for bound in (period.start, period.end)]
    outside = filled(pc.or_(pc.less(dates, bounds[0]), pc.greater_equal(dates, bounds[1])))
    if not outside.any():
        return parsed
    rule = f"must lie in the replaced period, from {period.start} until before {period.end}"
    late = rejected(parsed.rows["row"].to_numpy(), outside, "sold_at", rule, dates)
    return Parsed(parsed.rows.filter(pa.array(~outside)), pa.concat_tables([parsed.rejects, late]))


class Occurrences:
    """Numbers a product's lines in a basket from 1, in the order of the file, remembering the chunk before.

    Baskets that lie further apart in the file are numbered from 1 again: the table's key then refuses them, and the
    load is done over by way of a staging table, where the database numbers them. So memory stays bounded.
    """

    def __init__(self) -> None:
        self._before = pd.DataFrame({"basket_id": [], "product_id": [], "occurrence": []}, dtype="int64")

    def of(self, lines: pa.Table) -> pa.Array:
        """The occurrence of each line."""
        keys = pd.DataFrame({name: lines[name].to_numpy() for name in ("basket_id", "product_id")})
        numbers = np.ones(len(keys), dtype=np.int64)
        if not _all_differ(pd.concat([self._before[["basket_id", "product_id"]], keys])):
            last = self._before.groupby(["basket_id", "product_id"])["occurrence"].max()
            earlier = keys.join(last, on=["basket_id", "product_id"])["occurrence"].fillna(0).to_numpy(dtype=np.int64)
            numbers += keys.groupby(["basket_id", "product_id"]).cumcount().to_numpy() + earlier
        self._before = keys.assign(occurrence=numbers)
        return pa.array(numbers)


def _all_differ(keys: pd.DataFrame) -> bool:
    """Whether no pair repeats; a hash settles it in most chunks."""
    pairs: np.ndarray[Any, Any] = keys.to_numpy().astype(np.uint64)
    mixed = pairs[:, 0] * np.uint64(0x9E3779B97F4A7C15) + pairs[:, 1]
    return len(pd.unique(mixed)) == len(mixed)
