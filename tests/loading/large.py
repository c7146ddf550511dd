"""A sales file large enough to be caught in the middle, and the loading of one in a process that may be killed."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from data.db import Database, make_engine
from data.loading.load import load_file
from data.loading.options import Options


def write_large(path: Path, rows: int) -> int:
    """Write a Parquet file over three months; gives its net in cents."""
    number = np.arange(rows)
    day = pd.Timestamp("2017-01-01 12:00") + pd.to_timedelta(number // 5 % 90, unit="D")
    columns = {
        "basket": number // 5 + 1,
        "product": number % 5 + 1,
        "store": number // 5 % 7 + 1,
        "household": number // 5 + 1,
    }
    zero = np.zeros(rows)
    money = {"net": number % 997 / 100, "retail_discount": zero, "coupon_discount": zero, "coupon_match": zero}
    pd.DataFrame({**columns, "sold_at": day, "quantity": 1, **money}).to_parquet(path, index=False)
    return int((number % 997).sum())


if __name__ == "__main__":
    engine = make_engine(sys.argv[1])
    print("ready", flush=True)  # noqa: T201  the test waits for it
    load_file(Database(engine, engine, engine), "sales", Path(sys.argv[2]), options=Options(allow_inferred=True))
