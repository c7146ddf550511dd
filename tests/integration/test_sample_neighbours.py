"""What is bought with a member of the sample, against plain pandas on its files."""

from __future__ import annotations

from datetime import date

import pytest

from data.errors import UsageError
from data.queries.neighbours import bought_with
from data.queries.slices import Slice
from data.scope import Scope
from data.semantic.question import Filter
from tests.integration.test_sample_figures import ALL, in_period, lines

__all__ = ["lines"]  # the fixture
pytestmark = [pytest.mark.sample]
DECEMBER = (date(2017, 12, 1), date(2018, 1, 1))
MILK = 995242
KEPT = {
    "everything": ((), ALL, lambda rows: rows),
    "one store": ((), Scope.of_stores(367), lambda rows: rows[rows["store_id"] == 367]),
    "one department": (
        (Filter("department", ("GROCERY",)),), ALL, lambda rows: rows[rows["department"] == "GROCERY"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kept", KEPT.values(), ids=list(KEPT))
def test_neighbours_of_a_product(sample, lines, kept):
    filters, scope, part = kept
    with sample.reading(scope) as conn:
        frame = bought_with(conn, Slice(*DECEMBER, scope, filters), dimension="product", key=MILK).frame
    held = part(in_period(lines, *DECEMBER))[["basket_id", "product_id"]].drop_duplicates()
    its = set(held.loc[held["product_id"] == MILK, "basket_id"])
    met = held[held["basket_id"].isin(its) & (held["product_id"] != MILK)].groupby("product_id").size()
    expected = met.reset_index(name="baskets").sort_values(["baskets", "product_id"], ascending=[False, True]).head(12)
    assert frame["key"].tolist() == expected["product_id"].tolist()
    assert frame["baskets"].tolist() == expected["baskets"].tolist()
    assert frame["share"].tolist() == pytest.approx([count / len(its) for count in expected["baskets"]])
    every, alone = held["basket_id"].nunique(), held.groupby("product_id").size()
    lift = [
        count * every / (len(its) * alone[product])
        for product, count in zip(expected["product_id"], expected["baskets"], strict=True)
    ]
    assert frame["lift"].tolist() == pytest.approx(lift)


def test_neighbours_of_a_category(sample, lines):
    with sample.reading(ALL) as conn:
        frame = bought_with(conn, Slice(*DECEMBER, ALL), dimension="category", key="GROCERY > COFFEE").frame
    held = in_period(lines, *DECEMBER)[["basket_id", "category"]].drop_duplicates()
    its = set(held.loc[held["category"] == "GROCERY > COFFEE", "basket_id"])
    met = held[held["basket_id"].isin(its) & (held["category"] != "GROCERY > COFFEE")].groupby("category").size()
    assert dict(zip(frame["key"], frame["baskets"], strict=True)).items() <= met.to_dict().items()
    assert frame["baskets"].tolist() == met.sort_values(ascending=False).head(12).tolist()


def test_a_member_that_was_not_sold_has_no_neighbours(sample):
    with sample.reading(ALL) as conn:
        frame = bought_with(conn, Slice(*DECEMBER, ALL), dimension="product", key=1).frame
    assert frame.empty
    assert list(frame) == ["key", "label", "baskets", "share", "lift"]


def test_only_what_is_paired_has_neighbours(sample):
    with sample.reading(ALL) as conn, pytest.raises(UsageError, match="product, category, department; got 'store'"):
        bought_with(conn, Slice(*DECEMBER, ALL), dimension="store", key=1)
