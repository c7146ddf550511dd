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
from dashboard.explore.address import explore_address, state_of
from dashboard.filters import Choices, ask_for, filter_bar, in_words, read_choices
from dashboard.panels import Origin, colours
from dashboard.past.banner import past_banner
from dashboard.past.chooser import revision_chooser
from dashboard.past.pin import Pin, pin_in_link, pin_of_link
from dashboard.periods import Period, Span
from dashboard.selection import Filters, to_params
from dashboard.states import footer, nothing_loaded, nothing_sold
from dashboard.visits import last_visit
from data.cache import ResultCache
from data.queries.freshness import Freshness, freshness
from data.queries.metrics import Result
from data.queries.slices import Slice
from data.semantic.question import Filter, Query

WORDS = ("pairs", "mix-of", "campaign", "metric")  # what links of curated pages say besides filters


@dataclass(frozen=True, eq=False)
class Asked:
    """The filters of the bar, and everything that answers are made from. `facts` are the first and last date.

    `page` is the path of the page, and `words` are what its link says besides filters; without a path, what is shown
    cannot be pinned by itself.
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
        filters = self.filters.query_filters()
        return Slice(self.span.start, self.span.end, self.user.scope, filters, self.pin.revision)

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
        filters = (*self.filters.query_filters(without=without), *query.filters, *also)
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
        address = explore_address(self.filters, metric, *rows, revision=self.pin.revision)
        return Origin(address, self.fresh.revision)


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
    with load.reading(user.scope) as conn:
        asked = replace(_asked(conn, user, grain=grain, comparison=comparison), page=page)
        if _is_empty(asked):
            nothing_sold(asked.sentence, widen="Show everything", on_widen=partial(ask_for, Filters(Period.ALL)))
            footer(asked.fresh)
            st.stop()
        yield asked
        state = state_of(asked.filters, metric, revision=asked.pin.revision)
        explain_links(state, seen=last_visit(user), newest=asked.pin.newest)
    footer(asked.fresh)


def _asked(conn: sa.Connection, user: User, *, grain: bool, comparison: bool) -> Asked:
    pin, unknown = pin_of_link(conn)
    fresh = freshness(conn, revision=pin.revision)
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
    return Asked(conn, user, filters, choices, fresh, pin, (first, last), words=words)


def _is_empty(asked: Asked) -> bool:
    return not int(asked.ask(Query(("lines",))).frame["lines"].iloc[0])
