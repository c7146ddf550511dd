"""What has changed since the last visit: which revisions moved which of the figures that somebody looks at."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from html import escape

import sqlalchemy as sa
import streamlit as st

from dashboard import format as fmt
from dashboard.anchors import anchor, show_lines
from dashboard.auth import User
from dashboard.explain.question import Question, explain_address
from dashboard.explain.question import plain as one_figure
from dashboard.explain.words import amount, moment
from dashboard.explore.links import from_link
from dashboard.explore.state import State, one_of
from dashboard.load import Resources, database
from dashboard.overview import RANKED
from dashboard.past.words import plain
from dashboard.periods import Period
from dashboard.summary import TILES
from dashboard.working import Progress, settled, show_progress, work_on
from data.accounts.visits import Seen
from data.queries.freshness import Freshness, freshness
from data.revisions.causes import Kind
from data.revisions.moved import Moved, moved_between
from data.scope import Scope
from data.semantic.question import Query
from data.views.reading import favourites

_MOST_VIEWS, _MOST_LINES = 6, 6
_log = logging.getLogger(__name__)
_OF_REFERENCE = {Kind.EDIT, Kind.UNDO, Kind.FILE}


@dataclass(frozen=True)
class Followed:
    """Figures that somebody looks at: those of one question; `name` is the view's, empty for the six.

    Of figures by a dimension, new facts move nearly all of them: these are told in all, and by member are told the
    changes of reference data alone.
    """

    name: str
    state: State
    query: Query


@dataclass(frozen=True)
class Line:
    """A line of the feed: a figure of `followed` that a revision moved."""

    followed: Followed
    moved: Moved


def followed_figures(conn: sa.Connection, user: User, fresh: Freshness) -> list[Followed]:
    """The six figures over all dates, whatever a revision was about; and the first figure of each favourite view."""
    state = State(metrics=TILES, period=Period.ALL)
    asked = replace(_query(conn, state, fresh), metrics=TILES)
    ranked = [replace(asked, metrics=TILES[:1], dimensions=(name,)) for name in RANKED]
    found = [Followed("", state, query) for query in (asked, *ranked)]
    with database().accounts() as accounts:
        views = favourites(accounts, account_id=user.account_id)[:_MOST_VIEWS]
    for view in views:
        saved, _ = from_link(view.content.link)
        found.append(Followed(view.content.name, saved, _query(conn, saved, fresh)))
    return found


def feed(user: User, seen: Seen | None, followed: Sequence[Followed], *, fresh: Freshness) -> None:
    """How many revisions there were since the last visit, and what they did; or that there is nothing to tell."""
    if seen is None:
        st.markdown("This is your first visit: from the next one on, what changed between stands here.")
        return
    since = f"since your last visit, {moment(seen.at, fresh.time_zone)}"
    if seen.revision >= fresh.revision:
        st.markdown(f"Nothing was loaded or edited {since}.")
        return
    many = fresh.revision - seen.revision
    ends = (seen.revision, fresh.revision)
    work = work_on(("feed", tuple(followed), ends), partial(_read, followed, ends, user.scope), scope=user.scope)
    done = settled(work)
    problem = work.future.exception() if done else None
    lines: list[Line] | None = work.future.result() if done and problem is None else None
    st.markdown(_with_finding(f"{many:,} revision{'s' if many > 1 else ''} {since}", lines))
    if problem is not None:  # the page has its own figures to show, whatever became of these
        _log.warning("what changed since a visit could not be read", exc_info=problem)
        st.caption(":material/info: What they did could not be read this time. Reload the page to try again.")
    elif lines is None:
        show_progress(work)
    elif lines:
        _told(lines, ends)


def _told(lines: Sequence[Line], ends: tuple[int, int]) -> None:
    show_lines([_line(line, ends) for line in lines[:_MOST_LINES]], name="feed", label="What moved, and why")
    rest = f"{len(lines) - _MOST_LINES} more with smaller effects. " if len(lines) > _MOST_LINES else ""
    st.caption(f"{rest}Of all dates, and of your favourites.")


def _query(conn: sa.Connection, state: State, fresh: Freshness) -> Query:
    own = freshness(conn, facts=state.subject.subject.facts.name)
    first, last = own.first_business_date, own.last_business_date
    if first is None or last is None:
        first = last = fresh.last_business_date
    return Question(one_figure(state)).query(state.span(first, last))  # type: ignore[arg-type]  # facts are there


def _read(
    followed: Sequence[Followed], ends: tuple[int, int], scope: Scope, conn: sa.Connection, progress: Progress
) -> list[Line]:
    found: list[Line] = []
    for at, item in enumerate(followed):

        def heard(done: int, of: int, at: int = at) -> None:
            progress(at * of + done, len(followed) * of)

        moved = moved_between(conn, item.query, from_revision=ends[0], to_revision=ends[1], scope=scope,
                              cache=Resources.cache, progress=heard)  # fmt: skip
        found += [Line(item, one) for one in moved if one.member is None or one.group.kind in _OF_REFERENCE]
    return sorted(found, key=lambda line: line.moved.effect, reverse=True)


def _with_finding(label: str, lines: list[Line] | None) -> str:
    if lines is None:
        return f"{label}."
    if not lines:
        return f"{label}. None of them moved the six figures or your favourites."
    first = lines[0]
    return f"{label}. Largest effect: **{plain(_figure(first))}** {_share(first.moved)}"


def _figure(line: Line) -> str:
    label = line.moved.metric.label
    if line.moved.member is not None:
        return f"{label} of {line.moved.member[1]}"
    return f"{line.followed.name}, {label.lower()}" if line.followed.name else label


def _share(moved: Moved) -> str:
    if not moved.before:
        return amount(moved.change, moved.metric.unit, sign=True)
    share = fmt.percent(float(moved.change) / abs(float(moved.before)), sign=True)
    return f"{amount(moved.change, moved.metric.unit, sign=True)} ({share})"


def _line(line: Line, ends: tuple[int, int]) -> str:
    group = line.moved.group
    state = replace(line.followed.state, metrics=(line.moved.metric.name,), drawn=None)
    if line.moved.member is not None:
        state = state.filtered(one_of(line.followed.query.dimensions[0], line.moved.member[0]))
    address = explain_address(state, old=ends[0], new=ends[1])
    who = ", ".join(dict.fromkeys(cause.author for cause in group.causes))
    said = f"<b>{escape(_figure(line))}</b> {_share(line.moved)}: {escape(group.label)}, by {escape(who)}"
    return f"{said} · {anchor('Explain', address)}"
