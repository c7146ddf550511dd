"""The catalog: finds declarations by name, and refuses wrong ones before anything can ask for them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import TypeVar

from data.errors import CatalogError, UnknownName, UsageError
from data.semantic.expressions import Expression, over, tables_of
from data.semantic.graph import JoinGraph
from data.semantic.sources import current
from data.semantic.types import Dimension, Measure, Metric, Query, Subject

Declared = TypeVar("Declared", Measure, Metric, Dimension)
Named = TypeVar("Named", Metric, Dimension)


@dataclass(frozen=True, eq=False)
class CheckedSubject:
    """A subject whose declarations have been found to fit together."""

    subject: Subject
    graph: JoinGraph
    measures: dict[str, Measure]
    metrics: dict[str, Metric]
    dimensions: dict[str, Dimension]

    @classmethod
    def check(cls, subject: Subject) -> CheckedSubject:
        """Raise CatalogError for the first declaration that does not fit, naming it and the rule."""
        graph = JoinGraph(subject.facts, subject.joins)
        measures = _by_name("measure", subject.measures)
        metrics = _by_name("metric", subject.metrics)
        dimensions = _by_name("dimension", subject.dimensions)
        for metric in metrics.values():
            for name in metric.measures:
                if name not in measures:
                    raise CatalogError(f"metric {metric.name!r} rests on an unknown measure: {name!r}")
        for measure in measures.values():
            if measure.expression is not None:
                _check_reached(f"measure {measure.name!r}", measure.expression, graph)
        for dimension in dimensions.values():
            _check_dimension(dimension, dimensions, graph)
        return cls(subject, graph, measures, metrics, dimensions)


class Catalog:
    """Every subject's metrics and dimensions by name."""

    def __init__(self, subjects: Iterable[Subject]) -> None:
        self.subjects = [CheckedSubject.check(subject) for subject in subjects]
        self.metrics = _by_name("metric", [m for s in self.subjects for m in s.metrics.values()])

    def metric(self, name: str) -> Metric:
        """The metric of that name; raises UnknownName with the nearest one."""
        return _found("metric", name, self.metrics)

    def dimension(self, name: str) -> Dimension:
        """The dimension of that name in the first subject that has it; raises UnknownName with the nearest one."""
        every = {d.name: d for s in reversed(self.subjects) for d in s.dimensions.values()}
        return _found("dimension", name, every)

    def subject_of(self, query: Query) -> CheckedSubject:
        """The one subject that has every metric and dimension of the query."""
        metrics = [self.metric(name) for name in query.metrics]
        subject = next(s for s in self.subjects if metrics[0].name in s.metrics)
        for metric in metrics[1:]:
            if metric.name not in subject.metrics:
                raise UsageError(
                    f"metrics of one query must belong to one subject; {metrics[0].name!r} is of "
                    f"{subject.subject.name!r}, {metric.name!r} is not"
                )
        for name in (*query.dimensions, *(item.dimension for item in query.filters)):
            _found("dimension", name, subject.dimensions)
        return subject

    @cached_property
    def digest(self) -> str:
        """A digest of every formula: what was cached or pinned under another digest was computed differently."""
        parts: list[str] = []
        for checked in self.subjects:
            parts += [f"{m.name}={m.aggregation}:{_sql(m.expression)}" for m in checked.measures.values()]
            parts += [f"{m.name}={m.kind}:{m.measures}" for m in checked.metrics.values()]
            parts += [f"{d.name}={_sql(d.key)}:{_sql(d.member)}" for d in checked.dimensions.values()]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _by_name(kind: str, items: Iterable[Declared]) -> dict[str, Declared]:
    found: dict[str, Declared] = {}
    for item in items:
        if item.name in found:
            raise CatalogError(f"{kind} {item.name!r} is declared twice")
        found[item.name] = item
    return found


def _found(kind: str, name: str, known: dict[str, Named]) -> Named:
    if name in known:
        return known[name]
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(known))}"
    raise UnknownName(f"no such {kind}: {name!r}; {hint}")


def _check_reached(what: str, expression: Expression, graph: JoinGraph) -> None:
    for table in sorted(tables_of(expression), key=lambda table: table.name):
        if not graph.reaches(table):
            raise CatalogError(f"{what} reads {table.name}, to which there is no join path from {graph.facts.name}")


def _check_dimension(dimension: Dimension, known: dict[str, Dimension], graph: JoinGraph) -> None:
    for expression in (dimension.key, dimension.member, dimension.display):
        if expression is not None:
            _check_reached(f"dimension {dimension.name!r}", expression, graph)
    if dimension.parent is not None and dimension.parent not in known:
        raise CatalogError(f"dimension {dimension.name!r} names an unknown parent: {dimension.parent!r}")


def _sql(expression: Expression | None) -> str:
    if expression is None:
        return ""
    return str(over(expression, current).compile(compile_kwargs={"literal_binds": True}))
