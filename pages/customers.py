"""Customers: who comes back, how loyal they are, and what they are like."""

import streamlit as st

from dashboard.auth import require
from dashboard.curated.asked import curated_page
from dashboard.curated.customers import MIXED, cohorts, loyalty, mix, segment_words, segments
from dashboard.curated.piece import show, show_rows

user = require("analyst")
with curated_page(user, "Customers", "Who comes back, how loyal they are, and what they are like.",
                  metric="households") as asked:  # fmt: skip
    show(asked, cohorts(asked))
    left, right = st.columns(2)
    with left:
        show(asked, loyalty(asked))
    with right:
        dimension = st.selectbox("Segment", MIXED, key="mix-of", bind="query-params",
                                 format_func=lambda name: name.replace("_", " ").capitalize())  # fmt: skip
        show(asked, mix(asked, dimension))
    show_rows(asked, segments(asked), key="segments", title="Segments by loyalty", says=segment_words())
