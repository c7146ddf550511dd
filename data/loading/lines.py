"""A sales file: its columns, and its chunks as lines with business date and occurrence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from data.loading.checks import Reading
from data.loading.dates import in_period, with_date
from data.loading.facts import Period
from data.loading.instants import Instant
from data.loading.numbers import Money, Whole
from data.loading.parse import FileColumn, Parsed, parse
from data.loading.places import Places
from data.loading.readers import Chunk

LARGEST_INT = 2**31 - 1
LARGEST_LONG = 2**63 - 1
_ODD = np.uint64(0x9E3779B97F4A7C15)
_NONE = np.array([], dtype=np.int64)
Numbers = np.ndarray[Any, np.dtype[np.int64]]
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


def parsed_lines(
    chunks: Iterable[Chunk], reading: Reading, period: Period | None, seen: Places | None = None
) -> Iterator[Parsed]:
    """Each chunk's lines with business date and occurrence; those outside the replaced period are rejects.

    `seen` is told of all lines as they are read.
    """
    occurrences = Occurrences()
    for chunk in chunks:
        parsed = parse(chunk, SALES_COLUMNS, reading)
        dated = in_period(with_date(parsed, "sold_on", "sold_at", reading.time_zone), period, "sold_on", "sold_at")
        if seen is not None:
            seen.note(dated.rows)
        numbers = pa.array(occurrences.of(dated.rows))
        yield Parsed(dated.rows.append_column("occurrence", numbers), dated.rejects)


class Occurrences:
    """Numbers a product's lines in a basket from 1, in the order of the file, remembering the chunk before.

    Baskets that lie further apart in the file are numbered from 1 again: the table's key then refuses them, and the
    load is done over by way of a staging table, where the database numbers them. So memory stays bounded.
    """

    def __init__(self) -> None:
        self._before = (_NONE, _NONE, _NONE)

    def of(self, lines: pa.Table) -> np.ndarray[Any, np.dtype[np.int64]]:
        """The occurrence of each line."""
        baskets, products = lines["basket_id"].to_numpy(), lines["product_id"].to_numpy()
        numbers = np.ones(len(baskets), dtype=np.int64)
        mixed = np.concatenate([_mixed(*self._before[:2]), _mixed(baskets, products)])
        if len(pd.unique(mixed)) < len(mixed):  # some pair repeats, or two pairs mix to the same number
            numbers = self._counted(baskets, products)
        self._before = (baskets, products, numbers)
        return numbers

    def _counted(self, baskets: Numbers, products: Numbers) -> Numbers:
        earlier = pd.DataFrame(dict(zip(("basket", "product", "number"), self._before, strict=True)))
        last = earlier.groupby(["basket", "product"])["number"].max()
        lines = pd.DataFrame({"basket": baskets, "product": products})
        counted = lines.groupby(["basket", "product"]).cumcount().to_numpy() + 1
        before = lines.join(last, on=["basket", "product"])["number"].fillna(0).to_numpy(dtype=np.int64)
        numbers: Numbers = counted + before
        return numbers


def _mixed(baskets: Numbers, products: Numbers) -> np.ndarray[Any, np.dtype[np.uint64]]:
    mixed: np.ndarray[Any, np.dtype[np.uint64]] = baskets.astype(np.uint64) * _ODD + products.astype(np.uint64)
    return mixed
