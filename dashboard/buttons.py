"""The look of buttons that carry the accent."""

from __future__ import annotations

import streamlit as st

from dashboard.panels import colours

_KINDS = "[data-testid=stBaseButton-primary], [data-testid=stBaseButton-primaryFormSubmit]"


def readable_buttons() -> None:
    """Write on them in the colour of the ground: Streamlit's white is too faint on the accent of the dark."""
    pressed = f"button:is({_KINDS}):not(:disabled)"
    st.html(f"<style>{pressed}, {pressed} span {{ color: {colours().ground}; }}</style>")
