"""A restated week, line by line: what was removed, restated and new is what a diff of the two files in pandas says."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pandas as pd
import pytest

from data.changes.undoing import undo
from data.errors import UsageError
from data.revisions.causes import Cause, Kind, causes_between
from data.revisions.compare import comparison
from data.revisions.lines import LineKind, changed_lines, line_changes
from data.scope import Scope
from data.semantic.question import Filter, Query
from tests.changes.shop import MANAGER, edit
from tests.conftest import clone
from tests.loading.conftest import Loader
from tests.revisions.receipts import KEY, described, figure, load_members, receipts, sales_text

MONDAY = date(2017, 3, 6)
WEEK = (MONDAY, MONDAY + timedelta(days=7))
EVERYTHING = Scope.everything()
REMOVED, RESTATED, NEW = LineKind.REMOVED, LineKind.RESTATED, LineKind.NEW


@dataclass(frozen=True)
class Slice:
    """A part of the facts, as a query asks for it and as pandas picks it."""

    filters: tuple[Filter, ...] = ()
    dates: tuple[date, date] | None = None
    stores: tuple[int, ...] | None = None

    @property
    def scope(self) -> Scope:
        return EVERYTHING if self.stores is None else Scope.of_stores(*self.stores)

    def query(self, metric: str) -> Query:
        start, end = self.dates or (None, None)
        return Query((metric,), start=start, end=end, filters=self.filters)

    def of(self, lines: pd.DataFrame) -> pd.DataFrame:
        found = described(lines)
        for item in self.filters:
            found = found[found[item.dimension].isin(item.members)]
        if self.dates is not None:
            found = found[(found["sold_on"] >= self.dates[0]) & (found["sold_on"] < self.dates[1])]
        return found if self.stores is None else found[found["store"].isin(self.stores)]


WEDNESDAY = (MONDAY + timedelta(days=2), MONDAY + timedelta(days=3))
SLICES = {
    "everything": Slice(),
    "a department": Slice(filters=(Filter("department", ("DAIRY",)),)),
    "a date": Slice(dates=WEDNESDAY),
    "dates on both sides of its start": Slice(dates=(MONDAY - timedelta(days=3), MONDAY + timedelta(days=2))),
    "a store": Slice(filters=(Filter("store", (4,)),)),
    "a region and a category": Slice(filters=(Filter("region", ("North",)), Filter("category", ("BAKERY > BREAD",)))),
    "a limited scope": Slice(stores=(2, 5)),
    "a limited scope and a department": Slice(filters=(Filter("department", ("FUEL",)),), stores=(1, 3)),
    "a scope without stores": Slice(stores=()),
    "a month without facts": Slice(dates=(date(2016, 1, 1), date(2016, 2, 1))),
}


@dataclass(frozen=True)
class Restated:
    """The two files, all facts before and after, and the cause that the second file is."""

    first: pd.DataFrame
    before: pd.DataFrame
    after: pd.DataFrame
    loader: Loader
    revision: int

    @property
    def cause(self) -> Cause:
        with self.loader.database.reading(EVERYTHING) as conn:
            (cause,) = causes_between(conn, tables=["sales_lines"], after=self.revision - 1, upto=self.revision)
        return cause

    def diff(self, kind: LineKind) -> pd.DataFrame:
        """The lines of one kind: restated and new ones as they are after, removed ones as they were."""
        own, other = (self.before, self.after) if kind is REMOVED else (self.after, self.before)
        both = own.merge(other, on=KEY, how="left", suffixes=("", "_other"), indicator=True)
        if kind is not RESTATED:
            return both.loc[both["_merge"] == "left_only", own.columns]
        names = [name for name in own.columns if name not in KEY]
        differs = pd.concat([both[name] != both[f"{name}_other"] for name in names], axis=1).any(axis=1)
        return both.loc[(both["_merge"] == "both") & differs, own.columns]

    def states(self) -> list[pd.DataFrame]:
        """All facts before, without the removed lines, with the others restated, and after."""
        keys = pd.MultiIndex.from_frame
        without = self.before[~keys(self.before[KEY]).isin(keys(self.diff(REMOVED)[KEY]))]
        restated = self.diff(RESTATED)
        kept = without[~keys(without[KEY]).isin(keys(restated[KEY]))]
        return [self.before, without, pd.concat([kept, restated]), self.after]


def correction(week: pd.DataFrame) -> pd.DataFrame:
    """The week with some lines changed: five amounts and a quantity restated, four lines removed, some new."""
    changed = Random(5).sample(list(week.index), 10)
    restated, removed = changed[:6], changed[6:]
    known = week.assign(cents=week["cents"].where(~week.index.isin(restated[:5]), week["cents"] + 137))
    known.loc[restated[5], "quantity"] += 1
    known = known.drop(index=removed)
    fresh = receipts(99, MONDAY, 7, least=4, first_basket=900_000)
    return pd.concat([known, fresh], ignore_index=True)


def restated_week(database, folder) -> Restated:
    """Three weeks in one file, then the second of them again in another."""
    loader = Loader(database, folder)
    load_members(loader)
    loader.load("households", "household\n" + "".join(f"{number}\n" for number in range(1, 60)))
    first = receipts(1, MONDAY - timedelta(days=7), 21, least=4500, first_basket=1)
    loader.sales(sales_text(first))
    inside = (first["sold_on"] >= WEEK[0]) & (first["sold_on"] < WEEK[1])
    # A product twice in a basket is told apart by order, so only a basket's single lines of a product are taken out.
    twice = first.duplicated(["basket", "product"], keep=False)
    second = pd.concat([correction(first[inside & ~twice]), first[inside & twice]], ignore_index=True)
    loaded = loader.sales(sales_text(second), period=WEEK)
    return Restated(first[inside], first, pd.concat([first[~inside], second]), loader, loaded.revision)


@pytest.fixture(scope="module")
def restated(server_url, template, owner_login, tmp_path_factory):
    with clone(server_url, template, owner_login) as database:
        yield restated_week(database, tmp_path_factory.mktemp("files"))


def found_changes(restated: Restated, asked: Slice, metric: str):
    with restated.loader.database.reading(asked.scope) as conn:
        return line_changes(conn, asked.query(metric), restated.cause, scope=asked.scope)


def shown(restated: Restated, asked: Slice, kind: LineKind, **more) -> pd.DataFrame:
    with restated.loader.database.reading(asked.scope) as conn:
        return changed_lines(conn, asked.query("net_sales"), restated.cause, kind=kind, scope=asked.scope, **more)


def told(lines: pd.DataFrame) -> Counter:
    """Lines from pandas, as what identifies and counts in them."""
    return Counter(zip(lines["basket"], lines["sold_on"], lines["household"], lines["category"], lines["product"],
                       lines["quantity"], lines["cents"], strict=True))  # fmt: skip


def read(frame: pd.DataFrame) -> Counter:
    """The same of lines as they are shown."""
    product = frame["product"].str.extract(r"no\. (\d+)$")[0].astype("int64")
    days = pd.to_datetime(frame["sold_on"]).dt.date
    return Counter(zip(frame["basket"], days, frame["household"], frame["category"], product, frame["quantity"],
                       frame["net"], strict=True))  # fmt: skip


def check_lines(restated: Restated, asked: Slice) -> None:
    for kind in LineKind:
        assert read(shown(restated, asked, kind, limit=10_000)) == told(asked.of(restated.diff(kind)))


def check_changes(restated: Restated, asked: Slice, metric: str, within: float = 0) -> None:
    found = found_changes(restated, asked, metric)
    assert [(change.kind, change.lines) for change in found] == [
        (kind, len(asked.of(restated.diff(kind)))) for kind in (REMOVED, RESTATED, NEW)
    ]
    values = [figure(metric, asked.of(state)) for state in restated.states()]
    for change, was, now in zip(found, values[:-1], values[1:], strict=True):
        assert abs(float(change.contribution) - float(now - was)) <= within


def test_the_file_replaces_a_week_of_a_thousand_lines_and_changes_one_per_cent_of_them(restated):
    assert len(restated.first) > 1000
    counts = {kind: len(restated.diff(kind)) for kind in LineKind}
    assert (counts[RESTATED], counts[REMOVED]) == (6, 4)
    assert counts[NEW] >= 4
    assert round(100 * sum(counts.values()) / len(restated.first)) == 1
    assert restated.cause.kind is Kind.RESTATED
    assert restated.loader.value("select sum(net_cents) from sales_lines") == restated.after["cents"].sum()


@pytest.mark.parametrize("name", SLICES)
def test_counts_and_cents_are_those_of_the_diff(restated, name):
    for metric in ("net_sales", "lines"):
        check_changes(restated, SLICES[name], metric)


@pytest.mark.parametrize("name", SLICES)
def test_the_lines_shown_are_exactly_those_of_the_diff(restated, name):
    check_lines(restated, SLICES[name])


@pytest.mark.parametrize(("metric", "within"), [("baskets", 0), ("households", 0), ("average_basket", 0.011)])
@pytest.mark.parametrize("name", ["everything", "a department", "a limited scope"])
def test_what_does_not_add_up_is_put_down_to_the_kinds_in_turn(restated, name, metric, within):
    check_changes(restated, SLICES[name], metric, within)


@pytest.mark.parametrize("metric", ["net_sales", "baskets", "average_basket"])
@pytest.mark.parametrize("name", SLICES)
def test_the_kinds_add_up_to_the_part_of_the_comparison(restated, name, metric):
    asked = SLICES[name]
    with restated.loader.database.reading(asked.scope) as conn:
        compared = comparison(conn, asked.query(metric), from_revision=restated.revision - 1,
                              to_revision=restated.revision, scope=asked.scope)  # fmt: skip
    (part,) = compared.parts
    assert part.group.kind is Kind.RESTATED
    parts = [change.contribution for change in found_changes(restated, asked, metric)]
    assert sum(parts, Decimal(0)) == part.contribution


def test_no_more_lines_are_shown_than_asked_for(restated):
    assert len(shown(restated, Slice(), RESTATED, limit=2)) == 2


def test_the_explanation_stays_as_it_was_when_the_week_is_restated_again_and_that_undone(
    server_url, template, owner_login, tmp_path
):
    with clone(server_url, template, owner_login) as database:
        restated = restated_week(database, tmp_path)
        again = restated.loader.sales(sales_text(restated.first.head(50)), period=WEEK)
        undo(database, again.revision, editor=MANAGER, reason="Wrong file")
        edit(database, "products", "10", category="FUEL > GAS")
        for name in ("everything", "a department", "a store"):
            check_changes(restated, SLICES[name], "net_sales")
            check_lines(restated, SLICES[name])
        undo(database, restated.revision, editor=MANAGER, reason="Wrong too")
        check_changes(restated, SLICES["a department"], "net_sales")
        check_lines(restated, SLICES["everything"])


def test_lines_of_an_edit_are_refused_in_words(restated):
    edited = Cause(3, Kind.EDIT, "meg", "", restated.cause.opened_at)
    with restated.loader.database.reading(EVERYTHING) as conn:
        with pytest.raises(UsageError, match="revision 3 loaded no facts"):
            line_changes(conn, Query(("net_sales",)), edited, scope=EVERYTHING)
        with pytest.raises(UsageError, match="revision 3 loaded no facts"):
            changed_lines(conn, Query(("net_sales",)), edited, kind=NEW, scope=EVERYTHING)
