"""The page of a member: which one the link names, where it belongs, and what its row of reference data went through."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from html import escape
from urllib.parse import urlencode

import sqlalchemy as sa
import streamlit as st

from dashboard import load
from dashboard.anchors import anchor, show_lines
from dashboard.auth import User
from dashboard.curated.asked import Asked, ask_by_bar
from dashboard.curated.member import breakdowns_of, broken_down, first_two
from dashboard.curated.piece import show
from dashboard.explain.leading import explain_links
from dashboard.explore.address import address_of
from dashboard.exports import Table
from dashboard.filters import toggle
from dashboard.finding.addresses import member_address, word_address
from dashboard.panels import show_table
from dashboard.past.pin import pin_of_link
from dashboard.past.words import plain
from dashboard.reference.draft_bar import grid_words
from dashboard.reference.telling import STEP_COLUMNS, row_story
from dashboard.selection import LISTS
from dashboard.states import footer, ignored_notice
from dashboard.visits import last_visit
from data.changes.editable import editable_tables
from data.errors import UnknownName
from data.queries.freshness import freshness
from data.queries.member import Member, member_of

_MOST_EDITS = 20


@contextmanager
def member_page(user: User) -> Iterator[tuple[Member, Asked]]:
    """The member that the link names, and what the filter bar asks of it; around them its name, ways on and edits.

    Stops with what is wrong where the link names none, or none that the person may see.
    """
    with load.charting(user.scope) as conn:
        member = _asked_for(conn, user)
        st.title(plain(member.label), anchor=False)
        _belongs(member)
        asked = ask_by_bar(conn, user, grain=True, comparison=True, about=(member.filter,),
                           subject=member.subject.subject.name)  # fmt: skip
        _left_out(asked)
        yield member, asked
        _edits(asked, member)
    footer(asked.fresh)


def ways_on(asked: Asked, metric: str) -> None:
    """To Explore and to Explain, for the member alone."""
    with st.container(horizontal=True, vertical_alignment="center", key="member-ways-on"):
        show_lines([anchor("Explore it", address_of(asked.state(metric)))], name="member-explore")
        explain_links(asked.state(metric), seen=last_visit(asked.user), newest=asked.pin.newest)


def by_others(asked: Asked, member: Member, metric: str) -> None:
    """What the figures come from, by two breakdowns that are chosen."""
    found = {one.name: one for one in breakdowns_of(member)}
    for column, (at, name) in zip(st.columns(2), enumerate(first_two(member, found)), strict=False):
        with column:
            chosen = st.selectbox("By", list(found), list(found).index(name), key=f"by-{at}", bind="query-params",
                                  format_func=lambda name: found[name].label, width=220)  # fmt: skip
            pick = partial(toggle, asked.filters, chosen) if chosen in LISTS else None
            show(asked, broken_down(asked, metric, found[chosen], place=at), on_pick=pick)


def _asked_for(conn: sa.Connection, user: User) -> Member:
    words = {name: st.query_params.get(name, "") for name in ("dimension", "key")}
    pin, _ = pin_of_link(conn)
    try:
        return member_of(conn, **words, scope=user.scope, revision=pin.revision)
    except UnknownName as error:
        st.title("Not found", anchor=False)
        at = "" if pin.revision is None else f" at revision {pin.revision}"
        _nothing(f"{str(error)[0].upper()}{str(error)[1:]}{at}." if words["dimension"] else "The link names no member.")
        footer(freshness(conn, revision=pin.revision))
        st.stop()


def _nothing(why: str) -> None:
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.text(why, text_alignment="center")
        show_lines([anchor("Search for something else", "/search")], name="member-search")


def _belongs(member: Member) -> None:
    """What it is, where it belongs, and what its row says of it."""
    kind = anchor(member.dimension.label, word_address(member.dimension.name))
    above = [anchor(one.label, member_address(one.dimension.name, one.key)) for one in reversed(member.above)]
    key = [] if str(member.key) in member.label else [escape(str(member.key))]
    said = " · ".join([kind, *([" › ".join(above)] if above else []), *key])
    show_lines([said], name="member-belongs", label="Where it belongs")
    if member.retired:
        st.caption(":material/inventory_2: Retired: no longer offered for new data; its figures stay.")
    if member.inferred:
        st.caption(":material/help: A placeholder: facts name it, and no file has said what it is yet.")


def _left_out(asked: Asked) -> None:
    """Filters of the bar that say nothing of this member."""
    kept = {item.dimension for item in asked.bar_filters()}
    ignored_notice([name for name in LISTS if asked.filters.picked(name) and name not in kept])


def _edits(asked: Asked, member: Member) -> None:
    """What happened to its row, newest first, and the ways to it."""
    if member.row is None or member.row[0] not in editable_tables():
        return
    name, row = member.row
    table = editable_tables()[name]
    _, frame = row_story(asked.conn, table, row, scope=asked.user.scope, zone=asked.fresh.time_zone)
    with st.container(border=True, key="panel-member-edits", gap="xsmall"):
        with st.container(horizontal=True):
            st.header("Its edits", anchor=False)
        if not frame.empty:
            columns = (*STEP_COLUMNS[:4], *STEP_COLUMNS[5:])
            edits = Table("Edits", frame.head(_MOST_EDITS), columns)
            show_table(edits, key="member-edits", alt=f"What happened to {member.label}, newest first", rows=6)
        ways = [anchor("Every change of it", f"/history?{urlencode({'table': name, 'row': row})}")]
        if asked.user.may(table.editors):
            words = grid_words(table, q=str(member.key if member.label != member.key else member.label))
            ways.append(anchor("Its row in reference data", f"/reference?{urlencode(words)}"))
        show_lines([" · ".join(ways)], name="member-ways")
