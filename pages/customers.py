"""Customers: who comes back, how loyal they are, and what they are like."""

import streamlit as st

from dashboard.auth import require
from dashboard.curated.asked import curated_page
from dashboard.curated.customers import MIXED, cohorts, loyalty, mix, segment_label, segment_words, segments
from dashboard.curated.piece import show, show_rows

user = require("analyst")
with curated_page(user, "Customers", "Who comes back, how loyal they are, and what they are like.",
                  page="customers", metric="households") as asked:  # fmt: skip
    show(asked, cohorts(asked))
    dimension = st.segmented_control("Segments by", MIXED, default=MIXED[0], required=True, key="mix-of",
                                     bind="query-params", format_func=segment_label)  # fmt: skip
    left, right = st.columns(2)
    with left:
        show(asked, loyalty(asked))
    with right:
        show(asked, mix(asked, dimension))
    show_rows(asked, segments(asked), key="segments", title="Segments by loyalty", says=segment_words())
