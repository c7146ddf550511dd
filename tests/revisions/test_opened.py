"""A part of a difference by the members of a dimension: what plain pandas says each of them contributed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

import pandas as pd
import pytest

from data.revisions.causes import Cause, Kind, causes_between
from data.revisions.compare import Comparison, Part, comparison
from data.revisions.groups import Group
from data.revisions.opened import contributions, member_changes
from data.scope import Scope
from data.semantic.question import Filter, Query
from tests.changes.shop import add, edit
from tests.conftest import clone
from tests.loading.conftest import Loader
from tests.revisions.receipts import (
    CATEGORIES,
    described,
    figures_by,
    load_members,
    receipts,
    sales_text,
)

EVERYTHING = Scope.everything()
SOME = Scope.of_stores(2, 3)
UNKNOWN = "Unassigned > Unassigned"
MOVED = {**CATEGORIES, 10: "BAKERY > BREAD"}
NEWEST = date(2017, 3, 19)  # the last business date of the first file
RESTATED = (date(2017, 3, 8), date(2017, 3, 10))
BY = ("department", "category", "product", "region", "weekday")
ADDITIVE, OTHER = ("net_sales", "lines"), ("baskets", "average_basket")


@dataclass(frozen=True)
class World:
    """All that happened, by revision: the lines and the categories after it, and the lines between its two parts."""

    loader: Loader
    lines: dict[int, pd.DataFrame]
    categories: dict[int, dict[int, str]]
    midway: pd.DataFrame

    @property
    def base(self) -> int:
        return min(self.lines)

    def described(self, revision: int) -> pd.DataFrame:
        return described(self.lines[revision], self.categories[revision])


@pytest.fixture(scope="module")
def world(server_url, template, owner_login, tmp_path_factory):
    with clone(server_url, template, owner_login) as database:
        yield happened(Loader(database, tmp_path_factory.mktemp("files")))


def happened(loader: Loader) -> World:
    """Facts; an edit; new facts; a file with new and late lines, and a product nobody knew; a restatement."""
    load_members(loader)
    loader.load("households", "household\n" + "".join(f"{number}\n" for number in range(1, 60)))
    first = receipts(1, date(2017, 3, 6), 14, least=400, first_basket=1)
    first = pd.concat([first, receipts(2, NEWEST, 1, least=5, first_basket=5_000)], ignore_index=True)
    lines = {loader.sales(sales_text(first)).revision: first}
    base = next(iter(lines))
    lines[edit(loader.database, "products", "10", category=MOVED[10]).revision] = first
    new = receipts(3, date(2017, 3, 20), 3, least=60, first_basket=6_000)
    lines[loader.sales(sales_text(new)).revision] = known = pd.concat([first, new])
    both = receipts(4, date(2017, 3, 15), 14, least=120, first_basket=7_000)
    both.loc[both.index % 9 == 0, "product"] = 77
    lines[loader.sales(sales_text(both), allow_inferred=True).revision] = after = pd.concat([known, both])
    midway = pd.concat([known, both[both["sold_on"] >= new["sold_on"].max()]])
    again = receipts(5, RESTATED[0], 2, least=30, first_basket=9_000)
    inside = (after["sold_on"] >= RESTATED[0]) & (after["sold_on"] < RESTATED[1])
    lines[loader.sales(sales_text(again), period=RESTATED).revision] = pd.concat([after[~inside], again])
    categories = dict.fromkeys(lines, MOVED)
    for number in lines:
        with_77 = number >= sorted(lines)[3]
        categories[number] = {**(CATEGORIES if number == base else MOVED), **({77: UNKNOWN} if with_77 else {})}
    return World(loader, lines, categories, midway)


def sides_of(world: World, part: Part) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The lines before and after a part, as pandas has them."""
    first, last = part.group.causes[0], part.group.causes[-1]
    before, after = world.described(first.revision - 1), world.described(last.revision)
    midway = described(world.midway, world.categories[last.revision])
    if first.load is not None and first.load.before is not None:
        before = midway
    if last.load is not None and last.load.since is not None:
        after = midway
    return before, after


def only(query: Query, scope: Scope, lines: pd.DataFrame) -> pd.DataFrame:
    for item in query.filters:
        lines = lines[lines[item.dimension].isin(item.members)]
    return lines if scope.stores is None else lines[lines["store"].isin(scope.stores)]


def expected(metric: str, dimension: str, before: pd.DataFrame, after: pd.DataFrame):
    """Every member whose figure differs: before, after and the difference."""
    there, then = (figures_by(metric, lines, dimension) for lines in (before, after))
    sides = {key: (there.get(key, Fraction(0)), then.get(key, Fraction(0))) for key in {**there, **then}}
    return {key: (was, now, now - was) for key, (was, now) in sides.items() if was != now}


def compared(world: World, query: Query, scope: Scope = EVERYTHING) -> Comparison:
    with world.loader.database.reading(scope) as conn:
        return comparison(conn, query, from_revision=world.base, to_revision=max(world.lines), scope=scope)


