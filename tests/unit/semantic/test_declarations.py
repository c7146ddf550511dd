"""A wrong declaration is refused when the catalog is made, with the rule and the name."""

import dataclasses

import pytest
import sqlalchemy as sa

from data.errors import CatalogError, UsageError
from data.models import CalendarEvent, Campaign, Category, Coupon, Department, SalesLine, Store, Target
from data.semantic.catalog import catalog
from data.semantic.catalog.sales import SUBJECT
from data.semantic.question import Filter, Query
from data.semantic.registry import Catalog, CheckedSubject
from data.semantic.types import Aggregation, Bridge, Detail, Dimension, Join, Measure, Metric, Unit

SIMPLE = {"label": "A", "unit": Unit.COUNT, "description": "A."}
RATIO = {**SIMPLE, "unit": Unit.RATIO}
PLAN = SUBJECT.plans[0]


def check(**changed):
    return CheckedSubject.check(dataclasses.replace(SUBJECT, **changed))


def test_the_shipped_catalog_is_sound():
    assert {"net_sales", "households", "discount_rate"} <= set(catalog().metrics)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"metrics": (*SUBJECT.metrics, SUBJECT.metrics[0])}, "metric 'net_sales' is declared twice"),
        ({"measures": (*SUBJECT.measures, SUBJECT.measures[0])}, "measure 'net_cents' is declared twice"),
        ({"dimensions": (*SUBJECT.dimensions, SUBJECT.dimensions[0])}, "dimension 'department' is declared twice"),
        (
            {"metrics": (Metric("m", measure="nothing", **SIMPLE),)},
            "metric 'm' rests on an unknown measure: 'nothing'",
        ),
        (
            {"metrics": (Metric("m", numerator="net_cents", denominator="nothing", **RATIO),)},
            "unknown measure: 'nothing'",
        ),
        (
            {"dimensions": (Dimension("event", "E", "E.", key=CalendarEvent.name),)},
            "dimension 'event' reads calendar_events, to which there is no join path from sales_lines",
        ),
        (
            {"measures": (*SUBJECT.measures, Measure("m", Aggregation.SUM, Target.net_cents))},
            "measure 'm' reads targets, to which there is no join path",
        ),
        (
            {"dimensions": (Dimension("d", "D", "D.", key=Department.name, parent="nothing"),)},
            "dimension 'd' names an unknown parent: 'nothing'",
        ),
        (
            {
                "dimensions": (
                    Dimension("a", "A", "A.", key=Department.name, parent="b"),
                    Dimension("b", "B", "B.", key=Category.name, parent="a"),
                ),
                "measures": (Measure("n", Aggregation.ROWS),),
                "metrics": (Metric("m", measure="n", **SIMPLE),),
            },
            "dimension 'a': its hierarchy goes in a circle: a > b > a",
        ),
        (
            {"dimensions": (*SUBJECT.dimensions, Dimension("net_sales", "N", "N.", key=Category.name))},
            "'net_sales' is declared as a metric and as a dimension",
        ),
        (
            {"metrics": (*SUBJECT.metrics, Metric("m", measure="pieces", target="nothing", **SIMPLE))},
            "metric 'm' names an unknown target: 'nothing'",
        ),
        (
            {"metrics": (*SUBJECT.metrics, Metric("m", measure="pieces", target="target", **SIMPLE))},
            "metric 'm' is in count, its target 'target' in cents; both must have one unit",
        ),
        (
            {"measures": (*SUBJECT.measures, Measure("m", Aggregation.SUM, Target.net_cents, plan="nothing"))},
            "measure 'm' is of an unknown plan: 'nothing'",
        ),
        (
            {"measures": (*SUBJECT.measures, Measure("m", Aggregation.SUM, SalesLine.net_cents, plan="targets"))},
            "measure 'm' reads sales_lines, to which there is no join path from targets",
        ),
        (
            {"measures": (*SUBJECT.measures, Measure("m", Aggregation.ROWS, ignores=("nothing",)))},
            "measure 'm' names an unknown dimension: 'nothing'",
        ),
        ({"plans": (PLAN, PLAN)}, "plan 'targets' is declared twice"),
        ({"details": (SUBJECT.details[0], SUBJECT.details[0])}, "detail 'sold_on' is declared twice"),
        (
            {"details": (Detail("event", "E", Unit.TEXT, CalendarEvent.name),)},
            "detail 'event' reads calendar_events, to which there is no join path",
        ),
        ({"business_date": SalesLine.sold_at}, "subject 'sales': business_date must be a date; got DATETIME"),
        ({"scope_column": Store.store_id}, "subject 'sales': scope_column must be a column of sales_lines"),
        (
            {
                "dimensions": (
                    *SUBJECT.dimensions,
                    Dimension(
                        "d",
                        "D",
                        "D.",
                        key=Coupon.coupon_upc,
                        unit=Unit.INTEGER,
                        member=Coupon.coupon_upc,
                        bridge=Bridge((Coupon,), Coupon.campaign_id == Campaign.campaign_id),
                    ),
                )
            },
            "dimension 'd': its bridge starts at a table that sales_lines does not reach",
        ),
        (
            {"joins": (*SUBJECT.joins, Join(Target.department_id, Department.department_id))},
            "starts at a table that sales_lines does not reach",
        ),
    ],
)
def test_declarations_that_do_not_fit_together(changed, words):
    with pytest.raises(CatalogError) as caught:
        check(**changed)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("declare", "words"),
    [
        (lambda: Metric("Net Sales", measure="a", **SIMPLE), "lower case letters"),
        (lambda: Metric("m", **SIMPLE), "either a measure, or a numerator and a denominator"),
        (lambda: Metric("m", measure="a", numerator="b", denominator="c", **SIMPLE), "either a measure"),
        (lambda: Metric("m", numerator="b", **SIMPLE), "either a measure"),
        (lambda: Metric("m", "", Unit.COUNT, "", measure="a"), "label and description must not be empty"),
        (lambda: Measure("m", Aggregation.SUM), "a sum must name an expression"),
        (lambda: Measure("m", Aggregation.ROWS, SalesLine.quantity), "a rows must not name an expression"),
        (lambda: Dimension("d", "D", "D.", key=Category.name, unit=Unit.CENTS), "must be text or integer"),
        (lambda: Dimension("d", "", "D.", key=Category.name), "label and description must not be empty"),
        (lambda: Dimension("period", "D", "D.", key=Category.name), "must not be 'period'"),
        (lambda: Dimension("d_label", "D", "D.", key=Category.name), "nor end in .*_label"),
        (
            lambda: Dimension("d", "D", "D.", key=Category.name, display=Category.name),
            "with a display, the member column must be named",
        ),
        (
            lambda: Dimension("d", "D", "D.", key=Category.name, bridge=Bridge((Category,), Category.name == "a")),
            "behind a bridge, the member column must be named",
        ),
        (
            lambda: Dimension("d", "D", "D.", key=Category.name, member=Category.category_id, names=(("a", "A"),)),
            "names are for a key without a member",
        ),
        (
            lambda: Metric("m", measure="a", **RATIO),
            "the unit of a simple metric must be one of cents, count; got ratio",
        ),
        (lambda: Metric("m", numerator="a", denominator="b", **SIMPLE), "the unit of a ratio metric must be"),
        (
            lambda: Measure("m", Aggregation.DISTINCT, Target.net_cents, plan="targets"),
            "of a plan there are only sums; got distinct",
        ),
        (lambda: Measure("m", Aggregation.ROWS, fixes=("store",)), "only a distinct count may fix dimensions"),
        (lambda: Bridge(("campaigns",), Category.name == "a"), "a table or a mapped class must be named"),
    ],
)
def test_declarations_that_are_wrong_in_themselves(declare, words):
    with pytest.raises(CatalogError, match=words):
        declare()


