"""Any metric by any dimension: choose, compare, go down to the lines. The link holds the whole view."""

from functools import partial

import streamlit as st

from dashboard import load
from dashboard.auth import require
from dashboard.explore.chart_panel import show_chart
from dashboard.explore.controls import Facts, ask_for, asked_facts, controls, follow_link, write_link
from dashboard.explore.explored import explore
from dashboard.explore.filtering import chips, filter_picker
from dashboard.explore.tables import show_figures, show_lines, show_sql
from dashboard.explore.views_bar import open_view_of_link, views_bar
from dashboard.explore.words import asked_in_words, export_notes, widened
from dashboard.states import footer, ignored_notice, nothing_loaded, nothing_sold
from data.queries.calendar import calendar_events
from data.queries.freshness import freshness

user = require("analyst")
st.title("Explore", anchor=False)
st.caption("Any metric by any dimension. Click a mark to look closer; the link holds the whole view.")

with load.reading(user.scope) as conn:
    open_view_of_link(user)
    ignored = follow_link()
    fresh = freshness(conn, facts=asked_facts())
    facts = Facts.of(fresh)
    state = controls(facts, partial(filter_picker, conn, scope=user.scope))
    if fresh.first_business_date is None:
        nothing_loaded()
        st.stop()
    if state is None:
        st.info("Choose at least one metric.", icon=":material/arrow_upward:")
        st.stop()
    chips(conn, state, scope=user.scope)
    views_bar(state, user, zone=fresh.time_zone)
    ignored_notice(ignored)
    write_link(state)
    span = state.span(facts.first, facts.last)
    explored = explore(conn, state, span, fresh, scope=user.scope)
    asked = asked_in_words(conn, explored, scope=user.scope)
    if explored.is_empty:
        nothing_sold(asked, widen="All dates, no filters", on_widen=partial(ask_for, widened(state)))
    else:
        notes = export_notes(explored, fresh, asked)
        events = calendar_events(conn, start=span.start, end=span.end, scope=user.scope, filters=state.filters)
        show_chart(explored, events)
        show_figures(explored, notes)
        show_lines(conn, state, span, notes, scope=user.scope, zone=fresh.time_zone)
        show_sql(explored)
footer(fresh)
