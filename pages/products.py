"""Products: what moved and why, how few make most, what is bought together."""

import streamlit as st

from dashboard.auth import require
from dashboard.curated.asked import curated_page
from dashboard.curated.piece import nothing_here, show, show_rows
from dashboard.curated.products import PAIRS_OF, changes, movers, pairs, pareto, price_and_volume

user = require("analyst")
with curated_page(user, "Products", "What moved and why, how few make most, what is bought together.",
                  page="products", comparison=True) as asked:  # fmt: skip
    left, right = st.columns(2)
    with left:
        if asked.compared:
            found = changes(asked, asked.compared)
            show(asked, movers(asked, found, asked.compared))
        else:
            nothing_here("Nothing to compare with: choose a period that the facts reach back from, and a comparison.")
    with right:
        if asked.compared:
            show(asked, price_and_volume(asked, found, asked.compared))
        show(asked, pareto(asked))
    kind = st.segmented_control("Pairs of", PAIRS_OF, default=PAIRS_OF[0], required=True, key="pairs",
                                format_func=str.capitalize, bind="query-params")  # fmt: skip
    show_rows(asked, pairs(asked, kind), key="pairs-table", title="Bought together",
              says="Among the 100 that most baskets hold. Lift: how many times as often as by chance.",
              empty="No basket holds two of them.")  # fmt: skip
