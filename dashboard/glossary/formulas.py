"""What a metric is made of, in words: its measures as they are declared, and how it adds up."""

from __future__ import annotations

from typing import Any, cast

import sqlalchemy as sa

from data.semantic.checked import CheckedSubject
from data.semantic.expressions import Expression, over, tables_of
from data.semantic.sources import current
from data.semantic.types import Aggregation, Dimension, Measure, Metric, Unit

UNITS = {
    Unit.CENTS: "money",
    Unit.CENTS_RATIO: "money per something",
    Unit.COUNT: "a number of things",
    Unit.RATIO: "a share, in percent",
    Unit.NUMBER: "a number per something",
}
_SIGNS = {"add": "plus", "sub": "minus"}
_OF_PARTS = (sa.BinaryExpression, sa.sql.elements.ExpressionClauseList)


def formula(subject: CheckedSubject, metric: Metric) -> str:
    """How the metric is computed: `discount ÷ gross sales`, `the sum of net`."""
    if metric.measure:
        return measured(subject, subject.measures[metric.measure])
    over_, under = (_called(subject, name) for name in metric.measures)
    return f"{over_} ÷ {under}"


def measured(subject: CheckedSubject, measure: Measure) -> str:
    """What a measure adds up or counts."""
    of = subject.graph_of(measure.plan).facts.name.replace("_", " ")
    if measure.aggregation is Aggregation.ROWS or measure.expression is None:
        return f"the number of {of}"
    words = measure.words or in_words(measure.expression)
    things = measure.words or f"values of {words}"
    if measure.aggregation is Aggregation.DISTINCT:
        ignored = [subject.dimensions[name].label.lower() for name in measure.ignores]
        wide = f", whatever the {_listed(ignored, 'or')}" if ignored else ""
        return f"the number of different {things} in the {of}{wide}"
    return f"the sum of {words} over the {of}"


def in_words(expression: Any) -> str:
    """Columns by their names, with what stands between them; SQL where there are no words for it."""
    if isinstance(expression, sa.Column):
        return _column(expression.name)
    parts = list(expression.get_children()) if isinstance(expression, _OF_PARTS) else []
    sign = _SIGNS.get(getattr(getattr(expression, "operator", None), "__name__", "")) if parts else None
    if sign:
        return f" {sign} ".join(in_words(part) for part in parts)
    if isinstance(expression, sa.sql.elements.Grouping):
        return in_words(expression.element)
    return sql_of(expression)


def sql_of(expression: Expression) -> str:
    """The expression as the database reads it."""
    return str(over(expression, current).compile(compile_kwargs={"literal_binds": True}))


def expressions(subject: CheckedSubject, metric: Metric) -> list[str]:
    """What each of its measures is in SQL."""
    found = []
    for name in metric.measures:
        measure = subject.measures[name]
        of = "*" if measure.expression is None else sql_of(measure.expression)
        wrapped = {
            Aggregation.SUM: "sum({})",
            Aggregation.ROWS: "count({})",
            Aggregation.DISTINCT: "count(distinct {})",
        }
        found.append(wrapped[measure.aggregation].format(of))
    return found


def sources(subject: CheckedSubject, metric: Metric) -> list[str]:
    """The tables and columns that it is read from."""
    found: dict[str, None] = {}
    for measure in (subject.measures[name] for name in metric.measures):
        if measure.expression is None:
            found[subject.graph_of(measure.plan).facts.name] = None
        else:
            found |= dict.fromkeys(columns_of(measure.expression))
    return list(found)


def columns_of(expression: Expression) -> list[str]:
    """The columns that an expression reads, with their tables."""
    parts = sa.sql.visitors.iterate(cast("sa.ClauseElement", expression))
    read = (part for part in parts if isinstance(part, sa.Column) and isinstance(part.table, sa.Table))
    return list(dict.fromkeys(f"{column.table.name}.{column.name}" for column in read))


def adds_up(subject: CheckedSubject, metric: Metric) -> str:
    """Over which dimensions its values come to the total, and what happens over the others."""
    if metric.kind == "ratio":
        return "Over nothing: a total is the ratio of the totals, not a sum of ratios."
    dimensions = [one for one in subject.dimensions.values() if _reaches(subject, metric, one)]
    fits = [one.label.lower() for one in dimensions if subject.adds_up(metric, one.name)]
    counted = [one.label.lower() for one in dimensions if not subject.adds_up(metric, one.name)]
    measure = subject.measures[metric.measures[0]]
    (counted if measure.aggregation is Aggregation.DISTINCT else fits).append("time")
    if not counted:
        return "Over every dimension, and over time."
    if not fits:
        return "Over nothing: totals are counted anew."
    over_ = "every other dimension" if len(counted) < len(fits) else _listed(fits)
    time = "" if "time" in counted or over_ != "every other dimension" else ", and over time"
    return f"Over {over_}{time}. Not over {_listed(counted)}: there, totals are counted anew."


def not_over(subject: CheckedSubject, dimension: Dimension) -> list[Metric]:
    """The metrics of the subject whose values for its members do not come to the total."""
    return [metric for metric in subject.metrics.values() if not subject.adds_up(metric, dimension.name)]


def source_of(dimension: Dimension) -> list[str]:
    """The columns that its key and its label are read from."""
    read = [found for found in (dimension.key, dimension.display) if found is not None]
    return list(dict.fromkeys(name for found in read for name in columns_of(found)))


def _reaches(subject: CheckedSubject, metric: Metric, dimension: Dimension) -> bool:
    """Whether the metric can be broken down by it at all: targets are not set by store."""
    plan = subject.measures[metric.measures[0]].plan
    graph = subject.graph_of(plan)
    return all(graph.reaches(table) for table in tables_of(graph.nearest(dimension.grouped_by))) or (
        plan is None and dimension.bridge is not None
    )


def _called(subject: CheckedSubject, measure: str) -> str:
    """A measure by the metric that is nothing else, where there is one."""
    alone = next((one for one in subject.metrics.values() if one.measure == measure), None)
    return alone.label.lower() if alone else measured(subject, subject.measures[measure])


def _column(name: str) -> str:
    return name.removesuffix("_cents").removesuffix("_id").replace("_", " ")


def _listed(words: list[str], last: str = "and") -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
