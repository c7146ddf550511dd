"""A wrong declaration is refused when the catalog is made, with the rule and the name."""

import dataclasses

import pytest
import sqlalchemy as sa

from data.errors import CatalogError, UsageError
from data.models import CalendarEvent, Category, Department, SalesLine, Target
from data.semantic.catalog import catalog
from data.semantic.catalog.sales import SUBJECT
from data.semantic.registry import Catalog, CheckedSubject
from data.semantic.types import Aggregation, Dimension, Filter, Join, Measure, Metric, Query, Unit

SIMPLE = {"label": "A", "unit": Unit.COUNT, "description": "A."}


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
            {"metrics": (Metric("m", numerator="net_cents", denominator="nothing", **SIMPLE),)},
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
    ],
)
def test_declarations_that_are_wrong_in_themselves(declare, words):
    with pytest.raises(CatalogError, match=words):
        declare()


def test_a_metric_of_two_subjects_is_declared_twice_for_the_catalog():
    with pytest.raises(CatalogError, match="declared twice"):
        Catalog([SUBJECT, dataclasses.replace(SUBJECT, name="other")])


def test_metrics_of_two_subjects_cannot_be_asked_together():
    other = dataclasses.replace(SUBJECT, name="other", metrics=(Metric("other", measure="line_count", **SIMPLE),))
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
