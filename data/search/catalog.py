"""The declared metrics and dimensions by what people call them."""

from __future__ import annotations

from dataclasses import dataclass

from data.search.words import Asked, Place, words_in
from data.semantic.catalog import catalog
from data.semantic.checked import CheckedSubject
from data.semantic.types import Dimension, Metric


@dataclass(frozen=True, eq=False)
class FoundName:
    """A metric or a dimension, its subject, and how well it fits."""

    declared: Metric | Dimension
    subject: CheckedSubject
    place: Place


def found_metrics(asked: Asked) -> list[FoundName]:
    """The metrics that are called so, or whose description says so; best first, then in the order of the catalog."""
    return _found(asked, [(metric, one) for one in catalog().subjects for metric in one.metrics.values()])


def found_dimensions(asked: Asked) -> list[FoundName]:
    """The dimensions that are called so, the same way; one that several subjects have comes once."""
    named = {d.name: (d, one) for one in reversed(catalog().subjects) for d in one.dimensions.values()}
    order = {name: at for at, name in enumerate(n for one in catalog().subjects for n in one.dimensions)}
    return _found(asked, [named[name] for name in sorted(named, key=order.__getitem__)])


def catalog_words() -> set[str]:
    """Every word by which one of them is called."""
    declared: list[Metric | Dimension] = [
        *(metric for one in catalog().subjects for metric in one.metrics.values()),
        *(dimension for one in catalog().subjects for dimension in one.dimensions.values()),
    ]
    return {word for one in declared for text in (one.label, *one.synonyms) for word in words_in(text)}


def _found(asked: Asked, declared: list[tuple[Metric | Dimension, CheckedSubject]]) -> list[FoundName]:
    placed = [
        FoundName(one, subject, place)
        for one, subject in declared
        if (place := asked.place((one.label, one.name, *one.synonyms), (one.description,))) is not None
    ]
    return sorted(placed, key=lambda found: found.place)
