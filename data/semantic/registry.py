"""The catalog: finds declarations by name, over every subject."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cached_property
from typing import TypeVar

from data.errors import CatalogError, UnknownName, UsageError
from data.semantic.checked import CheckedSubject, by_name
from data.semantic.expressions import Expression, over
from data.semantic.question import Query
from data.semantic.sources import current
from data.semantic.types import Dimension, Metric, Subject

Named = TypeVar("Named", Metric, Dimension)


class Catalog:
    """Every subject's metrics and dimensions by name."""

    def __init__(self, subjects: Iterable[Subject]) -> None:
        self.subjects = [CheckedSubject.check(subject) for subject in subjects]
        by_name("subject", [checked.subject for checked in self.subjects])
        self.metrics = by_name("metric", [m for s in self.subjects for m in s.metrics.values()])
        for name in sorted(self.metrics):
            if any(name in checked.dimensions for checked in self.subjects):
                raise CatalogError(f"{name!r} is declared as a metric and as a dimension")

    def metric(self, name: str) -> Metric:
        """The metric of that name; raises UnknownName with the nearest one."""
        return _found("metric", name, self.metrics)

    def dimension(self, name: str) -> Dimension:
        """The dimension of that name in the first subject that has it; raises UnknownName with the nearest one."""
        return _found("dimension", name, self.dimensions)

    @cached_property
    def dimensions(self) -> dict[str, Dimension]:
        """Every dimension by name, of the first subject that has it."""
        names = dict.fromkeys(d.name for s in self.subjects for d in s.dimensions.values())
        first = {d.name: d for s in reversed(self.subjects) for d in s.dimensions.values()}
        return {name: first[name] for name in names}

    def subject(self, name: str) -> CheckedSubject:
        """The subject of that name; raises UnknownName."""
        for checked in self.subjects:
            if checked.subject.name == name:
                return checked
        known = ", ".join(checked.subject.name for checked in self.subjects)
        raise UnknownName(f"no such subject: {name!r}; known are {known}")

    def subject_of(self, query: Query) -> CheckedSubject:
        """The one subject that has every metric and dimension of the query."""
        metrics = [self.metric(name) for name in (*query.metrics, *(top.by for top in query.top))]
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
        return hashlib.sha256("\n".join(part for s in self.subjects for part in _formulas(s)).encode()).hexdigest()


def _formulas(checked: CheckedSubject) -> Iterator[str]:
    for m in checked.measures.values():
        yield f"{m.name}={m.aggregation}:{_sql(m.expression)}:{m.plan}:{sorted(m.ignores)}"
    for metric in checked.metrics.values():
        yield f"{metric.name}={metric.kind}:{metric.measures}:{metric.target}"
    for d in checked.dimensions.values():
        yield f"{d.name}={_sql(d.key)}:{_sql(d.member)}:{_sql(d.bridge.condition) if d.bridge else ''}"
    for plan in checked.plans.values():
        yield f"{plan.name}={_sql(plan.starts_on)}:{_sql(plan.ends_on)}"


def _found(kind: str, name: str, known: dict[str, Named]) -> Named:
    if name in known:
        return known[name]
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(known))}"
    raise UnknownName(f"no such {kind}: {name!r}; {hint}")


def _sql(expression: Expression | None) -> str:
    if expression is None:
        return ""
    return str(over(expression, current).compile(compile_kwargs={"literal_binds": True}))
