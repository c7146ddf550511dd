"""Campaigns, the households they were sent to, their coupons and what was redeemed."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from data.db import Base
from data.models.versioned import Retirable, Versioned


class Campaign(Retirable, Versioned, Base):
    """A mailing with coupons, valid over `[start_on, end_on)`."""

    __tablename__ = "campaigns"

    campaign_id: Mapped[int] = mapped_column(
        sa.Integer, primary_key=True, autoincrement=False, comment="campaign number, as files give it"
    )
    campaign_type: Mapped[str] = mapped_column(sa.Text)
    start_on: Mapped[date] = mapped_column(sa.Date, comment="first business date")
    end_on: Mapped[date] = mapped_column(
        sa.Date, comment="first business date after it", info={"help": "last business date, counted in"}
    )

    __table_args__ = (
        sa.CheckConstraint("campaign_id > 0", name="number_positive"),
        sa.CheckConstraint("start_on < end_on", name="dates_in_order"),
        {"info": {"help": "A mailing with coupons, valid from its first to its last day."}},
    )


class CampaignHousehold(Versioned, Base):
    """A household that received a campaign."""

    __tablename__ = "campaign_households"

    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaigns.campaign_id"), primary_key=True)
    household_id: Mapped[int] = mapped_column(sa.ForeignKey("households.household_id"), primary_key=True, index=True)


class Coupon(Versioned, Base):
    """A product for which a campaign's coupon is good."""

    __tablename__ = "coupons"

    coupon_upc: Mapped[int] = mapped_column(
        sa.BigInteger, primary_key=True, autoincrement=False, info={"header": "coupon", "least": 1}
    )
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("products.product_id"), primary_key=True, index=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaigns.campaign_id"), primary_key=True)


class CouponRedemption(Versioned, Base):
    """A coupon handed in by a household on a business date, numbered from 1 where it was handed in several times."""

    __tablename__ = "coupon_redemptions"

    household_id: Mapped[int] = mapped_column(sa.ForeignKey("households.household_id"), primary_key=True)
    coupon_upc: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaigns.campaign_id"), primary_key=True)
    redeemed_on: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    occurrence: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)

    __table_args__ = (
        sa.CheckConstraint("occurrence > 0", name="occurrence_positive"),
        {"info": {"editable": False}},  # what happened, as files tell it
    )
