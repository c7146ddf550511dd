"""Glossary: what every metric, every dimension and every other word means, and where it is used."""

import streamlit as st

from dashboard.auth import require
from dashboard.glossary.page import glossary_page
from dashboard.load import reading
from dashboard.states import footer
from data.queries.freshness import freshness

user = require("analyst")
st.title("Glossary", anchor=False)
st.caption("What every metric, every dimension and every other word means, and where it is used.")

glossary_page(user)
with reading(user.scope) as conn:
    footer(freshness(conn))
