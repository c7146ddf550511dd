"""Every word of the glossary with what is told about it: taken from the catalog, or one of those without it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dashboard.explore.links import from_link
from dashboard.glossary.formulas import UNITS, adds_up, expressions, formula, not_over, source_of, sources
from dashboard.glossary.words import WORDS
from dashboard.help.pages import help_of
from dashboard.navigation import Entry as Page
from data.search.words import Asked
from data.semantic.catalog import catalog
from data.semantic.checked import CheckedSubject
from data.semantic.types import Dimension, Metric
from data.views.reading import SavedView

METRIC, DIMENSION, WORD = "Metrics", "Dimensions", "Other words"


@dataclass(frozen=True)
class Entry:
    """A word: what links call it, what people read, what it means, and `facts` about it: (what, told)."""

    name: str
    word: str
    kind: str
    meaning: str
    synonyms: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    sql: tuple[str, ...] = ()

    def place(self, asked: Asked) -> int | None:
        """How well it fits what is looked for."""
        return asked.place((self.word, *self.synonyms), (self.meaning,))


def entries() -> list[Entry]:
    """The metrics of every subject, the dimensions, each once, and the other words."""
    return [*_metrics(), *_dimensions(), *(Entry(one.name, one.word, WORD, one.meaning) for one in WORDS)]


def entries_of(name: str) -> list[Entry]:
    """What goes by a name in links; several where a metric and another word share it."""
    return [entry for entry in entries() if entry.name == name]


def found_entries(text: str) -> list[Entry]:
    """The words that fit a text, in their order; all of them where there is none."""
    asked = Asked.of(text)
    return [entry for entry in entries() if not asked.words or entry.place(asked) is not None]


def pages_with(entry: Entry, pages: list[Page]) -> list[Page]:
    """The pages that show a metric whatever is chosen on them."""
    return [page for page in pages if entry.kind == METRIC and entry.name in help_of(page.file).metrics]


def views_with(entry: Entry, views: list[SavedView]) -> list[SavedView]:
    """The saved views that ask for a metric, or are broken down or filtered by a dimension."""
    return [view for view in views if entry.kind != WORD and entry.name in _asked_by(view)]


def _asked_by(view: SavedView) -> set[str]:
    state, _ = from_link(view.content.link)
    return {*state.metrics, *state.dimensions, *(item.dimension for item in state.filters)}


def _metrics() -> Iterator[Entry]:
    for subject in catalog().subjects:
        for metric in subject.metrics.values():
            yield Entry(metric.name, metric.label, METRIC, metric.description, metric.synonyms,
                        tuple(_of_metric(subject, metric)), tuple(expressions(subject, metric)))  # fmt: skip


def _of_metric(subject: CheckedSubject, metric: Metric) -> Iterator[tuple[str, str]]:
    yield "Formula", _sentence(formula(subject, metric))
    yield "Unit", f"{_sentence(UNITS[metric.unit])}; a {metric.kind} metric"
    yield "Adds up", adds_up(subject, metric)
    if metric.target:
        yield "Target", f"Held against {subject.metrics[metric.target].label.lower()}"
    yield "Source", ", ".join(sources(subject, metric))
    yield "Subject", subject.subject.label


def _dimensions() -> Iterator[Entry]:
    seen: set[str] = set()
    for subject in catalog().subjects:
        for dimension in subject.dimensions.values():
            if dimension.name not in seen:
                seen.add(dimension.name)
                yield Entry(dimension.name, dimension.label, DIMENSION, dimension.description, dimension.synonyms,
                            tuple(_of_dimension(subject, dimension)))  # fmt: skip


def _of_dimension(subject: CheckedSubject, dimension: Dimension) -> Iterator[tuple[str, str]]:
    line = [one.label for one in reversed(subject.ancestors(dimension))]
    below = [one.label for one in subject.dimensions.values() if one.parent == dimension.name]
    if line or below:
        yield "Hierarchy", " › ".join([*line, dimension.label, *([" and ".join(below)] if below else [])])
    if dimension.names:
        yield "Members", ", ".join(label for _, label in dimension.names)
    if dimension.bridge:
        yield "Counting", "A fact may belong to several members, and counts in each of them"
    anew = [metric.label.lower() for metric in not_over(subject, dimension)]
    told = f"Not for {', '.join(anew)}: their totals are counted anew" if anew else "For every metric"
    yield "Adds up", "For no metric: totals are counted anew" if len(anew) == len(subject.metrics) else told
    yield "Source", ", ".join(source_of(dimension))
    yield "Subject", ", ".join(one.subject.label for one in catalog().subjects if dimension.name in one.dimensions)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"
