"""Pins made from what Explore shows: the same answers, with dates that do not move any more."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs

from dashboard.auth import User
from dashboard.explore.explored import Explored, explore
from dashboard.explore.links import as_link, from_params
from dashboard.explore.state import State
from dashboard.explore.words import asked_in_words
from dashboard.load import database, reading
from dashboard.periods import Comparison, Period, Span
from data.errors import UsageError
from data.pins.answers import packed
from data.pins.keeping import MOST_TITLE, Content, make_pin
from data.queries.freshness import freshness
from data.queries.revisions import current_revision
from data.semantic.catalog import catalog

ADDRESS = "/pinned?pin="


def pin_of_link(words: str, user: User) -> str:
    """Pin what Explore shows for the words of its link, and give the address of the pin.

    Raises UsageError for a link that means nothing here, and where there are no facts; TooMuchToPin.
    """
    with reading(user.scope) as conn:
        newest = current_revision(conn)
        state, ignored = from_params(parse_qs(words), newest)
        if ignored:
            raise UsageError(f"the link names what is not known here: {', '.join(word[:40] for word in ignored[:5])}")
        fresh = freshness(conn, facts=state.subject.subject.facts.name, revision=state.revision)
        if fresh.first_business_date is None or fresh.last_business_date is None:
            raise UsageError("there are no facts to pin a figure of")
        span = state.span(fresh.first_business_date, fresh.last_business_date)
        explored = explore(conn, state, span, fresh, scope=user.scope)
        fixed = fixed_dates(explored.state, span, revision=state.revision or newest)
        # Once more at its revision and over its own dates: what is kept is what the link will always answer.
        explored = explore(conn, fixed, span, fresh, scope=user.scope)
        title = f"{explored.title}, {asked_in_words(conn, explored, scope=user.scope)}"[:MOST_TITLE]
    content = Content(title, as_link(fixed), fixed.revision or newest, catalog().digest, user.scope, kept(explored))
    with database().accounts() as accounts:
        return f"{ADDRESS}{make_pin(accounts, content, account_id=user.account_id)}"


def fixed_dates(state: State, span: Span, *, revision: int) -> State:
    """The same figures at a revision, with dates written out in place of those that move with the facts."""
    fixed = replace(state, period=Period.CUSTOM, dates=(span.start, span.last), revision=revision, view=None)
    fixed = replace(fixed, lines=None, lines_page=1)
    compare = state.compare(span)
    if compare is None or compare.start is None or compare.end is None:
        return fixed
    before = Span(compare.start, compare.end)
    return replace(fixed, comparison=Comparison.CUSTOM, against=(before.start, before.last))


def kept(explored: Explored) -> dict[str, object]:
    """The answers behind the table and the chart."""
    answers = {"table": explored.tidy, "chart": explored.drawn}
    packs = {name: packed(answer.frame, answer.columns) for name, answer in answers.items() if answer is not None}
    return {**packs, "currency": explored.currency}
