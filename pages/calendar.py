"""Calendar: when it is sold, and what events did."""

import streamlit as st

from dashboard.auth import require
from dashboard.curated.asked import curated_page
from dashboard.curated.calendar import METRICS, days, events, hours
from dashboard.curated.piece import show, show_rows
from data.semantic.catalog import catalog

user = require("analyst")
with curated_page(user, "Calendar", "When it is sold: by hour, by weekday, day by day, and on events.",
                  page="calendar") as asked:  # fmt: skip
    metric = st.segmented_control("Metric", METRICS, default=METRICS[0], required=True, key="metric",
                                  bind="query-params",
                                  format_func=lambda name: catalog().metric(name).label)  # fmt: skip
    show(asked, days(asked, metric))
    show(asked, hours(asked, metric))
    show_rows(asked, events(asked), key="events", title="Events in the period",
              says="Net sales on their days, against the mean of the same weekdays around them.",
              empty="No event of the calendar falls into these dates.")  # fmt: skip
