"""Every mapped table, one file a subject; importing this package declares them all and their history twins."""

from importlib import import_module
from pkgutil import iter_modules

import sqlalchemy as sa

from data.db import Base
from data.models.accounts import Account, ApiToken, LoginAttempt, LoginTicket, Session
from data.models.audit import AuditRow
from data.models.campaigns import Campaign, CampaignHousehold, Coupon, CouponRedemption
from data.models.dashboards import Dashboard, DashboardFavourite, DashboardVersion
from data.models.drafts import Draft, DraftRow, EditRule
from data.models.households import Household
from data.models.loads import BusinessSettings, Load
from data.models.pins import Pinned
from data.models.products import Category, Department, Product
from data.models.promotions import PromotedProduct, PromotedWeek, Promotion
from data.models.revision_names import RevisionName
from data.models.revisions import FactTable, PendingLoad, Revision, RevisionCounter, RevisionTable
from data.models.rollups import (
    SalesBasket,
    SalesBasketRepeat,
    SalesDay,
    SalesHouseholdMonth,
    SalesMonth,
    SalesProductMonth,
    SalesQuarterHour,
    SalesStoreDay,
    SalesStoreMonth,
    SalesTotal,
    SalesWeek,
)
from data.models.sales import SalesLine
from data.models.stores import Region, Store
from data.models.targets import CalendarEvent, Target
from data.models.versioned import ROLLUP_OF, add_history_twin, history_of
from data.models.views import View, ViewFavourite, ViewVersion
from data.models.visits import Visit
from data.models.watches import Watch, WatchEvent

__all__ = [
    "Account",
    "ApiToken",
    "AuditRow",
    "Base",
    "BusinessSettings",
    "CalendarEvent",
    "Campaign",
    "CampaignHousehold",
    "Category",
    "Coupon",
    "CouponRedemption",
    "Dashboard",
    "DashboardFavourite",
    "DashboardVersion",
    "Department",
    "Draft",
    "DraftRow",
    "EditRule",
    "FactTable",
    "Household",
    "Load",
    "LoginAttempt",
    "LoginTicket",
    "PendingLoad",
    "Pinned",
    "Product",
    "PromotedProduct",
    "PromotedWeek",
    "Promotion",
    "Region",
    "Revision",
    "RevisionCounter",
    "RevisionName",
    "RevisionTable",
    "SalesBasket",
    "SalesBasketRepeat",
    "SalesDay",
    "SalesHouseholdMonth",
    "SalesLine",
    "SalesMonth",
    "SalesProductMonth",
    "SalesQuarterHour",
    "SalesStoreDay",
    "SalesStoreMonth",
    "SalesTotal",
    "SalesWeek",
    "Session",
    "Store",
    "Target",
    "View",
    "ViewFavourite",
    "ViewVersion",
    "Visit",
    "Watch",
    "WatchEvent",
    "history_of",
    "rollup_tables",
    "versioned_tables",
]


def versioned_tables() -> list[sa.Table]:
    """Every current table whose rows have a history twin, reference tables and facts alike."""
    return [
        table
        for table in Base.metadata.sorted_tables
        if table.schema is None
        and ("revision" in table.columns or "load_id" in table.columns)
        and ROLLUP_OF not in table.info
    ]


def rollup_tables() -> list[sa.Table]:
    """Every current table that adds facts up; each has a history twin as the facts do."""
    return [table for table in Base.metadata.sorted_tables if table.schema is None and ROLLUP_OF in table.info]


for _found in iter_modules(__path__):  # a file that nothing above names declares its tables all the same
    import_module(f"{__name__}.{_found.name}")
for _table in (*versioned_tables(), *rollup_tables()):
    add_history_twin(_table)
