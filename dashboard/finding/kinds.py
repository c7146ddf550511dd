"""What can be found: one function for each kind of thing, which gives its groups of hits. KINDS is all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from dashboard import load
from dashboard.auth import User
from dashboard.finding.addresses import member_address, word_address
from dashboard.help.pages import help_of
from dashboard.navigation import pages_for
from data.dashboards.reading import SavedDashboard, dashboards_for
from data.search.catalog import FoundName, catalog_words, found_dimensions, found_metrics
from data.search.members import FoundMember, MemberSearch
from data.search.words import Asked, Place, words_in
from data.views.reading import SavedView, views_for


@dataclass(frozen=True)
class Hit:
    """Something that was found: what it is called, what it is, and where it leads."""

    name: str
    about: str
    address: str
    place: Place = Place.EXACT


@dataclass(frozen=True)
class Group:
    """The best hits of one kind, and how many there are in all; `name` is what a link calls the kind."""

    name: str
    label: str
    hits: tuple[Hit, ...]
    count: int

    @property
    def place(self) -> Place:
        """The place of the best hit."""
        return min(hit.place for hit in self.hits)


@dataclass(frozen=True, eq=False)
class Searching:
    """What is looked for, and for whom; `most` hits of a kind are wanted, and of only one kind where that is named."""

    asked: Asked
    user: User
    members: MemberSearch
    most: int
    only: str = ""

    @cached_property
    def views(self) -> list[SavedView]:
        """The saved views that the person may see."""
        with load.database().accounts() as conn:
            return views_for(conn, account_id=self.user.account_id)

    @cached_property
    def dashboards(self) -> list[SavedDashboard]:
        """The dashboards that the person may see."""
        with load.database().accounts() as conn:
            return dashboards_for(conn, account_id=self.user.account_id)

    def wants(self, name: str) -> bool:
        """Whether hits of this kind are asked for."""
        return self.only in {"", name}

    def known_words(self) -> set[str]:
        """Every word that something can be found by."""
        said = [entry.title for entry in pages_for(self.user)]
        said += [view.content.name for view in self.views] + [one.content.name for one in self.dashboards]
        return self.members.words() | catalog_words() | {word for text in said for word in words_in(text)}


Kind = Callable[[Searching], Iterable[Group]]


def pages(searching: Searching) -> Iterator[Group]:
    """The pages of the person's navigation, also by what they answer; all of them where nothing is typed yet."""
    found = []
    for entry in pages_for(searching.user):
        says = help_of(entry.file).answers
        place = searching.asked.place((entry.title,), (says,)) if searching.asked.words else Place.EXACT
        found.append((place, Hit(entry.title, says, entry.address, place or Place.EXACT)))
    yield from _group(searching, "page", "Pages", found)


def views(searching: Searching) -> Iterator[Group]:
    """Their own saved views and shared ones; their favourites where nothing is typed yet."""
    yield from _saved(searching, "view", "Saved views", searching.views)


def dashboards(searching: Searching) -> Iterator[Group]:
    """Their own dashboards and shared ones; their favourites where nothing is typed yet."""
    yield from _saved(searching, "dashboard", "Dashboards", searching.dashboards)


def metrics(searching: Searching) -> Iterator[Group]:
    """The declared metrics; each leads to its entry in the glossary."""
    yield from _group(searching, "metric", "Metrics", [_named(one) for one in found_metrics(searching.asked)])


def dimensions(searching: Searching) -> Iterator[Group]:
    """The declared dimensions, the same way."""
    yield from _group(searching, "dimension", "Dimensions", [_named(one) for one in found_dimensions(searching.asked)])


def members(searching: Searching) -> Iterator[Group]:
    """The members of every dimension: a group for each, which leads to their pages."""
    if searching.only and not searching.only.startswith(_MEMBER):
        return
    only = [searching.only.removeprefix(_MEMBER)] if searching.only else None
    for found in searching.members.found(searching.asked, most=searching.most, dimensions=only):
        hits = tuple(Hit(one.label, _about(one), member_address(one.dimension.name, one.key), one.place)
                     for one in found.best)  # fmt: skip
        yield Group(f"{_MEMBER}{found.dimension.name}", found.dimension.label, hits, found.count)


KINDS: tuple[Kind, ...] = (pages, dashboards, views, metrics, dimensions, members)
_MEMBER = "in-"


def _saved(
    searching: Searching, name: str, label: str, things: Sequence[SavedView | SavedDashboard]
) -> Iterator[Group]:
    found = []
    for thing in things:
        kept = thing.content
        place = searching.asked.place((kept.name, f"{kept.folder} {kept.name}"), (kept.description, kept.folder))
        if not searching.asked.words and thing.favourite:
            place = Place.EXACT
        whose = f"shared by {thing.owner}" if kept.shared else "private"
        said = " · ".join(filter(None, (kept.folder, kept.description, whose)))
        found.append((place, Hit(kept.name, said, thing.address, place or Place.EXACT)))
    yield from _group(searching, name, label, found)


def _named(found: FoundName) -> tuple[Place, Hit]:
    declared = found.declared
    return found.place, Hit(declared.label, declared.description, word_address(declared.name), found.place)


def _about(found: FoundMember) -> str:
    """What tells members with one name apart: the key where it says more, and what their rows are flagged with."""
    key = "" if words_in(str(found.key)) == words_in(found.label) or _says(found) else str(found.key)
    lately = "" if not found.facts else f"{found.facts:,} lines in 28 days"
    flags = ["retired" if found.retired else "", "placeholder" if found.inferred else ""]
    return " · ".join(filter(None, (key, *flags, lately)))


def _says(found: FoundMember) -> bool:
    return str(found.key) in words_in(found.label)


def _group(searching: Searching, name: str, label: str, found: list[tuple[Place | None, Hit]]) -> Iterator[Group]:
    if not searching.wants(name):
        return
    hits = sorted((hit for place, hit in found if place is not None), key=lambda hit: hit.place)
    if hits:
        yield Group(name, label, tuple(hits[: searching.most]), len(hits))
