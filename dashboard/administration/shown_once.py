"""A password that was made for somebody: shown to the admin who made it until they put it away, and kept nowhere."""

from __future__ import annotations

import streamlit as st

from dashboard.past.words import plain

_SHOWN = "administration.password"


def show_later(username: str, password: str) -> None:
    """Show it when the page is drawn next; the one before is gone."""
    st.session_state[_SHOWN] = (username, password)


def shown_once() -> None:
    """The password, if one was just made, with the way to put it away."""
    held = st.session_state.get(_SHOWN)
    if held is None:
        return
    username, password = held
    with st.container(border=True, key="password-shown"):
        st.markdown(f"**Password of {plain(username)}**: hand it over now, for it cannot be shown again.")
        st.code(password, language=None)
        st.button("I have handed it over", key="password-done", on_click=forget)


def forget() -> None:
    """Put it away."""
    st.session_state.pop(_SHOWN, None)
