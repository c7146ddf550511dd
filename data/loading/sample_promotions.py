"""The sample's promotions: 20.9 million placements, read a week at a time, on request and as one revision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from data.db import Database
from data.errors import LoadError
from data.loading.copy import copy_rows
from data.loading.facts import open_load, record_load
from data.loading.progress import Progress, silent
from data.loading.recording import refuse_loaded_before
from data.loading.sample import AUTHOR, is_empty, load_sample
from data.loading.sample_files import SampleFiles
from data.models import Load, PromotedProduct, PromotedWeek, Promotion
from data.models.loads import stands

TABLE = Promotion.__tablename__
ROWS = pa.schema(
    [
        ("week_on", pa.date32()),
        ("store_id", pa.int32()),
        ("displays", pa.string()),
        ("mailers", pa.string()),
        ("product_ids", pa.list_(pa.int64())),
    ]
)
# Sales of week 1 are of Sunday, 1 January 2017 alone, and every later week begins with a Monday: weeks are ISO weeks.
_WEEK_1 = date(2016, 12, 26)
_BATCH = 1 << 17
_COLUMNS = ("week", "store_id", "product_id", "display_location", "mailer_location")

Numbers = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class LoadedPromotions:
    """What a load of the promotions did: its revision, the placements read and the rows that hold them."""

    revision: int
    placements: int
    rows: int


def load_sample_promotions(
    database: Database, *, files: SampleFiles | None = None, progress: Progress | None = None
) -> LoadedPromotions:
    """Load the sample's promotions into a database with the sample, which an empty one gets first.

    All of them or none, as one revision. Memory holds a week of them at a time. Raises AlreadyLoaded where they are
    loaded and not undone since, and LoadError where the database holds something else than the sample.
    """
    files, show = files or SampleFiles(), progress or silent
    if is_empty(database):
        load_sample(database, progress=show)
    started_at, digest = datetime.now(UTC), files.digest("promotions")
    with database.writing(author=AUTHOR, reason="Sample: promotions", kind="load") as conn:
        load = open_load(conn, TABLE)
        refuse_loaded_before(conn, TABLE, digest, None)
        _refuse_other_data(conn, files)
        placements = rows = 0
        total = pq.read_metadata(files.path("promotions")).num_rows
        for week in weeks_of(files.path("promotions")):
            rows += _copy_week(conn, week.rows, load)
            placements += week.placements
            show(placements, total, "promotions")
        show(0, None, "sales of promoted weeks")
        revision = record_load(
            conn, load, source="promotions.parquet", digest=digest, started_at=started_at, rows=rows
        )  # fmt: skip
    with database.owner.execution_options(isolation_level="AUTOCOMMIT").connect() as owner:
        for table in (TABLE, PromotedWeek.__tablename__, PromotedProduct.__tablename__):
            owner.execute(sa.text(f"analyze {table}"))
    return LoadedPromotions(revision, placements, rows)


def _refuse_other_data(conn: sa.Connection, files: SampleFiles) -> None:
    known = sa.exists().where(Load.content_sha256 == files.digest("products"), stands())
    if not conn.scalar(sa.select(known)):
        raise LoadError("these are the promotions of the sample's products; this database holds other data")


def _copy_week(conn: sa.Connection, rows: pa.Table, load: int) -> int:
    month = rows["week_on"][0].as_py().replace(day=1)
    name = conn.execute(sa.select(sa.func.history.add_month(TABLE, month))).scalar_one()
    numbers = pa.array(np.full(rows.num_rows, load, dtype=np.int64))
    return copy_rows(conn, ("facts", name), [rows.append_column("load_id", numbers)])


@dataclass(frozen=True, eq=False)
class Week:
    """The placements of a week as rows of the table (columns as in ROWS), and how many they are."""

    placements: int
    rows: pa.Table


def weeks_of(path: Path) -> Iterator[Week]:
    """The weeks of a file of placements, which lie in the order of time; raises LoadError where they do not.

    Only the batches of one week are ever held.
    """
    held: list[tuple[Numbers, ...]] = []
    number = 0
    for part in _parts(path):
        found = int(part[0][0])
        if held and found != number:
            yield _week(number, held)
            held = []
        if found < number:
            raise LoadError(f"{path.name}: weeks must follow each other; got week {found} after week {number}")
        number = found
        held.append(part[1:])
    if held:
        yield _week(number, held)


def _parts(path: Path) -> Iterator[tuple[Numbers, ...]]:
    """The columns of each batch as numbers, codes as those of their characters, cut where the week changes."""
    codes = ["display_location", "mailer_location"]
    with pq.ParquetFile(path, memory_map=True, read_dictionary=codes) as file:
        for batch in file.iter_batches(_BATCH, columns=list(_COLUMNS)):
            columns = [_codes(batch[name], name) if name in codes else batch[name].to_numpy() for name in _COLUMNS]
            cuts = np.flatnonzero(np.diff(columns[0])) + 1
            yield from zip(*(np.split(column, cuts) for column in columns), strict=True)


def _codes(column: pa.DictionaryArray, name: str) -> Numbers:
    texts = column.dictionary.to_pylist()
    wrong = [text for text in texts if text is None or len(text) != 1 or not text.isascii()]
    if wrong or column.null_count:
        raise LoadError(f"{name} must be one letter or digit; got {wrong[0] if wrong else None!r}")
    numbers: Numbers = np.array([ord(text) for text in texts], dtype=np.int64)[column.indices.to_numpy()]
    return numbers


def _week(number: int, held: list[tuple[Numbers, ...]]) -> Week:
    store, product, display, mailer = (np.concatenate(columns) for columns in zip(*held, strict=True))
    order = np.lexsort((mailer, display, product, store))
    store, product, place = store[order], product[order], display[order] << 8 | mailer[order]
    first = np.flatnonzero(_changes(store, product))
    several = np.diff(np.append(first, len(store))) > 1
    names = {int(code): (chr(code >> 8), chr(code & 255)) for code in np.unique(place)}
    store, product, kept = store[first], product[first], place[first]
    for at in np.flatnonzero(several):
        end = first[at + 1] if at + 1 < len(first) else len(place)
        placements = [names[int(code)] for code in place[first[at] : end]]
        kept[at] = _numbered(names, ("".join(d for d, _ in placements), "".join(m for _, m in placements)))
    return Week(len(place), _rows(number, store, product, kept, names))


def _numbered(names: dict[int, tuple[str, str]], wanted: tuple[str, str]) -> int:
    """The number of a combination of placements, a new one beyond those of single ones where it is new."""
    number = next((number for number, name in names.items() if name == wanted), max(1 << 16, *names) + 1)
    names[number] = wanted
    return number


def _rows(number: int, store: Numbers, product: Numbers, place: Numbers, names: dict[int, tuple[str, str]]) -> pa.Table:
    order = np.lexsort((product, place, store))
    store, product, place = store[order], product[order], place[order]
    first = np.flatnonzero(_changes(store, place))
    week_on = _WEEK_1 + timedelta(weeks=number - 1)
    told = [names[int(code)] for code in place[first]]
    columns = [
        pa.array([week_on] * len(first), pa.date32()),
        pa.array(store[first], pa.int32()),
        pa.array([displays for displays, _ in told], pa.string()),
        pa.array([mailers for _, mailers in told], pa.string()),
        pa.ListArray.from_arrays(pa.array(np.append(first, len(store)), pa.int32()), pa.array(product)),
    ]
    return pa.table(columns, schema=ROWS)


def _changes(*columns: Numbers) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Where a row differs from the one before it in one of the columns; the first always does."""
    differs = np.zeros(len(columns[0]), dtype=bool)
    differs[:1] = True
    for column in columns:
        differs[1:] |= column[1:] != column[:-1]
    return differs
