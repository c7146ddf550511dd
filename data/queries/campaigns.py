"""Campaigns: whom they reached, who redeemed, and what households bought before, during and after."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from data.cache import ResultCache
from data.errors import UnknownName
from data.models import Base, Campaign, CampaignHousehold, Coupon, CouponRedemption, Household, SalesLine
from data.queries.metrics import Result
from data.queries.slices import Slice, answer
from data.semantic.expressions import Statement
from data.semantic.types import ColumnSpec, Grain, Unit

EXPOSED, OTHERS = "Received it", "Did not receive it"
BEFORE, DURING, AFTER = "Before", "During", "After"
COLUMNS = (
    ColumnSpec("campaign", "Campaign", Unit.INTEGER),
    ColumnSpec("campaign_type", "Type", Unit.TEXT),
    ColumnSpec("first_on", "From", Unit.DATE, "first business date"),
    ColumnSpec("last_on", "To", Unit.DATE, "last business date, counted in"),
    ColumnSpec("households", "Reach", Unit.COUNT, "households that received it"),
    ColumnSpec("coupons", "Coupons", Unit.COUNT, "different coupons"),
    ColumnSpec("products", "Products", Unit.COUNT, "products that its coupons are good for"),
    ColumnSpec("redemptions", "Redemptions", Unit.COUNT, "coupons handed in"),
    ColumnSpec("redeemers", "Redeeming households", Unit.COUNT, "households that handed in any"),
    ColumnSpec("redemption_rate", "Redemption rate", Unit.RATIO, "redeeming households as a share of its reach"),
)
PHASE_COLUMNS = (
    ColumnSpec("phase", "When", Unit.TEXT),
    ColumnSpec("group", "Group", Unit.TEXT),
    ColumnSpec("first_on", "From", Unit.DATE),
    ColumnSpec("last_on", "To", Unit.DATE, "counted in"),
    ColumnSpec("households", "Households in it", Unit.COUNT, "all of the group, whether they bought or not"),
    ColumnSpec("net_sales", "Net sales", Unit.CENTS),
    ColumnSpec("net_a_week", "A household a week", Unit.CENTS_RATIO, "net sales per household of the group and 7 days"),
)
WEEK_COLUMNS = (
    ColumnSpec("week", "Week from", Unit.DATE, "weeks are counted from the campaign's first day"),
    ColumnSpec("group", "Group", Unit.TEXT),
    ColumnSpec("net_sales", "Net sales", Unit.CENTS),
    ColumnSpec("net_each", "A household", Unit.CENTS_RATIO, "net sales per household of the group"),
)
_LONG = timedelta(weeks=1000)
_TABLES = Base.metadata.tables
_CAMPAIGNS, _RECEIVED = _TABLES[Campaign.__tablename__], _TABLES[CampaignHousehold.__tablename__]
_COUPONS, _REDEEMED = _TABLES[Coupon.__tablename__], _TABLES[CouponRedemption.__tablename__]
_HOUSEHOLDS = _TABLES[Household.__tablename__]


@dataclass(frozen=True)
class CampaignDates:
    """A campaign's dates, `[start, end)`."""

    campaign: int
    campaign_type: str
    start: date
    end: date

    def phases(self, facts: tuple[date, date]) -> dict[str, tuple[date, date]]:
        """Before, during and after, of equal length, as far as there are facts from the first of `facts` to its last.

        A phase of which no day has facts is left out.
        """
        length, (first, end) = self.end - self.start, (facts[0], facts[1] + timedelta(days=1))
        whole = {
            BEFORE: (self.start - length, self.start),
            DURING: (self.start, self.end),
            AFTER: (self.end, self.end + length),
        }
        cut = {name: (max(start, first), min(until, end)) for name, (start, until) in whole.items()}
        return {name: dates for name, dates in cut.items() if dates[0] < dates[1]}


