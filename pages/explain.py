"""Why a figure changed: between two revisions, or between two periods, in parts that add up."""

import streamlit as st

from dashboard import load
from dashboard.auth import require
from dashboard.explain.bar import Bar, explain_bar, read_link
from dashboard.explain.periods import between_periods
from dashboard.explain.question import Between
from dashboard.explain.revisions import between_revisions, ends_of
from dashboard.explore.controls import Facts
from dashboard.states import footer, ignored_notice, nothing_loaded
from dashboard.visits import last_visit
from data.queries.freshness import freshness
from data.queries.revisions import current_revision

user = require("analyst")
st.title("Explain", anchor=False)
st.caption("Why a figure changed: what each load and each edit did to it, in parts that add up exactly.")

with load.charting(user.scope) as conn:
    newest = current_revision(conn)
    question, ignored = read_link(newest)
    seen = last_visit(user)
    ends = ends_of(question, newest=newest, seen=seen)
    periods = question.between is Between.PERIODS
    shown = question.state.revision if periods else max(ends)
    facts = question.state.subject.subject.facts.name
    fresh = freshness(conn, facts=facts, revision=shown)
    if fresh.first_business_date is None:
        nothing_loaded(revision=shown)
        st.stop()
    bar = Bar(conn, user.scope, Facts.of(fresh), fresh.time_zone, seen)
    explain_bar(bar, question)
    ignored_notice(ignored)
    if periods:
        between_periods(conn, question, facts=bar.facts, fresh=fresh, scope=user.scope)
    else:
        between_revisions(conn, question, ends, facts=bar.facts, scope=user.scope, zone=fresh.time_zone)
    footer(freshness(conn, facts=facts))