def opened(world: World, query: Query, group: Group, dimension: str, *, scope: Scope = EVERYTHING, limit: int = 1000):
    with world.loader.database.reading(scope) as conn:
        return contributions(conn, query, group, dimension=dimension, scope=scope, limit=limit)


def members(frame: pd.DataFrame) -> dict:
    return {row.key: (row.before, row.after, row.change) for row in frame.itertuples()}


def is_close(found: dict, known: dict) -> bool:
    return found.keys() == known.keys() and all(
        abs(float(one) - float(other)) < 1e-6
        for key in found
        for one, other in zip(found[key], known[key], strict=True)
    )


QUERIES = {
    "in all": (Query(("net_sales",)), EVERYTHING),
    "of two departments": (Query(("net_sales",), filters=(Filter("department", ("DAIRY", "FUEL")),)), EVERYTHING),
    "within a scope": (Query(("net_sales",), filters=(Filter("department", ("DAIRY",)),)), SOME),
}


def test_every_kind_of_part_is_there(world):
    query, scope = QUERIES["of two departments"]
    kinds = [part.group.kind for part in compared(world, query, scope).parts]
    assert kinds == [Kind.EDIT, Kind.NEW, Kind.NEW, Kind.LATE, Kind.RESTATED]


@pytest.mark.parametrize("metric", [*ADDITIVE, *OTHER])
@pytest.mark.parametrize("name", QUERIES)
def test_members_contribute_what_pandas_says_and_add_up_where_the_metric_does(world, name, metric):
    query, scope = QUERIES[name]
    query = replace(query, metrics=(metric,))
    for part in compared(world, query, scope).parts:
        before, after = (only(query, scope, lines) for lines in sides_of(world, part))
        for dimension in BY:
            frame, count = opened(world, query, part.group, dimension, scope=scope)
            known = expected(metric, dimension, before, after)
            assert is_close(members(frame), known)
            assert count == len(known)
            assert metric in OTHER or frame["change"].sum() == part.contribution


def test_the_largest_contributions_come_first_and_only_so_many(world):
    query, _ = QUERIES["in all"]
    group = compared(world, query).parts[0].group
    frame, count = opened(world, query, group, "product")
    sizes = frame["change"].abs().tolist()
    assert sizes == sorted(sizes, reverse=True)
    few, count_of_few = opened(world, query, group, "product", limit=3)
    pd.testing.assert_frame_equal(few, frame.head(3))
    assert count == count_of_few == len(frame) > 3


def test_members_are_labelled_as_people_know_them(world):
    query, _ = QUERIES["in all"]
    group = compared(world, query).parts[-1].group
    stores, _ = opened(world, query, group, "store")
    assert {row.label for row in stores.itertuples()} == {f"Store {row.key}" for row in stores.itertuples()}
    categories, _ = opened(world, query, group, "category")
    assert {row.label for row in categories.itertuples()} == {
        row.key.split(" > ")[1] for row in categories.itertuples()
    }


def test_revisions_put_together_are_opened_from_before_the_first_to_after_the_last(world):
    query, last = QUERIES["of two departments"][0], max(world.lines)
    with world.loader.database.reading(EVERYTHING) as conn:
        causes = causes_between(conn, tables=["sales_lines", "products"], after=world.base, upto=last)
    frame, _ = opened(world, query, Group(Kind.SEVERAL, tuple(causes)), "category")
    known = expected("net_sales", "category", only(query, EVERYTHING, world.described(world.base)),
                     only(query, EVERYTHING, world.described(last)))  # fmt: skip
    assert is_close(members(frame), known)


def test_a_product_that_moves_takes_its_sales_along_though_the_total_stays(world):
    moved = min(number for number in world.lines if number > world.base)
    query = Query(("net_sales",))
    with world.loader.database.reading(EVERYTHING) as conn:
        frame, count = member_changes(conn, query, from_revision=world.base, to_revision=moved, dimension="category",
                                      scope=EVERYTHING)  # fmt: skip
    sold = int(world.lines[moved].query("product == 10")["cents"].sum())
    assert dict(zip(frame["key"], frame["change"], strict=True)) == {"DAIRY > MILK": -sold, "BAKERY > BREAD": sold}
    assert count == 2


def test_targets_that_come_are_opened_by_department(server_url, template, owner_login, tmp_path):
    """The figure is not defined before: members count as nothing there."""
    with clone(server_url, template, owner_login) as database:
        loader = Loader(database, tmp_path)
        load_members(loader)
        first = add(database, "targets", department="DAIRY", month="2017-03", net="31.00").revision
        second = add(database, "targets", department="FUEL", month="2017-03", net="62.00").revision
        query = Query(("target",), start=date(2017, 3, 1), end=date(2017, 3, 11))
        with database.reading(EVERYTHING) as conn:
            causes: list[Cause] = causes_between(conn, tables=["targets"], after=first - 1, upto=second)
            frame, _ = contributions(conn, query, Group(Kind.SEVERAL, tuple(causes)), dimension="department",
                                     scope=EVERYTHING)  # fmt: skip
    assert members(frame) == {"FUEL": (0, 2000, 2000), "DAIRY": (0, 1000, 1000)}
    assert frame["key"].tolist() == ["FUEL", "DAIRY"]
