"""Receipts as frames: written into files, and added up in plain pandas."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from random import Random
from typing import Any

import pandas as pd

from tests.loading.conftest import Loader

COLUMNS = ["basket", "product", "store", "household", "sold_on", "quantity", "cents"]
KEY = ["basket", "product", "occurrence", "sold_on"]
CATEGORIES = {10: "DAIRY > MILK", 11: "DAIRY > CHEESE", 12: "DAIRY > MILK", 20: "BAKERY > BREAD", 21: "BAKERY > ROLLS",
              22: "BAKERY > BREAD", 30: "FUEL > GAS", 31: "FUEL > OIL"}  # fmt: skip
REGIONS = {1: "North", 2: "North", 3: "South", 4: "South", 5: "West"}


def receipts(seed: int, start: date, days: int, *, least: int, first_basket: int) -> pd.DataFrame:
    """At least so many lines of random baskets, some with a product twice."""
    draw = Random(seed)
    rows: list[tuple[Any, ...]] = []
    basket = first_basket
    while len(rows) < least:
        whose = (draw.choice(list(REGIONS)), draw.randrange(1, 60), start + timedelta(days=draw.randrange(days)))
        for product in draw.choices(list(CATEGORIES), k=draw.randrange(1, 6)):
            rows.append((basket, product, *whose, draw.randrange(1, 5), draw.randrange(1, 3000)))
        basket += 1
    return numbered(pd.DataFrame(rows, columns=COLUMNS))


def numbered(lines: pd.DataFrame) -> pd.DataFrame:
    """The lines with the number of each product's lines in its basket, in the order of the file."""
    return lines.assign(occurrence=lines.groupby(["basket", "product"]).cumcount() + 1)


def sales_text(lines: pd.DataFrame) -> str:
    """The lines as a file has them, without its header."""
    return "".join(
        f"{row.basket},{row.product},{row.store},{row.household},{row.sold_on} 12:00:00,{row.quantity},"
        f"{row.cents / 100:.2f},0,0,0\n" for row in lines.itertuples()
    )  # fmt: skip


def load_members(loader: Loader, categories: dict[int, str] = CATEGORIES) -> None:
    """Load the products and stores."""
    products = "".join(f"{number},{named.replace(' > ', ',')}\n" for number, named in categories.items())
    loader.load("products", "product,department,category\n" + products)
    loader.load("stores", "store,region\n" + "".join(f"{number},{region}\n" for number, region in REGIONS.items()))


def described(lines: pd.DataFrame, categories: dict[int, str] = CATEGORIES) -> pd.DataFrame:
    """The lines with a column for each dimension that the tests ask by."""
    category = lines["product"].map(categories)
    weekday = lines["sold_on"].map(date.isoweekday)
    return lines.assign(category=category, department=category.str.split(" > ").str[0],
                        region=lines["store"].map(REGIONS), weekday=weekday)  # fmt: skip


def figure(metric: str, lines: pd.DataFrame) -> Fraction:
    """The metric over the lines, in cents where it is money; 0 where it is not defined."""
    net, baskets = int(lines["cents"].sum()), lines["basket"].nunique()
    match metric:
        case "net_sales":
            return Fraction(net)
        case "lines":
            return Fraction(len(lines))
        case "baskets":
            return Fraction(baskets)
        case "households":
            return Fraction(lines["household"].nunique())
        case "average_basket":
            return Fraction(net, baskets) if baskets else Fraction(0)
    raise ValueError(metric)


def figures_by(metric: str, lines: pd.DataFrame, dimension: str) -> dict[Any, Fraction]:
    """The metric of each member that has lines."""
    return {member: figure(metric, some) for member, some in lines.groupby(dimension)}
