"""Attainment: which departments meet their targets, and where the month ends at this rate."""

import streamlit as st

from dashboard.auth import require
from dashboard.curated.asked import curated_page
from dashboard.curated.attainment import at_this_rate, by_month, show_month
from dashboard.curated.piece import nothing_here, show, show_rows

user = require("analyst")
with curated_page(user, "Attainment", "Which departments meet their targets, and where the month ends at this rate.",
                  page="attainment", metric="attainment") as asked:  # fmt: skip
    if user.scope.stores is not None:
        nothing_here("Targets are set for all stores together; you may see some of them, so there is nothing to show.")
    else:
        if any(asked.filters.picked(name) for name in ("store", "brand")):
            st.caption(":material/info: Targets are set by department: filters on stores and brands are left out here.")
        so_far, table = at_this_rate(asked)
        show_month(asked, so_far, table)
        months = by_month(asked)
        if months:
            show(asked, months)
        else:
            nothing_here("No department has a target in these months. Managers set them under Targets.")
        show_rows(asked, table, key="run-rate", title=f"At this rate, {so_far}", rows=30,
                  empty="No department has a target in this month. Managers set them under Targets.")  # fmt: skip
