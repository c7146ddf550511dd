"""Lift of display and mailer: what promoted weeks sold against the usual week of the same products and stores."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import pandas as pd
import streamlit as st

from dashboard import format as fmt
from dashboard.charts.layout import rows_of
from dashboard.charts.ranking import Ranking, ranking_chart
from dashboard.curated.asked import Asked
from dashboard.curated.piece import Piece, nothing_here, show, show_rows
from dashboard.exports import Table
from data.queries.lift import ANY, DISPLAY, FEWEST_USUAL_UNITS, MAILER, WAY, lifted_products, promotion_lift
from data.queries.metrics import Result
from data.queries.promoted import Weeks, compared_weeks
from data.semantic.types import Unit

EXPLAINED = (
    "A product counts in a store and a week, sold or not. Usual is its average week in that store without display and "
    "mailer, over all weeks loaded, so it is the same for every period. Left out are products that a store never "
    "promoted, always promoted or never sold. This observes and proves nothing: what is promoted, and when, is chosen, "
    "prices are often cut at the same time, and whether a product without a sale was on the shelf is not known; one "
    "that was listed for part of the year seems to gain more than it did."
)
_NO_WEEK = (
    "Display and mailer are told by whole weeks, Monday to Sunday, that sales and promotions both cover; "
    "these dates have none."
)
_TITLES = {WAY: "Display and mailer", DISPLAY: "By display location", MAILER: "By mailer location"}
_KEYS = {WAY: "lift", DISPLAY: "lift-display", MAILER: "lift-mailer"}


@dataclass(frozen=True, eq=False)
class Found:
    """The lift of all promotions and of each kind of them, in the weeks that were looked at."""

    result: Result
    weeks: Weeks
    looked_at: Weeks

    @property
    def in_all(self) -> str:
        """The finding in a sentence."""
        row = next(rows_of(self.of(ANY)))
        number = self.looked_at.number
        weeks = f"{number} whole week{'s' if number != 1 else ''}"
        promoted = f"{row.weeks:,} product-store-week{'s were' if row.weeks != 1 else ' was'} promoted"
        return f"In {weeks}, {promoted} and sold {_against(row.lift)}, {_against(row.unit_lift)} in units."

    def of(self, part: str) -> pd.DataFrame:
        """The rows of a part."""
        return self.result.frame[self.result.frame["part"] == part].reset_index(drop=True)


def display_and_mailer(asked: Asked) -> None:
    """The section: charts by way and by location, the products with the largest lift, and what lift means here."""
    found = found_lift(asked)
    if isinstance(found, str):
        nothing_here(found)
        return
    show(asked, lift(found, WAY, asked.currency))
    left, right = st.columns(2)
    for column, part in ((left, DISPLAY), (right, MAILER)):
        with column:
            if found.of(part).empty:
                nothing_here(f"Nothing was promoted {'on display' if part == DISPLAY else 'in the mailer'}.")
            else:
                show(asked, lift(found, part, asked.currency))
    products = lifted(asked, found)
    if products.frame.empty:
        nothing_here(f"No product usually sells {FEWEST_USUAL_UNITS} units in its promoted weeks: too few to tell.")
    else:
        says = f"Products that usually sell {FEWEST_USUAL_UNITS} units or more in as many weeks; fewer are chance."
        show_rows(asked, products, key="lifted", says=says)


def lift(found: Found, part: str, currency: str) -> Piece:
    """Net sales of promoted weeks with the usual as a tick, by way or by location."""
    frame = found.of(part)
    enough = frame["usual_units"] >= FEWEST_USUAL_UNITS  # fewer are chance, and stay in the table
    drawn_rows = frame[enough] if enough.any() else frame
    drawn = pd.DataFrame({
        "key": drawn_rows["place"],
        "label": drawn_rows["place"].astype("str"),
        "value": drawn_rows["net_each"],
        "before": drawn_rows["usual_each"],
    }).sort_values("value", ascending=False, ignore_index=True)  # fmt: skip
    shown = Ranking(drawn, "Net sales per 100 product-store-weeks", "way", Unit.CENTS_RATIO, (), "Usual", currency,
                    clickable=False)  # fmt: skip
    told = "; ".join(f"{row.place.lower()} {_against(row.lift)}" for row in rows_of(drawn_rows))
    scale = "Net sales per 100 product-store-weeks; the grey tick is the usual."
    notes = {
        WAY: f"{found.in_all} {scale}  \n{EXPLAINED}",
        DISPLAY: f"{scale} A product in two places counts in both; much of what is on display is in the mailer too.",
        MAILER: f"{scale} A product in two places counts in both; some of what is in the mailer is on display too.",
    }
    table = Table(_TITLES[part], frame, found.result.columns, signed=frozenset({"lift", "unit_lift"}))
    return Piece(_KEYS[part], _TITLES[part], table, partial(ranking_chart, shown),
                 f"Net sales of promoted weeks: {told}.", notes[part])  # fmt: skip


def lifted(asked: Asked, found: Found) -> Table:
    """The products with the largest lift."""
    result = lifted_products(asked.conn, asked.slice, weeks=found.weeks, cache=asked.cache)
    return Table("Largest lift", result.frame, result.columns, signed=frozenset({"lift", "unit_lift"}))


def found_lift(asked: Asked) -> Found | str:
    """The lift, or why there is none."""
    weeks = compared_weeks(asked.conn, revision=asked.pin.revision)
    if weeks is None and asked.pin.revision is not None:
        return f"No display and mailer promotions had been loaded at revision {asked.pin.revision}."
    if weeks is None:
        return "No display and mailer promotions are loaded. Load them with `daybook load sample --promotions`."
    looked_at = weeks.within(asked.slice.start, asked.slice.end)
    if not looked_at.number:
        return _NO_WEEK
    result = promotion_lift(asked.conn, asked.slice, weeks=weeks, cache=asked.cache)
    if result.frame.empty:
        return "Nothing that the filters keep was on display or in the mailer in these weeks and sold in others."
    return Found(result, weeks, looked_at)


def _against(lift: float) -> str:
    if math.isnan(lift):
        return "what usually does not sell"
    return f"{fmt.percent(abs(lift))} {'more' if lift >= 0 else 'less'} than usual"
