"""Loads at the same time: they follow each other, and nothing is counted twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from data.changes.types import Editor
from data.changes.undoing import undo
from data.errors import AlreadyLoaded, CannotUndo
from data.loading.rejects import Rejected
from data.scope import Scope

MARCH = (date(2017, 3, 1), date(2017, 4, 1))


def lines(count, net):
    return "".join(f"{basket},10,5,7,2017-03-05 10:00:00,1,{net},0,0,0\n" for basket in range(1, count + 1))


def at_once(*loads):
    """Run the loads together; gives what each returned or raised."""

    def run(load):
        try:
            return load()
        except (AlreadyLoaded, CannotUndo, Rejected) as refused:
            return refused

    with ThreadPoolExecutor(len(loads)) as pool:
        return list(pool.map(run, loads))


@pytest.mark.parametrize("attempt", range(3))
def test_two_restatements_of_a_period_at_once_do_not_double_count(shop, attempt):
    shop.sales(lines(200, "1.00"))
    first, second = at_once(
        lambda: shop.sales(lines(300, "2.00"), name="a.csv", period=MARCH),
        lambda: shop.sales(lines(400, "3.00"), name="b.csv", period=MARCH),
    )
    last = max(first, second, key=lambda outcome: outcome.revision)
    count, total = shop.rows("select count(*), sum(net_cents) from sales_lines")[0]
    assert (count, total) == ((300, 60_000) if last is first else (400, 120_000))
    assert sorted([first.removed, second.removed]) == sorted([200, min(first, second, key=lambda o: o.revision).rows])
    assert {first.revision, second.revision} == {5, 6}
    assert shop.rows("select * from history.broken_revisions()") == []


def test_the_same_file_at_once_is_loaded_once(shop):
    text = lines(200, "1.00")
    results = at_once(lambda: shop.sales(text, name="a.csv"), lambda: shop.sales(text, name="b.csv"))
    assert sorted(type(result).__name__ for result in results) == ["AlreadyLoaded", "Outcome"]
    assert shop.value("select count(*) from sales_lines") == 200


def test_a_load_that_two_people_undo_at_once_is_undone_once(shop):
    loaded = shop.sales(lines(200, "1.00"))
    meg = Editor("meg", "manager", Scope.everything())

    def take_back():
        return undo(shop.database, loaded.revision, editor=meg, reason="Undo it")

    other = "900,10,5,7,2017-03-06 10:00:00,1,1.00,0,0,0\n"
    results = at_once(take_back, lambda: shop.sales(other), take_back)
    assert sorted(type(result).__name__ for result in results) == ["CannotUndo", "Outcome", "Saved"]
    assert shop.value("select count(*) from sales_lines") == 1
    assert shop.rows("select * from history.broken_revisions()") == []


def test_the_same_lines_in_two_files_at_once_are_loaded_once(shop):
    results = at_once(lambda: shop.sales(lines(200, "1.00")), lambda: shop.sales(lines(200, "1.00") + "\n"))
    assert sorted(type(result).__name__ for result in results) == ["Outcome", "Rejected"]
    assert shop.value("select count(*) from sales_lines") == 200


def test_the_same_reference_file_at_once_is_loaded_once(loader):
    text = "household,age\n" + "".join(f"{number},25-34\n" for number in range(1, 2000))
    results = at_once(*[lambda n=n: loader.load("households", text, name=f"{n}.csv") for n in range(3)])
    assert sorted(type(result).__name__ for result in results) == ["AlreadyLoaded", "AlreadyLoaded", "Outcome"]
    assert loader.value("select count(*) from households") == 1999


def test_sales_and_products_at_once_leave_every_product_known(loader):
    products = "product,department,category\n" + "".join(f"{number},DAIRY,MILK\n" for number in range(1, 900))
    sold = "".join(f"{number},{number},5,7,2017-03-05 10:00:00,1,1.00,0,0,0\n" for number in range(1, 900))
    at_once(lambda: loader.load("products", products), lambda: loader.sales(sold))
    assert loader.value("select count(*) from products where not inferred") == 899