def campaign_list(conn: sa.Connection, asked: Slice, *, cache: ResultCache | None = None) -> Result:
    """Campaigns that were on within the slice's dates: reach and redemption in all, whatever the slice's filters.

    One row is a campaign that is not retired; columns as in COLUMNS, the latest start first. A campaign is the same for
    every reader: what it sold is told within the scope, whom it reached is not. Empty where none was on. Sources:
    campaigns, campaign_households, coupons, coupon_redemptions.
    """
    at = asked.source
    campaigns = at(_CAMPAIGNS)
    reached = _counted(at(_RECEIVED), households=sa.func.count())
    offered = at(_COUPONS)
    coupons = _counted(
        offered,
        coupons=sa.func.count(offered.c.coupon_upc.distinct()),
        products=sa.func.count(offered.c.product_id.distinct()),
    )
    handed_in = at(_REDEEMED)
    redeemed = _counted(
        handed_in, redemptions=sa.func.count(), redeemers=sa.func.count(handed_in.c.household_id.distinct())
    )
    counts = {
        name: sa.func.coalesce(part.c[name], 0) for part in (reached, coupons, redeemed) for name in part.c.keys()[1:]
    }
    rate = sa.cast(counts["redeemers"], sa.Float) / sa.func.nullif(counts["households"], 0)
    joined: sa.FromClause = campaigns
    for part in (reached, coupons, redeemed):
        joined = joined.outerjoin(part, part.c.campaign_id == campaigns.c.campaign_id)
    stmt = (
        sa.select(
            campaigns.c.campaign_id.label("campaign"),
            campaigns.c.campaign_type,
            campaigns.c.start_on.label("first_on"),
            (campaigns.c.end_on - 1).label("last_on"),
            *(column.label(name) for name, column in counts.items()),
            rate.label("redemption_rate"),
        )
        .select_from(joined)
        .where(~campaigns.c.retired, campaigns.c.start_on < asked.end, *_until(campaigns, asked))
        .order_by(campaigns.c.start_on.desc(), campaigns.c.campaign_id)
    )
    return answer(conn, asked, stmt, COLUMNS, cache)


def campaign_dates(conn: sa.Connection, asked: Slice, *, campaign: int) -> CampaignDates:
    """The dates of a campaign at the slice's revision; raises UnknownName."""
    rows = asked.source(_CAMPAIGNS)
    columns = (rows.c.campaign_id, rows.c.campaign_type, rows.c.start_on, rows.c.end_on)
    found = conn.execute(sa.select(*columns).where(rows.c.campaign_id == sa.literal(campaign, sa.BigInteger))).first()
    if found is None:
        raise UnknownName(f"no such campaign: {campaign}")
    return CampaignDates(*found)


def campaign_phases(
    conn: sa.Connection,
    asked: Slice,
    *,
    campaign: CampaignDates,
    facts: tuple[date, date],
    cache: ResultCache | None = None,
) -> Result:
    """What households that received a campaign, and all others, bought before, during and after it.

    One row is a phase and a group; columns as in PHASE_COLUMNS, in time, those who received it first. Phases are as
    long as the campaign and cut to where there are facts, `facts` being their first and last date. The slice's dates
    are not looked at, its filters and scope are: net sales are of what they keep, households are all that there are,
    retired ones left out. It compares, and proves nothing: who gets a campaign is not drawn by lot. Sources:
    sales_lines, households, campaign_households.
    """
    phases = campaign.phases(facts)
    listed = sa.values(
        sa.column("phase", sa.Text), sa.column("first_on", sa.Date), sa.column("until", sa.Date), name="phases"
    ).data([(name, *dates) for name, dates in phases.items()])
    ends = [(campaign.start, BEFORE), (campaign.end, DURING)]
    groups, lines = _groups(asked, campaign), _bought(asked, phases)
    phase = sa.case(*((lines.c.sold_on < end, sa.literal(name)) for end, name in ends), else_=sa.literal(AFTER))
    sizes, sold = _sizes(groups), _sold(lines, groups, phase)
    total = sa.cast(sa.func.coalesce(sold.c.net, 0), sa.BigInteger)
    days = sa.cast(listed.c.until - listed.c.first_on, sa.Float)
    same = sa.and_(sold.c.part == listed.c.phase, sold.c.group == sizes.c.group)
    stmt = (
        sa.select(
            listed.c.phase,
            sizes.c.group,
            listed.c.first_on,
            (listed.c.until - 1).label("last_on"),
            sizes.c.households,
            total.label("net_sales"),
            (sa.cast(total, sa.Float) * 7 / days / sizes.c.households).label("net_a_week"),
        )
        .select_from(listed.join(sizes, sa.true()).outerjoin(sold, same))
        .order_by(listed.c.first_on, sizes.c.group.desc())
    )
    return answer(conn, asked, stmt, PHASE_COLUMNS, cache)


