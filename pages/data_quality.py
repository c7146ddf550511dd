"""What reference data leaves open, with the money that rests on it, and what to do about each."""

from functools import partial

import streamlit as st

from dashboard import load
from dashboard.auth import require
from dashboard.downloads import download_button
from dashboard.exports import CSV_TYPE, Table, csv_file
from dashboard.panels import show_table
from dashboard.past.banner import now_only
from dashboard.reference.acting import messages
from dashboard.reference.work_list import suggestions, to_the_rows
from dashboard.states import footer
from data.queries.freshness import freshness
from data.queries.quality import CHECKS, MEMBER_COLUMNS, SUMMARY_COLUMNS, quality_members, quality_summary

user = require("analyst")
st.title("Data quality", anchor=False)
st.caption("What reference data leaves open, and how much money rests on it. No line is dropped because of it.")
now_only()

messages()
labels = {check.name: check.label for check in CHECKS}
with load.reading(user.scope) as conn:
    fresh = freshness(conn)
    summary = quality_summary(conn, scope=user.scope)
    with st.container(border=True):
        st.subheader("What is open", anchor=False)
        columns = SUMMARY_COLUMNS[1:]
        show_table(Table("Data quality", summary, columns), key="summary", alt="Open points and the money behind them")

    with st.container(border=True):
        st.subheader("Which they are", anchor=False)
        check = st.selectbox(
            "Open point", list(labels), format_func=labels.__getitem__, key="check", bind="query-params", width=420
        )
        found = Table(labels[check], quality_members(conn, check=check, scope=user.scope), MEMBER_COLUMNS)
        if found.frame.empty:
            st.success("Nothing is open here.")
        else:
            show_table(found, key="members", alt=f"{labels[check]}, those that hold the most money first", rows=12)
            st.caption("The 200 that hold the most money, over all business dates.")
            name = f"{check.replace('_', '-')}.csv"
            with st.container(horizontal=True, vertical_alignment="center"):
                download_button("Download as CSV", partial(csv_file, found), name, CSV_TYPE)
                to_the_rows(check, user=user)
    suggestions(conn, user=user)
footer(fresh)
