"""Promotions: whom campaigns reached, who redeemed, and what both groups of households bought around them."""

from __future__ import annotations

from functools import partial

import pandas as pd

from dashboard import format as fmt
from dashboard.charts.layout import rows_of
from dashboard.charts.lines import line_chart
from dashboard.charts.plot import Plot, plot_alt
from dashboard.curated.asked import Asked
from dashboard.curated.piece import Piece
from dashboard.exports import Table
from data.queries.campaigns import CampaignDates, campaign_dates, campaign_list, campaign_phases, campaign_weeks
from data.semantic.types import Grain, Unit


def campaigns(asked: Asked) -> Table:
    """The campaigns that were on in the period."""
    result = campaign_list(asked.conn, asked.slice, cache=asked.cache)
    return Table("Campaigns", result.frame, result.columns)


def largest(table: Table) -> int:
    """The place of the campaign with the widest reach."""
    return int(table.frame["households"].argmax())


def names_of(table: Table) -> dict[int, str]:
    """Campaigns by number, as people pick them."""
    return {
        int(row.campaign): f"Campaign {row.campaign}, {row.campaign_type}: {fmt.days(row.first_on, row.last_on)}"
        for row in rows_of(table.frame)
    }


def dates_of(asked: Asked, campaign: int) -> CampaignDates:
    """When a campaign was on."""
    return campaign_dates(asked.conn, asked.slice, campaign=campaign)


def around(asked: Asked, campaign: CampaignDates) -> Piece:
    """Net sales per household and week, of those who received it and of all others."""
    weeks = campaign_weeks(asked.conn, asked.slice, campaign=campaign, facts=asked.facts, cache=asked.cache)
    frame = weeks.frame
    drawn = pd.DataFrame({
        "x": frame["week"],
        "series": frame["group"].astype("str"),
        "value": frame["net_each"],
        "before": float("nan"),
        "kind": "member",
        "mark": range(len(frame)),
        "complete": True,
    })  # fmt: skip
    plot = Plot(drawn, "Net sales a household", Unit.CENTS_RATIO, "Week", "Households", Grain.DAY, "",
                currency=asked.currency, clickable=False)  # fmt: skip
    ends = [(campaign.start, "the campaign begins"), (campaign.end, "it is over")]
    ends = [(day, name) for day, name in ends if day <= asked.facts[1]]
    events = pd.DataFrame([(name, pd.Timestamp(day)) for day, name in ends], columns=["name", "start_on"])
    marks = " · ".join(f"**{at}** {name}" for at, (_, name) in enumerate(ends, 1))
    return Piece(
        "around",
        f"Around campaign {campaign.campaign}",
        Table(f"Campaign {campaign.campaign}", frame, weeks.columns),
        partial(line_chart, plot, events=events),
        plot_alt(plot, "line"),
        f"{marks}. Weeks are counted from its first day. Who gets a campaign is "
        "not drawn by lot: what differs during it and not before it is what to look at.",
    )


def phases(asked: Asked, campaign: CampaignDates) -> Table:
    """Before, during and after, for both groups."""
    found = campaign_phases(asked.conn, asked.slice, campaign=campaign, facts=asked.facts, cache=asked.cache)
    return Table(f"Before, during, after campaign {campaign.campaign}", found.frame, found.columns)
