"""Sales: what was sold, for how much, to whom and where."""

from __future__ import annotations

import sqlalchemy as sa

from data.models import Category, Department, Household, Product, Region, SalesLine, Store
from data.models.households import SEGMENTS
from data.semantic.types import Aggregation, Dimension, Join, Measure, Metric, Subject, Unit

# Products counted in another unit are few: asking for them once is cheaper than joining every product to every line.
_IN_PIECES = SalesLine.product_id.not_in(sa.select(Product.product_id).where(Product.unit_of_measure != "piece"))
_DISCOUNT = SalesLine.retail_discount_cents + SalesLine.coupon_match_cents

MEASURES = (
    Measure("net_cents", Aggregation.SUM, SalesLine.net_cents),
    Measure("gross_cents", Aggregation.SUM, SalesLine.net_cents + _DISCOUNT),
    Measure("discount_cents", Aggregation.SUM, _DISCOUNT),
    Measure("coupon_discount_cents", Aggregation.SUM, SalesLine.coupon_discount_cents),
    Measure("pieces", Aggregation.SUM, sa.case((_IN_PIECES, SalesLine.quantity), else_=0)),
    Measure("net_cents_in_pieces", Aggregation.SUM, sa.case((_IN_PIECES, SalesLine.net_cents), else_=0)),
    Measure("line_count", Aggregation.ROWS),
    Measure("basket_count", Aggregation.DISTINCT, SalesLine.basket_id),
    Measure("household_count", Aggregation.DISTINCT, SalesLine.household_id),
)

METRICS = (
    Metric(
        "net_sales",
        "Net sales",
        Unit.CENTS,
        "What the shop received: the shelf price less every discount.",
        measure="net_cents",
    ),
    Metric(
        "gross_sales",
        "Gross sales",
        Unit.CENTS,
        "Net sales plus what the house gave away: retail discounts and matched coupons.",
        measure="gross_cents",
    ),
    Metric(
        "discount",
        "Discount",
        Unit.CENTS,
        "What the house gives: retail discounts and the house's match of coupons.",
        measure="discount_cents",
    ),
    Metric(
        "coupon_discount",
        "Coupon discount",
        Unit.CENTS,
        "What manufacturers give through coupons; the shop is paid for it.",
        measure="coupon_discount_cents",
    ),
    Metric(
        "discount_rate",
        "Discount rate",
        Unit.RATIO,
        "Discount as a share of gross sales.",
        numerator="discount_cents",
        denominator="gross_cents",
    ),
    Metric(
        "units",
        "Units",
        Unit.COUNT,
        "Pieces sold; what is measured rather than counted, such as gasoline, is left out.",
        measure="pieces",
    ),
    Metric("baskets", "Baskets", Unit.COUNT, "Different baskets, or visits to the till.", measure="basket_count"),
    Metric("households", "Households", Unit.COUNT, "Different households that bought.", measure="household_count"),
    Metric("lines", "Lines", Unit.COUNT, "Lines on receipts.", measure="line_count"),
    Metric(
        "average_basket",
        "Average basket",
        Unit.CENTS_RATIO,
        "Net sales per basket.",
        numerator="net_cents",
        denominator="basket_count",
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
    ),
    Dimension(
        "product",
        "Product",
        "Product, labelled by type, package size and number.",
        key=Product.product_id,
        unit=Unit.INTEGER,
        member=Product.product_id,
        display=sa.func.concat_ws(
            ", ",
            sa.func.coalesce(Product.product_type, "Unnamed product"),
            Product.package_size,
            sa.func.concat("no. ", Product.product_id),
        ),
        parent="category",
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
        display=sa.func.coalesce(Store.name, sa.func.concat("Store ", Store.store_id)),
        parent="region",
    ),
    Dimension(
        "weekday",
        "Weekday",
        "ISO weekday of the business date: 1 is Monday.",
        key=sa.cast(sa.extract("isodow", SalesLine.sold_on), sa.Integer),
        unit=Unit.INTEGER,
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
    ),
    measures=MEASURES,
    metrics=METRICS,
    dimensions=DIMENSIONS,
)