def campaign_weeks(
    conn: sa.Connection,
    asked: Slice,
    *,
    campaign: CampaignDates,
    facts: tuple[date, date],
    cache: ResultCache | None = None,
) -> Result:
    """The same week by week, counted from the campaign's first day; weeks that the facts cut off are left out.

    One row is a week and a group; columns as in WEEK_COLUMNS, in time, those who received it first.
    """
    phases = campaign.phases(facts)
    groups, lines = _groups(asked, campaign), _bought(asked, phases)
    zero = sa.literal(campaign.start - _LONG, sa.Date)  # integer division goes towards zero, so count from long before
    week = zero + (lines.c.sold_on - zero) // 7 * 7
    sizes, sold = _sizes(groups), _sold(lines, groups, week)
    days = sa.func.generate_series(
        *(sa.cast(day, sa.DateTime) for day in _whole_weeks(campaign.start, phases)), sa.text("interval '7 days'")
    )
    weeks = days.table_valued(sa.column("week", sa.DateTime)).render_derived(name="weeks")
    on = sa.cast(weeks.c.week, sa.Date)
    total = sa.cast(sa.func.coalesce(sold.c.net, 0), sa.BigInteger)
    stmt = (
        sa.select(
            on.label("week"),
            sizes.c.group,
            total.label("net_sales"),
            (sa.cast(total, sa.Float) / sizes.c.households).label("net_each"),
        )
        .select_from(
            weeks.join(sizes, sa.true()).outerjoin(sold, sa.and_(sold.c.part == on, sold.c.group == sizes.c.group))
        )
        .order_by(on, sizes.c.group.desc())
    )
    return answer(conn, asked, stmt, WEEK_COLUMNS, cache)


def _whole_weeks(zero: date, phases: dict[str, tuple[date, date]]) -> tuple[date, date]:
    """The first days of the first and the last week, counted from `zero`, of which all days lie in the phases."""
    start, end = next(iter(phases.values()))[0], list(phases.values())[-1][1]
    first = zero - timedelta(days=(zero - start).days // 7 * 7)
    return first, first + timedelta(days=((end - first).days // 7 - 1) * 7)


def _counted(rows: sa.FromClause, **counts: sa.ColumnElement[Any]) -> sa.Subquery:
    columns = [count.label(name) for name, count in counts.items()]
    return sa.select(rows.c.campaign_id, *columns).group_by(rows.c.campaign_id).subquery("_".join(counts))


def _until(campaigns: sa.FromClause, asked: Slice) -> list[sa.ColumnElement[bool]]:
    return [] if asked.start is None else [campaigns.c.end_on > asked.start]


def _groups(asked: Slice, campaign: CampaignDates) -> sa.CTE:
    """Every household, with whether it received the campaign."""
    at = asked.source
    households, received = at(_HOUSEHOLDS), at(_RECEIVED)
    reached = sa.select(received.c.household_id).where(received.c.campaign_id == campaign.campaign)
    group = sa.case((households.c.household_id.in_(reached), sa.literal(EXPOSED)), else_=sa.literal(OTHERS))
    return (
        sa.select(households.c.household_id.label("household"), group.label("group"))
        .where(~households.c.retired)
        .cte("groups")
    )


def _sizes(groups: sa.CTE) -> sa.Subquery:
    counted = sa.select(groups.c.group, sa.func.count().label("households")).group_by(groups.c.group)
    return counted.subquery("sizes")


def _bought(asked: Slice, phases: dict[str, tuple[date, date]]) -> sa.Subquery:
    dates = list(phases.values())
    columns = {"household": SalesLine.household_id, "sold_on": SalesLine.sold_on, "net": SalesLine.net_cents}
    during = replace(asked, start=dates[0][0], end=dates[-1][1])
    sold: Statement = during.added_up("household_count", Grain.DAY, **columns)
    return sold.subquery("lines")


def _sold(lines: sa.Subquery, groups: sa.CTE, part: sa.ColumnElement[Any]) -> sa.Subquery:
    """What each group bought in each part of the time."""
    named = sa.select(lines.c.household, part.label("part"), lines.c.net).subquery("named")
    return (
        sa.select(named.c.part, groups.c.group, sa.func.sum(named.c.net).label("net"))
        .select_from(named.join(groups, groups.c.household == named.c.household))
        .group_by(named.c.part, groups.c.group)
        .subquery("sold")
    )
