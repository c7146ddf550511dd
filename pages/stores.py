"""Stores: who sells most, how each one goes, and whether the large ones grow."""

from functools import partial

import streamlit as st

from dashboard.auth import require
from dashboard.curated.asked import curated_page
from dashboard.curated.piece import nothing_here, show
from dashboard.curated.stores import each, ranking, size_and_growth
from dashboard.filters import toggle

user = require("analyst")
with curated_page(user, "Stores", "Who sells most, how each one goes, and whether the large ones grow.",
                  page="stores", grain=True, comparison=True) as asked:  # fmt: skip
    left, right = st.columns(2)
    with left:
        show(asked, ranking(asked), on_pick=partial(toggle, asked.filters, "store"))
    with right:
        growth = size_and_growth(asked, asked.compared) if asked.compared else None
        if growth:
            show(asked, growth)
        else:
            nothing_here("No growth to show: no store sold in both periods, or there is nothing to compare with.")
    show(asked, each(asked))
