"""Sixteen clients edit the same products at once: every edit is committed or answered as a conflict, none is lost."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Barrier

import pytest
import sqlalchemy as sa

from data.changes import merging
from data.changes.editable import editable_table
from data.changes.saving import save_changes
from data.changes.steps import steps
from data.changes.types import RowChange
from data.db import Database, make_engine
from data.errors import StaleChange
from data.models import Product
from tests.changes.shop import EVERYTHING, MANAGER
from tests.spec.world import World

CLIENTS = 16
PRODUCTS = range(1, 11)
pytestmark = [pytest.mark.committing, pytest.mark.long]


@dataclass
class Outcomes:
    """What became of the edits: revision, product, and the version that the client had seen; and those refused."""

    committed: list[tuple[int, int, int]] = field(default_factory=list)
    conflicts: int = 0


@pytest.fixture
def products(database: Database) -> Iterator[Database]:
    """Ten products, behind a pool that is large enough for all clients."""
    lines = "\n".join(f"{number}  GROCERY  MILK" for number in PRODUCTS)
    with database.owner.begin() as conn:
        World(conn).products(f"product  department  category\n{lines}")
    engine = make_engine(database.owner.url.render_as_string(hide_password=False))
    yield Database(engine, engine, engine)
    engine.dispose()


def seen(database: Database, product: int) -> int:
    """The version of the product that a client reads before it edits."""
    with database.owner.connect() as conn:
        return conn.execute(sa.select(Product.revision).where(Product.product_id == product)).scalar_one()


def edited_at_once(database: Database, edits: int) -> Outcomes:
    """Let all clients read before any of them writes, again and again: with fewer products than clients, they clash."""
    outcomes = Outcomes()
    together = Barrier(CLIENTS)

    def client(at: int) -> None:
        chosen = random.Random(at)
        for turn in range(edits // CLIENTS):
            product = chosen.choice(PRODUCTS)
            version = seen(database, product)
            together.wait(60)
            change = RowChange(row=str(product), version=version, set={"manufacturer": 1 + at * 10_000 + turn})
            try:
                saved = save_changes(database, editable_table("products"), [change], editor=MANAGER, reason="Mine")
                outcomes.committed.append((saved.revision, product, version))
            except StaleChange:
                outcomes.conflicts += 1

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(client, range(CLIENTS)))
    return outcomes


def replaced(database: Database) -> dict[int, tuple[int, int]]:
    """What the history says: by revision, the product that it changed and the version that it replaced."""
    with database.reading(EVERYTHING) as conn:
        found = steps(conn, editable_table("products"), scope=EVERYTHING)
    return {step.revision: (int(step.row), step.before["revision"]) for step in found if step.before is not None}


def test_none_of_two_thousand_edits_is_lost(products):
    done = edited_at_once(products, 2000)
    assert len(done.committed) + done.conflicts == 2000
    assert done.conflicts > 100
    assert replaced(products) == {revision: (product, version) for revision, product, version in done.committed}


def test_without_the_check_of_versions_edits_are_lost(products, monkeypatch):
    monkeypatch.setattr(merging, "conflicting", lambda base, now, wanted: ())
    done = edited_at_once(products, 320)
    assert done.conflicts == 0
    assert replaced(products) != {revision: (product, version) for revision, product, version in done.committed}
