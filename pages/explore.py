"""Any metric by any dimension: choose, compare, go down to the lines. The link holds the whole view."""

from functools import partial

import streamlit as st

from dashboard import load
from dashboard.auth import require
from dashboard.explain.leading import explain_links
from dashboard.explore.chart_panel import show_chart
from dashboard.explore.controls import (
    Facts,
    ask_for,
    asked_facts,
    asked_revision,
    controls,
    follow_link,
    pin_to,
    write_link,
)
from dashboard.explore.explored import explore
from dashboard.explore.filtering import chips, filter_picker, reset_button
from dashboard.explore.tables import show_figures, show_lines, show_sql
from dashboard.explore.views_bar import open_view_of_link, views_bar
from dashboard.explore.words import asked_in_words, export_notes, widened
from dashboard.freshness import kept_freshness
from dashboard.past.banner import past_banner
from dashboard.past.chooser import revision_chooser
from dashboard.past.pin import read_pin
from dashboard.states import footer, ignored_notice, nothing_loaded, nothing_sold
from dashboard.visits import last_visit
from data.queries.calendar import calendar_events
from data.queries.revisions import current_revision

user = require("analyst")
st.title("Explore", anchor=False)
st.caption("Any metric by any dimension. Click a mark to look closer; the link holds the whole view.")

with load.charting(user.scope) as conn:
    open_view_of_link(user)
    ignored = follow_link(current_revision(conn))
    pin = read_pin(conn, asked_revision())
    fresh = kept_freshness(conn, facts=asked_facts(), revision=pin.revision)
    facts, zone = Facts.of(fresh), fresh.time_zone
    past_banner(pin, zone=zone, on_return=partial(pin_to, None))
    chooser = partial(revision_chooser, conn, pin, zone=zone, choose=pin_to)
    state = controls(facts, partial(filter_picker, conn, scope=user.scope), lambda _: chooser(), reset_button)
    if state is None:
        st.info("Choose at least one metric.", icon=":material/arrow_upward:")
        st.stop()
    write_link(state)
    if fresh.first_business_date is None:
        nothing_loaded(revision=pin.revision)
        st.stop()
    chips(conn, state, scope=user.scope)
    views_bar(state, user, zone=zone)
    ignored_notice(ignored)
    span = state.span(facts.first, facts.last)
    explored = explore(conn, state, span, fresh, scope=user.scope)
    asked = asked_in_words(conn, explored, scope=user.scope)
    if explored.is_empty:
        nothing_sold(asked, widen="All dates, no filters", on_widen=partial(ask_for, widened(state)))
    else:
        notes = export_notes(explored, fresh, asked, pin.notes)
        events = calendar_events(conn, start=span.start, end=span.end, scope=user.scope, filters=state.filters,
                                 revision=pin.revision)  # fmt: skip
        show_chart(explored, events)
        explain_links(state, seen=last_visit(user), newest=pin.newest)
        show_figures(explored, notes)
        show_lines(conn, state, span, notes, scope=user.scope, zone=zone)
        show_sql(explored)
footer(fresh)
