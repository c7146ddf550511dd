"""The look that every page shares, sent once: browsers read and clean each style for itself."""

from __future__ import annotations

import streamlit as st

from dashboard.panels import STYLE, colours

_KINDS = "[data-testid=stBaseButton-primary], [data-testid=stBaseButton-primaryFormSubmit]"
# What is chosen in a list, in the colours of text; of a widget that is disabled, chips have no button.
_CHIP = "[data-testid=stMultiSelect] [data-tag]:has(button)"
_CHIPS = f"{_CHIP} {{ background: rgb(128 140 155 / .22); }} {_CHIP}, {_CHIP} * {{ color: inherit; }}"


def page_style() -> None:
    """Panels, chips, and buttons on the accent: there, Streamlit's white has too little contrast in the dark."""
    pressed = f"button:is({_KINDS}):not(:disabled)"
    st.html(f"<style>{pressed}, {pressed} span {{ color: {colours().ground}; }} {_CHIPS} {STYLE}</style>")
