"""Reads taken while others edit and load read the same later, by the revision that each was taken at."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from random import Random
from threading import Condition

import pandas as pd
import pytest

from data.cache import ResultCache
from data.changes.undoing import undo
from data.db import Database
from data.errors import AlreadyLoaded, CannotUndo, NothingToSave, StaleChange
from data.queries.metrics import metric_result
from data.queries.revisions import current_revision
from data.scope import Scope
from data.semantic.question import Filter, Query
from data.semantic.types import Grain
from tests.changes.shop import MANAGER, PRODUCTS, STORES, TARGETS, edit, target_row
from tests.loading.conftest import Loader
from tests.spec.world import World

READERS = 3
AT_ONE_REVISION = 5  # so many reads a reader takes before it waits for something to happen
YEAR = {"start": date(2017, 1, 1), "end": date(2018, 1, 1)}
QUERIES = (
    Query(("net_sales", "baskets", "units", "average_basket"), ("department",), totals=((),)),
    Query(("net_sales", "lines"), ("category", "region"), grain=Grain.MONTH, **YEAR),
    Query(("net_sales", "target", "attainment"), ("department",), grain=Grain.MONTH, **YEAR),
    Query(("net_sales", "penetration"), ("store",), filters=(Filter("brand", ("National", "Ours")),)),
    Query(("net_sales",), ("product",), filters=(Filter("region", ("North",)),)),
)
SCOPES = (Scope.everything(), Scope.of_stores(1, 3))
FIELDS = ({"category": "GROCERY > BREAD"}, {"category": "PRODUCE > FRUIT"}, {"category": "GROCERY > MILK"},
          {"brand": "Ours"}, {"brand": "National"}, {"unit_of_measure": "thousandth"}, {"unit_of_measure": "piece"})  # fmt: skip


@dataclass(frozen=True, eq=False)
class Read:
    """A question, for whom, at which revision, and what the answer was."""

    revision: int
    query: Query
    scope: Scope
    frame: pd.DataFrame


@dataclass
class Traffic:
    """Writers that go on until every reader has what it wants; readers that wait for writers now and then."""

    database: Database
    loader: Loader
    reads: int
    newest: int = 0
    reading: int = READERS
    happened: Condition = field(default_factory=Condition)
    cache: ResultCache = field(default_factory=ResultCache)

    def write(self, happen) -> None:
        """Let things happen, one after the other, until nobody reads any more."""
        while self.reading:
            with suppress(NothingToSave, StaleChange, CannotUndo, AlreadyLoaded):
                revision = happen()
                with self.happened:
                    self.newest = max(self.newest, revision)
                    self.happened.notify_all()

    def read(self, seed: int) -> list[Read]:
        """So many reads, each a revision and an answer out of one snapshot."""
        draw, found, revision = Random(seed), [], 0
        try:
            for at in range(self.reads):
                if at % AT_ONE_REVISION == 0:
                    self._wait(revision)
                query, scope = draw.choice(QUERIES), draw.choice(SCOPES)
                cache = draw.choice((None, self.cache))
                with self.database.reading(scope) as conn:
                    revision = current_revision(conn)
                    frame = metric_result(conn, query, scope=scope, cache=cache).frame
                found.append(Read(revision, query, scope, frame))
        finally:
            with self.happened:
                self.reading -= 1
        return found

    def _wait(self, known: int) -> None:
        with self.happened:
            assert self.happened.wait_for(lambda: self.newest > known, timeout=60)


def editing(database: Database, seed: int):
    """Saves one random edit after the other, of products, stores and a target."""
    draw, target = Random(seed), target_row(database)

    def happen() -> int:
        match draw.randrange(4):
            case 0:
                saved = edit(database, "stores", draw.choice("123"), region=draw.choice(["North", "South"]))
            case 1:
                saved = edit(database, "targets", target, net=f"{draw.randrange(1, 900)}.00")
            case _:
                saved = edit(database, "products", draw.choice(["10", "20", "30"]), **draw.choice(FIELDS))
        return saved.revision

    return happen


def loading(loader: Loader, seed: int):
    """Loads a few lines, replaces three days by a few, or takes the last file back."""
    draw, baskets, done = Random(seed), count(1000), []

    def happen() -> int:
        first = date(2017, 2, 1) + timedelta(days=draw.randrange(60))
        kind = draw.choice(["load", "load", "restate", "undo"])
        if kind == "undo" and done:
            return undo(loader.database, done.pop(), editor=MANAGER, reason="The wrong file").revision
        text = "".join(
            f"{next(baskets)},{draw.choice([10, 20, 30])},{draw.choice([1, 2, 3])},{draw.randrange(7, 20)},"
            f"{first + timedelta(days=draw.randrange(3))} 12:00,{draw.randrange(1, 5)},{draw.randrange(900) / 100:.2f},0,0,0\n"
            for _ in range(draw.randrange(1, 6))
        )  # fmt: skip
        period = (first, first + timedelta(days=3)) if kind == "restate" else None
        done.append(loader.sales(text, period=period).revision)
        return done[-1]

    return happen


def reads_under_traffic(database: Database, folder, reads: int) -> list[Read]:
    loader = Loader(database, folder)
    traffic = Traffic(database, loader, reads // READERS)
    with ThreadPoolExecutor(READERS + 3) as pool:
        readers: list[Future[list[Read]]] = [pool.submit(traffic.read, seed) for seed in range(READERS)]
        writers = [pool.submit(traffic.write, happen) for happen in (
            editing(database, 11), editing(database, 12), loading(loader, 13)
        )]  # fmt: skip
        for writer in writers:
            writer.result()
        return [read for reader in readers for read in reader.result()]


@pytest.mark.committing
@pytest.mark.parametrize(
    "reads",
    [150, pytest.param(1500, marks=[pytest.mark.full, pytest.mark.timeout(1800)])],
)
def test_every_read_is_the_same_when_it_is_replayed_by_its_revision(database, tmp_path, reads):
    with database.owner.begin() as conn:
        World(conn).products(PRODUCTS).stores(STORES).targets(TARGETS)
    found = reads_under_traffic(database, tmp_path, reads)
    assert len(found) == reads
    # Each reader waited between its rounds for a newer revision than it knew.
    assert len({read.revision for read in found}) >= reads // READERS // AT_ONE_REVISION
    for read in found:
        with database.reading(read.scope) as conn:
            replayed = metric_result(conn, read.query, scope=read.scope, revision=read.revision).frame
        pd.testing.assert_frame_equal(replayed, read.frame)
    with database.owner.connect() as conn:
        assert conn.exec_driver_sql("select * from history.broken_revisions()").all() == []
