"""What a review says that an edit would do is what the figures say once it is saved, over many random edits."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from data.changes.editable import editable_table
from data.changes.effect import effects
from data.changes.planning import plan_changes
from data.changes.saving import save_changes
from data.changes.types import RowChange
from data.models import Base
from data.queries.metrics import metric_result
from data.queries.revisions import current_revision
from data.semantic.question import Query
from tests.changes.shop import EVERYTHING, LINES, MANAGER, PRODUCTS, STORES, TARGETS, add
from tests.spec.world import World

METRICS = ("net_sales", "gross_sales", "discount", "coupon_discount", "units", "net_sales_in_pieces", "target")
DIMENSIONS = ("department", "category", "product", "brand", "manufacturer", "region", "store", "age", "weekday")
# The dimensions that an edit of a field must be told by where any of their members has another figure then.
TOLD_BY = {
    ("products", "category"): {"department", "category"}, ("products", "brand"): {"brand"},
    ("products", "manufacturer"): {"manufacturer"}, ("stores", "region"): {"region"},
    ("departments", "department"): {"department", "category"}, ("categories", "category"): {"category"},
    ("categories", "department"): {"department", "category"}, ("targets", "net"): {"department"},
    ("regions", "region"): {"region"}, ("households", "age"): {"age"},
}  # fmt: skip


def rows_of(database, table: str) -> dict[str, int]:
    """The version of each row, by its id."""
    source = Base.metadata.tables[table]
    keys = [column.name for column in source.primary_key.columns]
    with database.owner.connect() as conn:
        found = conn.execute(sa.select(source)).mappings().all()
    return {",".join(str(row[key]) for key in keys): int(row["revision"]) for row in found}


NAMES = {
    "category": "select d.name || ' > ' || c.name from categories c join departments d using (department_id)"
                " where not c.retired and not d.retired order by 1",
    "department": "select name from departments where not retired order by 1",
    "region": "select name from regions where not retired order by 1",
}  # fmt: skip


class Edits:
    """Random edits of one table at a time: some fields of some rows, new rows, rows retired or removed."""

    def __init__(self, database, seed: int) -> None:
        self.database, self.draw, self.made = database, Random(seed), 0

    def any(self) -> tuple[str, list[RowChange]]:
        table = self.draw.choice(["products", "products", "stores", "targets", "targets", "departments", "categories",
                                  "regions", "households"])  # fmt: skip
        rows = rows_of(self.database, table)
        early = sorted(rows, key=lambda row: (len(row), row))[:5]  # those that have facts, and a few more
        some = self.draw.sample(early, min(len(early), self.draw.randrange(1, 4)))
        changes = [self._changed(table, row, rows[row]) for row in some]
        if self.draw.random() < 0.4:
            self.made += 1
            changes.append(RowChange(row="new", set=self._new(table)))
        return table, changes

    def _changed(self, table: str, row: str, version: int) -> RowChange:
        gone = self.draw.random() < 0.2
        if gone and table == "targets":
            return RowChange(row=row, version=version, removed=True)
        fields = {"retired": self.draw.choice([True, False, False, False])} if gone else self._fields(table)
        return RowChange(row=row, version=version, set=fields)

    def _fields(self, table: str) -> dict[str, Any]:
        pick, word = self.draw.choice, f"NAME {self.draw.randrange(1_000_000)}"
        match table:
            case "products":
                return pick([{"category": self._one("category")}, {"brand": pick(["Ours", "National"])},
                             {"manufacturer": str(pick([1, 2]))}, {"unit_of_measure": pick(["piece", "thousandth"])},
                             {"category": self._one("category"), "brand": "Private"}, {"product_type": word}])  # fmt: skip
            case "stores":
                return pick([{"region": self._one("region")}, {"name": word}])
            case "targets":
                return {"net": f"{self.draw.randrange(1, 900)}.{self.draw.randrange(10, 100)}"}
            case "households":
                return {"age": pick(["25-34", "35-44"])}
            case "categories":
                return pick([{"category": word}, {"department": self._one("department")}])
        return {table.removesuffix("s"): word}

    def _one(self, what: str) -> str:
        """Some row that is not retired, by the name that it goes by now."""
        with self.database.owner.connect() as conn:
            found = conn.scalars(sa.text(NAMES[what])).all()
        return self.draw.choice(found or ["none"])  # which breaks a rule, so that it is not saved

    def _new(self, table: str) -> dict[str, Any]:
        fresh, month = f"ANOTHER {self.made}", date(2018 + self.made // 12, 1 + self.made % 12, 1)
        fields = {
            "products": {"product": str(1000 + self.made), "category": self._one("category"), "brand": "Ours"},
            "stores": {"store": str(100 + self.made), "region": self._one("region")},
            "targets": {"department": self._one("department"), "month": f"{month:%Y-%m}", "net": "77.00"},
            "households": {"household": str(1000 + self.made), "age": "25-34"},
            "departments": {"department": fresh},
            "categories": {"department": self._one("department"), "category": fresh},
            "regions": {"region": fresh},
        }
        return fields[table]


def figures(database) -> dict[tuple[str, str], dict[str, int]]:
    """Every metric by every dimension, as of now: members with their figures, nothing where it is zero."""
    found = {}
    with database.reading(EVERYTHING) as conn:
        for dimension in DIMENSIONS:
            frame = metric_result(conn, Query(METRICS, (dimension,)), scope=EVERYTHING).frame
            keys = frame[dimension].astype("str")
            for metric in METRICS:
                values = pd.to_numeric(frame[metric]).fillna(0).astype("int64")
                found[metric, dimension] = {key: value for key, value in zip(keys, values, strict=True) if value}
    return found


def differences(before, after) -> dict[tuple[str, str], dict[str, tuple[int, int]]]:
    """The members whose figure is another one now, with both; only what differs anywhere."""
    found = {}
    for place, there in before.items():
        sides = {key: (there.get(key, 0), after[place].get(key, 0)) for key in {**there, **after[place]}}
        if changed := {key: side for key, side in sides.items() if side[0] != side[1]}:
            found[place] = changed
    return found


def previewed(database, table: str, changes: list[RowChange]):
    """What the review tells; None where a rule is broken or nothing would be another."""
    with database.reading(EVERYTHING) as conn:
        plan = plan_changes(conn, editable_table(table), changes, editor=MANAGER)
        if plan.faults or not plan.fitting.rows:
            return None
        told = effects(conn, plan.fitting, scope=EVERYTHING)
    return {
        (effect.metric.name, effect.dimension.name): {
            row.key: (row.before, row.after) for row in effect.frame.itertuples()
        }
        for effect in told
        if effect.dimension.name in DIMENSIONS and effect.metric.name in METRICS
    }


def check(database, table: str, changes: list[RowChange]) -> bool | None:
    """Review and save an edit; gives whether any figure moved, and None where it cannot be saved."""
    with database.owner.connect() as conn:
        newest = current_revision(conn)
    before = figures(database)
    told = previewed(database, table, changes)
    with database.owner.connect() as conn:
        assert current_revision(conn) == newest  # a review writes nothing
    if told is None:
        return None
    save_changes(database, editable_table(table), changes, editor=MANAGER, reason="As shown")
    really = differences(before, figures(database))
    assert told == {place: really[place] for place in told}
    assert {metric for metric, _ in told} == {metric for metric, _ in really}
    for change in changes:
        for field in change.set:
            wanted = TOLD_BY.get((table, field), set())
            assert {place for place in really if place[1] in wanted} <= set(told)
    return bool(really)


@pytest.mark.committing
@pytest.mark.parametrize("edits", [15, pytest.param(100, marks=[pytest.mark.full, pytest.mark.timeout(1800)])])
def test_what_a_review_tells_is_what_the_figures_are_after_saving(shop, edits):
    random, outcomes = Edits(shop, edits), []
    while len(outcomes) < edits:
        moved = check(shop, *random.any())
        outcomes += [] if moved is None else [moved]
    assert sum(outcomes) >= edits // 5  # many edits are of what figures are told by


@pytest.fixture
def shop(database):
    """The tiny shop with a further department, and targets to remove."""
    with database.owner.begin() as conn:
        World(conn).products(PRODUCTS).stores(STORES).targets(TARGETS).lines(LINES)
    add(database, "targets", department="PRODUCE", month="2017-03", net="50.00")
    return database


def test_an_edit_that_only_adds_a_row_is_reviewed(shop):
    assert check(shop, "products", [RowChange(row="new", set={"product": "77", "category": "GROCERY > MILK"})]) is False
    wanted = {"department": "PRODUCE", "month": "2017-05", "net": "12.00"}
    assert check(shop, "targets", [RowChange(row="new", set=wanted)])


def test_what_a_product_is_counted_in_moves_units_and_the_review_says_so(shop):
    for unit in ("thousandth", "piece"):
        version = rows_of(shop, "products")["10"]
        assert check(shop, "products", [RowChange(row="10", version=version, set={"unit_of_measure": unit})])