def test_two_subjects_of_one_name_are_refused():
    metrics = (Metric("other", measure="line_count", **SIMPLE),)
    with pytest.raises(CatalogError, match="subject 'sales' is declared twice"):
        Catalog([SUBJECT, dataclasses.replace(SUBJECT, metrics=metrics, price_volume=None)])


def test_a_metric_of_two_subjects_is_declared_twice_for_the_catalog():
    with pytest.raises(CatalogError, match="declared twice"):
        Catalog([SUBJECT, dataclasses.replace(SUBJECT, name="other")])


def test_metrics_of_two_subjects_cannot_be_asked_together():
    other = dataclasses.replace(
        SUBJECT, name="other", metrics=(Metric("other", measure="line_count", **SIMPLE),), price_volume=None
    )
    both = Catalog([SUBJECT, other])
    with pytest.raises(UsageError, match="must belong to one subject"):
        both.subject_of(Query(metrics=("net_sales", "other")))


def test_two_filters_on_one_dimension_are_refused():
    with pytest.raises(UsageError, match="filter on 'store' is named more than once"):
        Query(metrics=("lines",), filters=(Filter("store", (1,)), Filter("store", (2,))))


def test_changing_a_formula_changes_the_digest():
    changed = tuple(
        Measure(m.name, m.aggregation, m.expression * 2) if m.name == "net_cents" else m for m in SUBJECT.measures
    )
    before, after = Catalog([SUBJECT]).digest, Catalog([dataclasses.replace(SUBJECT, measures=changed)]).digest
    assert before == Catalog([SUBJECT]).digest
    assert before != after


def test_changing_a_literal_in_a_formula_changes_the_digest():
    def digest(unit):
        expression = sa.case((SalesLine.quantity > unit, 1), else_=0)
        measures = (*SUBJECT.measures, Measure("big", Aggregation.SUM, expression))
        return Catalog([dataclasses.replace(SUBJECT, measures=measures)]).digest

    assert digest(1) != digest(2)
