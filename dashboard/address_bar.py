"""The words of a page's link: read as lists, written without touching those of others."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import streamlit as st


def words_of(names: Collection[str]) -> dict[str, list[str]]:
    """What the link says under these names."""
    return {name: st.query_params.get_all(name) for name in names if name in st.query_params}


def write_words(wanted: Mapping[str, list[str]], names: Collection[str]) -> None:
    """Let the link say `wanted` under these names, and what it says under others as before."""
    if dict(wanted) != words_of(names):
        others = {name: st.query_params.get_all(name) for name in st.query_params if name not in names}
        st.query_params.from_dict({**others, **wanted})
