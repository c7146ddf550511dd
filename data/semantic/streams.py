"""Where the measures of a query come from: the facts, the facts seen more widely, or a plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from data.scope import Scope
from data.semantic.expressions import tables_of
from data.semantic.graph import JoinGraph
from data.semantic.question import Query
from data.semantic.types import Aggregation, Dimension, Measure, Plan, Rollup

if TYPE_CHECKING:
    from data.semantic.checked import CheckedSubject


@dataclass(frozen=True, eq=False)
class Stream:
    """Rows that measures are taken from together: of one table, under the same conditions.

    A stream that `ignores` dimensions is wider than the facts: it is neither broken down nor filtered by them. One with
    a `rollup` reads that in place of the facts. One with a `counter` reads the rows of entities that have several, and
    tells by how many they are too many in the rows that the counter adds up.
    """

    subject: CheckedSubject
    graph: JoinGraph
    measures: tuple[Measure, ...]
    ignores: frozenset[str] = frozenset()
    plan: Plan | None = None
    rollup: Rollup | None = None
    counter: Rollup | None = None

    @property
    def additive(self) -> list[Measure]:
        """The measures that add up: sums, numbers of rows, and entities that are told by these."""
        return [m for m in self.measures if m.aggregation is not Aggregation.DISTINCT or self.counts(m)]

    @property
    def distinct(self) -> list[Measure]:
        """The measures that count entities, each told from all others."""
        return [m for m in self.measures if m.aggregation is Aggregation.DISTINCT and not self.counts(m)]

    def counts(self, measure: Measure) -> bool:
        """Whether the entities of the measure are told by numbers of rows."""
        return self.counter is not None or (self.rollup is not None and measure.name in self.rollup.counts)

    def keeps(self, name: str) -> bool:
        """Whether the stream looks at the dimension or the time bucket."""
        return name not in self.ignores

    def why_not(self, query: Query, scope: Scope) -> str:
        """Why the stream cannot answer the query; empty where it can."""
        if self.plan is None:
            return ""
        if scope.stores is not None:
            return f"{self.plan.label} are set for all stores together, and you see some of them."
        asked = [*query.dimensions, *(item.dimension for item in query.filters)]
        for dimension in (self.subject.dimensions[name] for name in asked):
            if not reaches(self.graph, dimension):
                return f"{self.plan.label} are not set by {dimension.label.lower()}."
        return ""


def streams_of(subject: CheckedSubject, measures: Iterable[Measure]) -> list[Stream]:
    """The streams that give `measures`, the facts first."""
    grouped: dict[tuple[str | None, frozenset[str]], list[Measure]] = {}
    for measure in measures:
        grouped.setdefault((measure.plan, frozenset(measure.ignores)), []).append(measure)
    order = sorted(grouped, key=lambda key: (key[0] is not None, len(key[1])))
    return [
        Stream(subject, subject.graph_of(plan), tuple(grouped[plan, ignores]), ignores, subject.plans.get(plan or ""))
        for plan, ignores in order
    ]


def reaches(graph: JoinGraph, dimension: Dimension) -> bool:
    """Whether rows of the graph's facts can be told apart by the dimension."""
    if dimension.bridge is not None:
        wanted = tables_of(dimension.bridge.condition) - set(dimension.bridge.tables)
    else:
        wanted = tables_of(graph.nearest(dimension.grouped_by))
    return all(graph.reaches(table) for table in wanted)
