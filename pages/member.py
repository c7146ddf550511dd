"""A member of a dimension: a product, a store, a campaign. What it sells, where, with what, and its edits."""

import streamlit as st

from dashboard.auth import require
from dashboard.curated.asked import nothing_found
from dashboard.curated.member import bought_with_it, line, read_figures, tiles
from dashboard.curated.member_page import by_others, member_page, ways_on
from dashboard.curated.piece import show, show_rows
from dashboard.tiles import tiles_html

user = require("analyst")
with member_page(user) as (member, asked):
    figures = read_figures(asked)
    metric = figures.metrics[0]
    if figures.is_empty:
        nothing_found(asked)
    else:
        st.html(tiles_html(tiles(asked, figures), asked.look))
        ways_on(asked, metric)
        show(asked, line(asked, figures))
        by_others(asked, member, metric)
        neighbours = bought_with_it(asked, member)
        if neighbours:
            show_rows(asked, neighbours, key="bought-with", title="Bought with it",
                      says="What its baskets hold besides. Lift: how many times as often as by chance.")  # fmt: skip
