"""A subject whose declarations fit together; one that does not is refused with the declaration and the rule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa

from data.errors import CatalogError
from data.semantic.expressions import Expression, tables_of, type_of
from data.semantic.graph import JoinGraph
from data.semantic.rollup_rules import check_rollup
from data.semantic.streams import reaches
from data.semantic.types import PERIOD, Aggregation, Detail, Dimension, Measure, Metric, Plan, Subject, Unit

Declared = TypeVar("Declared", Subject, Measure, Metric, Dimension, Plan, Detail)


@dataclass(frozen=True, eq=False)
class CheckedSubject:
    """A subject, its declarations by name, and the join paths of its facts and plans."""

    subject: Subject
    graph: JoinGraph
    measures: dict[str, Measure]
    metrics: dict[str, Metric]
    dimensions: dict[str, Dimension]
    plans: dict[str, Plan]
    plan_graphs: dict[str, JoinGraph]

    @classmethod
    def check(cls, subject: Subject) -> CheckedSubject:
        """Raise CatalogError for the first declaration that does not fit, naming it and the rule."""
        graph = JoinGraph(subject.facts, subject.joins)
        plans = by_name("plan", subject.plans)
        checked = cls(
            subject,
            graph,
            by_name("measure", subject.measures),
            by_name("metric", subject.metrics),
            by_name("dimension", subject.dimensions),
            plans,
            {name: JoinGraph(plan.table, plan.joins) for name, plan in plans.items()},
        )
        by_name("detail", subject.details)
        checked.check_facts()
        for dimension in checked.dimensions.values():
            checked.check_dimension(dimension)
        for measure in checked.measures.values():
            checked.check_measure(measure)
        for metric in checked.metrics.values():
            checked.check_metric(metric)
        checked.check_price_volume()
        for rollup in subject.rollups:
            check_rollup(checked, rollup)
        return checked

    def graph_of(self, plan: str | None) -> JoinGraph:
        """The join paths of a plan; of the facts where none is named."""
        return self.graph if plan is None else self.plan_graphs[plan]

    def adds_up(self, metric: Metric, dimension: str) -> bool:
        """Whether the metric's values for the members of the dimension add up to its total."""
        if metric.kind == "ratio":
            return False
        measure = self.measures[metric.measures[0]]
        declared = self.dimensions.get(dimension)
        if (declared is not None and declared.bridge is not None) or dimension in measure.ignores:
            return False
        return measure.aggregation is not Aggregation.DISTINCT or dimension in measure.fixes

    def ancestors(self, dimension: Dimension) -> list[Dimension]:
        """The dimensions above it in its hierarchy, the nearest first."""
        found: list[Dimension] = []
        while dimension.parent is not None:
            dimension = self.dimensions[dimension.parent]
            found.append(dimension)
        return found

    def check_facts(self) -> None:
        """The columns that say when and whose a fact is are its own; details and plans are within reach."""
        name, facts = self.subject.name, self.subject.facts
        for what, expression in (
            ("business_date", self.subject.business_date),
            ("scope_column", self.subject.scope_column),
        ):
            if expression is not None and tables_of(expression) != {facts}:
                raise CatalogError(f"subject {name!r}: {what} must be a column of {facts.name}; got {expression}")
        if not isinstance(type_of(self.subject.business_date), sa.Date):
            raise CatalogError(
                f"subject {name!r}: business_date must be a date; got {type_of(self.subject.business_date)}"
            )
        for detail in self.subject.details:
            _check_reached(f"detail {detail.name!r}", detail.expression, self.graph)
        for plan in self.plans.values():
            for expression in (plan.starts_on, plan.ends_on):
                _check_reached(f"plan {plan.name!r}", expression, self.plan_graphs[plan.name])

    def check_measure(self, measure: Measure) -> None:
        """What it reads is within reach, and what it names exists."""
        what = f"measure {measure.name!r}"
        if measure.plan is not None and measure.plan not in self.plans:
            raise CatalogError(f"{what} is of an unknown plan: {measure.plan!r}")
        if measure.expression is not None:
            _check_reached(what, measure.expression, self.graph_of(measure.plan))
        for name in (*measure.ignores, *(one for one in measure.fixes if one != PERIOD)):
            if name not in self.dimensions:
                raise CatalogError(f"{what} names an unknown dimension: {name!r}")

    def check_metric(self, metric: Metric) -> None:
        """What it rests on exists; a target is of the same unit, and of a plan."""
        for name in metric.measures:
            if name not in self.measures:
                raise CatalogError(f"metric {metric.name!r} rests on an unknown measure: {name!r}")
        if metric.name in self.dimensions:
            raise CatalogError(f"{metric.name!r} is declared as a metric and as a dimension")
        if metric.target is None:
            return
        target = self.metrics.get(metric.target)
        if target is None:
            raise CatalogError(f"metric {metric.name!r} names an unknown target: {metric.target!r}")
        if target.unit is not metric.unit:
            raise CatalogError(
                f"metric {metric.name!r} is in {metric.unit}, its target {target.name!r} in {target.unit}; "
                "both must have one unit"
            )

    def check_price_volume(self) -> None:
        """What price is told from volume by are simple metrics: two amounts of money, and a count."""
        declared = self.subject.price_volume
        if declared is None:
            return
        wanted = ((declared.amount, Unit.CENTS), (declared.priced, Unit.CENTS), (declared.quantity, Unit.COUNT))
        for name, unit in wanted:
            metric = self.metrics.get(name)
            if metric is None or metric.unit is not unit:
                raise CatalogError(
                    f"subject {self.subject.name!r}: price_volume must name a metric in {unit}; got {name!r}"
                )

    def check_dimension(self, dimension: Dimension) -> None:
        """What it reads is within reach, and its hierarchy ends."""
        what = f"dimension {dimension.name!r}"
        if dimension.bridge is not None and not reaches(self.graph, dimension):
            raise CatalogError(f"{what}: its bridge starts at a table that {self.subject.facts.name} does not reach")
        bridged = set(dimension.bridge.tables) if dimension.bridge else set()
        for expression in (dimension.key, dimension.member, dimension.display):
            if expression is not None:
                _check_reached(what, expression, self.graph, also=bridged)
        seen = [dimension.name]
        while dimension.parent is not None:
            if dimension.parent not in self.dimensions:
                raise CatalogError(f"dimension {dimension.name!r} names an unknown parent: {dimension.parent!r}")
            if dimension.parent in seen:
                raise CatalogError(f"{what}: its hierarchy goes in a circle: {' > '.join([*seen, dimension.parent])}")
            dimension = self.dimensions[dimension.parent]
            seen.append(dimension.name)


def by_name(kind: str, items: Iterable[Declared]) -> dict[str, Declared]:
    """The declarations by name; raises CatalogError for a name that is declared twice."""
    found: dict[str, Declared] = {}
    for item in items:
        if item.name in found:
            raise CatalogError(f"{kind} {item.name!r} is declared twice")
        found[item.name] = item
    return found


def _check_reached(what: str, expression: Expression, graph: JoinGraph, also: set[sa.Table] | None = None) -> None:
    for table in sorted(tables_of(expression) - (also or set()), key=lambda table: table.name):
        if not graph.reaches(table):
            raise CatalogError(f"{what} reads {table.name}, to which there is no join path from {graph.facts.name}")
