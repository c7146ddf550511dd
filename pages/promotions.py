"""Promotions: whom campaigns reached, what was bought around them, and what display and mailer went with."""

import streamlit as st

from dashboard.auth import require
from dashboard.curated.asked import curated_page
from dashboard.curated.lift import display_and_mailer
from dashboard.curated.piece import nothing_here, show, show_rows
from dashboard.curated.promotions import around, campaigns, dates_of, largest, names_of, phases

user = require("analyst")
with curated_page(user, "Promotions", "Whom campaigns reached, who redeemed, what sold on display and in the mailer.",
                  page="promotions") as asked:  # fmt: skip
    table = campaigns(asked)
    names = names_of(table)
    if not names:
        nothing_here("No campaign was on in these dates. Choose a longer period.")
    else:
        show_rows(asked, table, key="campaigns", title="Campaigns in the period",
                  says="Reach and redemption are of the whole campaign, whatever the filters.")  # fmt: skip
        number = st.selectbox("Campaign", list(names), largest(table), format_func=names.__getitem__, key="campaign",
                              bind="query-params")  # fmt: skip
        campaign = dates_of(asked, number)
        show(asked, around(asked, campaign))
        show_rows(asked, phases(asked, campaign), key="phases", title="Before, during, after",
                  says="Phases are as long as the campaign, cut to where there are facts.")  # fmt: skip
    display_and_mailer(asked)
