"""A folder with a sample of a few promotions, and the loading of one in a process that may be killed or measured."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import pandas as pd

from data.db import Database, make_engine
from data.loading.sample_files import SampleFiles
from data.loading.sample_promotions import load_sample_promotions, weeks_of

COLUMNS = ["product_id", "store_id", "display_location", "mailer_location", "week"]


def write_promotions(folder: Path, rows: list[tuple[int, int, str, str, int]]) -> SampleFiles:
    """The files of a sample whose promotions are `rows`; of its products nothing but the file is there."""
    pd.DataFrame(rows, columns=COLUMNS).to_parquet(folder / "promotions.parquet", index=False)
    (folder / "products.parquet").write_bytes(b"products")
    return SampleFiles(folder)


def _peak_kib() -> int:
    """The most memory that this program held; the kernel's usage record counts the process that started it, too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.findall(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)[0])


def _stop_before_the_end(rows: int, total: int | None, phase: str) -> None:
    if total is None:  # every row is copied, and nothing is recorded yet
        print("copied", flush=True)  # noqa: T201  the test waits for it
        time.sleep(600)


if __name__ == "__main__":
    if sys.argv[1] == "measure":
        placements = sum(week.placements for week in weeks_of(SampleFiles().path("promotions")))
        print(placements, _peak_kib())  # noqa: T201
    else:
        engine = make_engine(sys.argv[1])
        files = SampleFiles(Path(sys.argv[2]))
        load_sample_promotions(Database(engine, engine, engine), files=files, progress=_stop_before_the_end)
