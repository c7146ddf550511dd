"""What a curated page is asked for, from the same filter bar on each, and the snapshot that answers it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, partial
from urllib.parse import urlencode

import sqlalchemy as sa
import streamlit as st

from dashboard import load
from dashboard.auth import User
from dashboard.charts.palette import Palette
from dashboard.explain.leading import explain_links
from dashboard.explore.address import address_of, state_of
from dashboard.explore.state import State
from dashboard.filters import Choices, ask_for, filter_bar, in_words, read_choices
from dashboard.freshness import kept_freshness
from dashboard.panels import Origin, colours
from dashboard.past.banner import past_banner
from dashboard.past.chooser import revision_chooser
from dashboard.past.pin import Pin, pin_in_link, pin_of_link
from dashboard.periods import Period, Span
from dashboard.selection import Filters, to_params
from dashboard.states import footer, nothing_loaded, nothing_sold
from dashboard.visits import last_visit
from data.cache import ResultCache
from data.queries.freshness import Freshness
from data.queries.metrics import Result
from data.queries.slices import SUBJECT, Slice
from data.semantic.catalog import catalog
from data.semantic.checked import CheckedSubject
from data.semantic.question import Filter, Query

WORDS = ("pairs", "mix-of", "campaign", "metric")  # what links of curated pages say besides filters


@dataclass(frozen=True, eq=False)
class Asked:
    """The filters of the bar, and everything that answers are made from. `facts` are the first and last date.

    `page` is the path of the page, and `words` are what its link says besides filters; without a path, what is shown
    cannot be pinned by itself.
    `about` are filters that a page has besides those of the bar: what it is about. Filters of the bar on the same
    dimensions, and on dimensions that the `subject` lacks, are left out.
    """

    conn: sa.Connection
    user: User
    filters: Filters
    choices: Choices
    fresh: Freshness
    pin: Pin
    facts: tuple[date, date]
    page: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    about: tuple[Filter, ...] = ()
    subject: CheckedSubject = field(default_factory=lambda: catalog().subject(SUBJECT))

    @cached_property
    def span(self) -> Span:
        """The dates asked for."""
        return self.filters.span(*self.facts)

    @cached_property
    def compared(self) -> Span | None:
        """The dates compared with; None where there are none, or facts do not reach back to them."""
        span = self.filters.compared(self.span)
        return span if span is not None and span.start >= self.facts[0] else None

    @property
    def slice(self) -> Slice:
        """The part of the sales that is asked for."""
        return self.slice_of(self.query_filters())

    def slice_of(self, filters: tuple[Filter, ...]) -> Slice:
        """The part of the sales of the dates that these filters keep."""
        return Slice(self.span.start, self.span.end, self.user.scope, filters, self.pin.revision)

    def bar_filters(self, *, without: str | None = None) -> tuple[Filter, ...]:
        """The filters of the bar that say something here."""
        taken = {item.dimension for item in self.about}
        found = self.filters.query_filters(without=without)
        return tuple(
            item for item in found if item.dimension in self.subject.dimensions and item.dimension not in taken
        )

    def query_filters(self, *, without: str | None = None) -> tuple[Filter, ...]:
        """The filters of the bar, and what the page is about."""
        return (*self.bar_filters(without=without), *self.about)

    @property
    def cache(self) -> ResultCache | None:
        """The results of this process."""
        return load.Resources.cache

    @property
    def currency(self) -> str:
        """What money is in."""
        return self.fresh.currency

    @cached_property
    def look(self) -> Palette:
        """The colours of the reader's appearance."""
        return colours()

    @property
    def suffix(self) -> str:
        """What files are called besides their name."""
        return self.pin.suffix

    @property
    def sentence(self) -> str:
        """What is asked for, in words."""
        return in_words(self.filters, self.choices, self.span)

    def ask(self, query: Query, *, without: str | None = None, also: tuple[Filter, ...] = ()) -> Result:
        """The answer to `query` over the dates, unless it names its own, and filters of the page."""
        filters = (*self.query_filters(without=without), *query.filters, *also)
        start, end = (self.span.start, self.span.end) if query.start is None else (query.start, query.end)
        asked = replace(query, start=start, end=end, filters=filters)
        return load.result(self.conn, asked, self.user.scope, self.pin.revision)

    def itself(self, piece: str) -> Origin | None:
        """What is pinned of a piece of the page that Explore has nothing like."""
        if not self.page:
            return None
        words = {"page": [self.page], "piece": [piece], **to_params(self.filters)}
        words |= {name: [said] for name, said in self.words.items()}
        return Origin(f"?{urlencode(words, doseq=True)}", self.fresh.revision, explored=False)

    def origin(self, metric: str, *rows: str) -> Origin:
        """Where Explore shows the metric by `rows`, for the same dates and filters."""
        return Origin(address_of(self.state(metric, *rows)), self.fresh.revision)

    def state(self, metric: str, *rows: str) -> State:
        """What Explore would show of the metric."""
        return replace(state_of(self.filters, metric, *rows, revision=self.pin.revision), filters=self.query_filters())


@contextmanager
def curated_page(
    user: User,
    title: str,
    says: str,
    *,
    page: str = "",
    grain: bool = False,
    comparison: bool = False,
    metric: str = "net_sales",
) -> Iterator[Asked]:
    """Title, filter bar and banner of a curated page above what the block shows, the way to Explain and footer below.

    With its path as `page`, what is shown can be pinned. Stops with the empty state where there are no facts, or none
    that the filters keep.
    """
    st.title(title, anchor=False)
    st.caption(says)
    with load.charting(user.scope) as conn:
        asked = replace(ask_by_bar(conn, user, grain=grain, comparison=comparison), page=page)
        if not int(asked.ask(Query(("lines",))).frame["lines"].iloc[0]):
            nothing_found(asked)
            footer(asked.fresh)
            st.stop()
        yield asked
        explain_links(asked.state(metric), seen=last_visit(user), newest=asked.pin.newest)
    footer(asked.fresh)


def nothing_found(asked: Asked) -> None:
    """The empty state of a page whose dates and filters keep no fact."""
    nothing_sold(asked.sentence, widen="Show everything", on_widen=partial(ask_for, Filters(Period.ALL)))


def ask_by_bar(
    conn: sa.Connection,
    user: User,
    *,
    grain: bool,
    comparison: bool,
    about: tuple[Filter, ...] = (),
    subject: str = SUBJECT,
) -> Asked:
    """The filter bar and the banner of a past revision, and what they ask for.

    Stops with the empty state where no facts of the subject have been loaded.
    """
    checked = catalog().subject(subject)
    pin, unknown = pin_of_link(conn)
    fresh = kept_freshness(conn, facts=checked.subject.facts.name, revision=pin.revision)
    first, last, zone = fresh.first_business_date, fresh.last_business_date, fresh.time_zone
    past_banner(pin, zone=zone, on_return=partial(pin_in_link, None))
    if first is None or last is None:
        nothing_loaded(revision=pin.revision)
        footer(fresh)
        st.stop()
    choices = read_choices(conn, scope=user.scope, first=first, last=last, revision=pin.revision)
    chooser = partial(revision_chooser, conn, pin, zone=zone, choose=pin_in_link)
    filters = filter_bar(choices, more=chooser, ignored=unknown, grain=grain, comparison=comparison)
    words = {name: st.query_params[name] for name in WORDS if name in st.query_params}
    return Asked(conn, user, filters, choices, fresh, pin, (first, last), words=words, about=about, subject=checked)
