"""A pinned figure: what it was when its link was copied, and what it is now."""

import streamlit as st

from dashboard import load
from dashboard.auth import require
from dashboard.pins.page import about, chart, notices, tables, then_and_now, unknown
from dashboard.pins.piece_page import piece_page
from dashboard.pins.pieces import names_piece, show_piece
from dashboard.pins.shown import show_pin
from dashboard.states import footer
from data.errors import PinError
from data.pins.keeping import find_pin
from data.queries.freshness import freshness

user = require("analyst")
st.title("Pinned", anchor=False)

with load.charting(user.scope) as conn:
    fresh = freshness(conn)
    try:
        with load.database().accounts() as accounts:
            pin = find_pin(accounts, token=st.query_params.get("pin", ""))
        piece = show_piece(conn, pin, user) if names_piece(pin.content.link) else None
        shown = None if piece else show_pin(conn, pin, scope=user.scope)
    except PinError as error:
        unknown(str(error))
        footer(fresh)
        st.stop()
    about(pin, zone=fresh.time_zone)
    if piece:
        piece_page(piece)
    if shown:
        notices(shown)
        then_and_now(shown)
        chart(conn, shown, scope=user.scope)
        tables(shown)
footer(fresh)
