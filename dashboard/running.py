"""A page that is run by the entry script."""

from __future__ import annotations

from typing import Protocol

import streamlit as st

from data.errors import ReplicaLost


class Runnable(Protocol):
    """A page, or what stands for one."""

    def run(self) -> None:
        """Draw it."""


def run(page: Runnable) -> None:
    """Draw the page, from its beginning on where the replica broke off: the primary is then read.

    What a click does was done before the page is drawn, and is not done again.
    """
    try:
        page.run()
    except ReplicaLost:
        st.rerun()
