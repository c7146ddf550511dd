"""Search: everything that goes by a name, on a page of its own whose link holds what is looked for."""

import streamlit as st

from dashboard.auth import require
from dashboard.finding.page import search_page
from dashboard.load import reading
from dashboard.states import footer
from data.queries.freshness import freshness

user = require("analyst")
st.title("Search", anchor=False)
st.caption("Pages, saved views, metrics, dimensions and their members, by what they are called.")

search_page(user)
with reading(user.scope) as conn:
    footer(freshness(conn))
