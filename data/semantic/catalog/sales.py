"""Sales: what was sold, for how much, to whom and where."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from data.models import (
    BusinessSettings,
    Campaign,
    CampaignHousehold,
    Category,
    Department,
    Household,
    Load,
    Product,
    Region,
    SalesLine,
    Store,
    Target,
)
from data.models.households import SEGMENTS
from data.semantic.catalog.sales_rollups import ROLLUPS
from data.semantic.types import (
    PERIOD,
    Aggregation,
    Bridge,
    Detail,
    Dimension,
    Join,
    Measure,
    Metric,
    Plan,
    PriceVolume,
    Subject,
    Unit,
)

# Products counted in another unit are few, and an index holds them: asking for them once is cheaper than joining every
# product to every line. The piece is written out, as the index is not used for a value that is sent apart.
_PIECE: sa.ColumnElement[str] = sa.literal_column("'piece'", sa.Text)
_IN_PIECES = SalesLine.product_id.not_in(sa.select(Product.product_id).where(Product.unit_of_measure != _PIECE))
_DISCOUNT = SalesLine.retail_discount_cents + SalesLine.coupon_match_cents
_ZONE = sa.select(BusinessSettings.time_zone).scalar_subquery()
_MONTH: sa.ColumnElement[Any] = sa.literal_column("interval '1 month'")
_PRODUCT_LABEL = sa.func.concat_ws(
    ", ",
    sa.func.coalesce(Product.product_type, "Unnamed product"),
    Product.package_size,
    sa.func.concat("no. ", Product.product_id),
)
_STORE_LABEL = sa.func.coalesce(Store.name, sa.func.concat("Store ", Store.store_id))
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# What a household bought and when is not asked of "bought anything in the period and stores".
_ANYTHING = ("department", "category", "product", "brand", "manufacturer", "campaign", "weekday", "hour")
# A basket is of one household, at one till, at one time.
_OF_BASKET = (PERIOD, "store", "region", "weekday", "hour", *SEGMENTS)

MEASURES = (
    Measure("net_cents", Aggregation.SUM, SalesLine.net_cents),
    Measure("gross_cents", Aggregation.SUM, SalesLine.net_cents + _DISCOUNT),
    Measure("discount_cents", Aggregation.SUM, _DISCOUNT),
    Measure("coupon_discount_cents", Aggregation.SUM, SalesLine.coupon_discount_cents),
    Measure(
        "pieces",
        Aggregation.SUM,
        sa.case((_IN_PIECES, SalesLine.quantity), else_=0),
        words="the quantity of products that are counted in pieces",
    ),
    Measure(
        "net_cents_in_pieces",
        Aggregation.SUM,
        sa.case((_IN_PIECES, SalesLine.net_cents), else_=0),
        words="what was received for products that are counted in pieces",
    ),
    Measure("line_count", Aggregation.ROWS),
    Measure("basket_count", Aggregation.DISTINCT, SalesLine.basket_id, fixes=_OF_BASKET, words="baskets"),
    Measure("household_count", Aggregation.DISTINCT, SalesLine.household_id, fixes=SEGMENTS, words="households"),
    Measure(
        "any_household_count",
        Aggregation.DISTINCT,
        SalesLine.household_id,
        fixes=SEGMENTS,
        ignores=_ANYTHING,
        words="households",
    ),
    Measure("target_cents", Aggregation.SUM, Target.net_cents, plan="targets"),
)

METRICS = (
    Metric(
        "net_sales",
        "Net sales",
        Unit.CENTS,
        "What the shop received: the shelf price less every discount.",
        measure="net_cents",
        target="target",
        synonyms=("revenue", "turnover", "sales", "income"),
    ),
    Metric(
        "gross_sales",
        "Gross sales",
        Unit.CENTS,
        "Net sales plus what the house gave away: retail discounts and matched coupons.",
        measure="gross_cents",
        synonyms=("gross revenue", "list price"),
    ),
    Metric(
        "discount",
        "Discount",
        Unit.CENTS,
        "What the house gives: retail discounts and the house's match of coupons.",
        measure="discount_cents",
        synonyms=("markdown", "rebate"),
    ),
    Metric(
        "coupon_discount",
        "Coupon discount",
        Unit.CENTS,
        "What manufacturers give through coupons; the shop is paid for it.",
        measure="coupon_discount_cents",
        synonyms=("manufacturer coupon",),
    ),
    Metric(
        "discount_rate",
        "Discount rate",
        Unit.RATIO,
        "Discount as a share of gross sales.",
        numerator="discount_cents",
        denominator="gross_cents",
        synonyms=("markdown rate",),
    ),
    Metric(
        "units",
        "Units",
        Unit.COUNT,
        "Pieces sold; what is measured rather than counted, such as gasoline, is left out.",
        measure="pieces",
        synonyms=("quantity", "volume", "items", "pieces"),
    ),
    Metric(
        "net_sales_in_pieces",
        "Net sales in pieces",
        Unit.CENTS,
        "Net sales of what is counted in pieces, the units; without gasoline and the like.",
        measure="net_cents_in_pieces",
    ),
    Metric(
        "baskets",
        "Baskets",
        Unit.COUNT,
        "Different baskets, or visits to the till.",
        measure="basket_count",
        synonyms=("transactions", "receipts", "tickets"),
    ),
    Metric(
        "households",
        "Households",
        Unit.COUNT,
        "Different households that bought.",
        measure="household_count",
        synonyms=("customers", "shoppers", "buyers"),
    ),
    Metric("lines", "Lines", Unit.COUNT, "Lines on receipts.", measure="line_count"),
    Metric(
        "average_basket",
        "Average basket",
        Unit.CENTS_RATIO,
        "Net sales per basket.",
        numerator="net_cents",
        denominator="basket_count",
        synonyms=("basket size", "average ticket", "average transaction"),
    ),
    Metric(
        "units_per_basket",
        "Units per basket",
        Unit.NUMBER,
        "Pieces per basket.",
        numerator="pieces",
        denominator="basket_count",
    ),
    Metric(
        "average_price",
        "Average price",
        Unit.CENTS_RATIO,
        "Net sales of what is counted in pieces, per piece.",
        numerator="net_cents_in_pieces",
        denominator="pieces",
    ),
    Metric(
        "penetration",
        "Penetration",
        Unit.RATIO,
        "Households that bought, as a share of those that bought anything in the period and stores.",
        numerator="household_count",
        denominator="any_household_count",
        synonyms=("reach", "share of customers"),
    ),
    Metric(
        "target",
        "Target",
        Unit.CENTS,
        "Net sales wanted; a month's target is spread evenly over its days.",
        measure="target_cents",
        synonyms=("budget", "plan", "goal"),
    ),
    Metric(
        "attainment",
        "Attainment",
        Unit.RATIO,
        "Net sales as a share of their target.",
        numerator="net_cents",
        denominator="target_cents",
        synonyms=("target achievement", "budget reached"),
    ),
)

DIMENSIONS = (
    Dimension(
        "department",
        "Department",
        "Department that the product's category belongs to.",
        key=Department.name,
        member=Department.department_id,
    ),
    Dimension(
        "category",
        "Category",
        "Category of the product, written with its department.",
        key=Department.name + " > " + Category.name,
        member=Category.category_id,
        display=Category.name,
        parent="department",
        synonyms=("product group", "commodity"),
    ),
    Dimension(
        "product",
        "Product",
        "Product, labelled by type, package size and number.",
        key=Product.product_id,
        unit=Unit.INTEGER,
        member=Product.product_id,
        display=_PRODUCT_LABEL,
        parent="category",
        synonyms=("item", "article", "sku"),
    ),
    Dimension("brand", "Brand", "National brand or the shop's own.", key=Product.brand),
    Dimension(
        "manufacturer",
        "Manufacturer",
        "Manufacturer's number; Unknown where none is on file.",
        key=sa.func.coalesce(sa.cast(Product.manufacturer, sa.Text), "Unknown"),
    ),
    Dimension(
        "region",
        "Region",
        "Region that the store belongs to.",
        key=Region.name,
        member=Region.region_id,
    ),
    Dimension(
        "store",
        "Store",
        "Store, by number.",
        key=Store.store_id,
        unit=Unit.INTEGER,
        member=Store.store_id,
        display=_STORE_LABEL,
        parent="region",
        synonyms=("shop", "branch", "outlet"),
    ),
    Dimension(
        "weekday",
        "Weekday",
        "ISO weekday of the business date: 1 is Monday.",
        key=sa.cast(sa.extract("isodow", SalesLine.sold_on), sa.Integer),
        unit=Unit.INTEGER,
        names=tuple(enumerate(_WEEKDAYS, start=1)),
    ),
    Dimension(
        "hour",
        "Hour",
        "Hour of the day in business time: 8 is from 8:00 until before 9:00.",
        key=sa.cast(sa.extract("hour", sa.func.timezone(_ZONE, SalesLine.sold_at)), sa.Integer),
        unit=Unit.INTEGER,
        names=tuple((hour, f"{hour:02d}:00") for hour in range(24)),
    ),
    Dimension(
        "campaign",
        "Campaign",
        "Campaign that the household had received, within its dates; a line may count in several.",
        key=Campaign.campaign_id,
        unit=Unit.INTEGER,
        member=Campaign.campaign_id,
        display=sa.func.concat("Campaign ", Campaign.campaign_id, ", ", Campaign.campaign_type),
        bridge=Bridge(
            (CampaignHousehold, Campaign),  # type: ignore[arg-type]  # mapped classes stand for their tables
            sa.and_(
                CampaignHousehold.household_id == SalesLine.household_id,
                Campaign.campaign_id == CampaignHousehold.campaign_id,
                SalesLine.sold_on >= Campaign.start_on,
                SalesLine.sold_on < Campaign.end_on,
            ),
        ),
    ),
    *(
        Dimension(
            segment,
            segment.replace("_", " ").capitalize(),
            f"Household's {segment.replace('_', ' ')}; Unknown where no survey gave it.",
            key=getattr(Household, segment),
        )
        for segment in SEGMENTS
    ),
)

DETAILS = (
    Detail("sold_on", "Date", Unit.DATE, SalesLine.sold_on, "Business date."),
    Detail("sold_at", "Time", Unit.INSTANT, SalesLine.sold_at, "Instant of the sale."),
    Detail("basket", "Basket", Unit.INTEGER, SalesLine.basket_id),
    Detail("store", "Store", Unit.TEXT, _STORE_LABEL),
    Detail("household", "Household", Unit.INTEGER, SalesLine.household_id),
    Detail("category", "Category", Unit.TEXT, Department.name + " > " + Category.name),
    Detail("product", "Product", Unit.TEXT, _PRODUCT_LABEL),
    Detail("quantity", "Quantity", Unit.COUNT, SalesLine.quantity, "In the product's unit of measure."),
    Detail("net", "Net sales", Unit.CENTS, SalesLine.net_cents),
    Detail("retail_discount", "Retail discount", Unit.CENTS, SalesLine.retail_discount_cents),
    Detail("coupon_discount", "Coupon discount", Unit.CENTS, SalesLine.coupon_discount_cents),
    Detail("coupon_match", "Coupon match", Unit.CENTS, SalesLine.coupon_match_cents),
    Detail("loaded_by", "Revision", Unit.INTEGER, Load.revision, "Revision whose load brought the line."),
)

SUBJECT = Subject(
    name="sales",
    label="Sales",
    facts=SalesLine.__table__,  # type: ignore[arg-type]
    business_date=SalesLine.sold_on,
    scope_column=SalesLine.store_id,
    joins=(
        Join(SalesLine.product_id, Product.product_id),
        Join(SalesLine.store_id, Store.store_id),
        Join(SalesLine.household_id, Household.household_id),
        Join(SalesLine.load_id, Load.load_id),
    ),
    measures=MEASURES,
    metrics=METRICS,
    dimensions=DIMENSIONS,
    plans=(
        Plan(
            "targets",
            "Targets",
            Target.__table__,  # type: ignore[arg-type]
            starts_on=Target.month,
            ends_on=sa.cast(Target.month + _MONTH, sa.Date),
        ),
    ),
    rollups=ROLLUPS,
    details=DETAILS,
    price_volume=PriceVolume("net_sales", "net_sales_in_pieces", "units"),
)
