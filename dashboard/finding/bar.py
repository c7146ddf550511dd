"""The buttons that open the search and the help: at the top of the sidebar, and above the page where that is folded."""

from __future__ import annotations

import json
from dataclasses import asdict
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

import streamlit as st

from dashboard.finding.addresses import word_address
from dashboard.finding.routes import SCRIPT_PATH
from dashboard.glossary.words import word_name
from dashboard.help.pages import help_of
from dashboard.help.types import ANYWHERE, Help
from dashboard.navigation import Entry
from dashboard.panels import colours

_STYLE = Template(files("dashboard.finding").joinpath("finding.css").read_text(encoding="utf-8"))
_SEARCH = (
    "<button type='button' class='finding-search' data-daybook-search aria-keyshortcuts='/' aria-label='Search'>"
    "<span>Search</span><kbd>/</kbd></button>"
)


def finding_bar(page: Entry) -> None:
    """Show them for the page that is open, with the script that they and the keys `/` and `?` work by."""
    style = f"<style>{_STYLE.substitute(asdict(colours()))}</style>"
    buttons = f"<div class='finding'>{_SEARCH}{_help_button(page)}</div>"
    with st.sidebar.container(key="finding-sidebar"):
        st.html(f"{style}{buttons}<script src='{SCRIPT_PATH}'></script>", unsafe_allow_javascript=True)
    with st.container(key="finding-folded"):
        st.html(buttons)


def help_content(page: Entry) -> dict[str, Any]:
    """What the help of a page says, as the script shows it."""
    told: Help = help_of(page.file)
    keys = [*ANYWHERE, *told.keys]
    return {
        "title": page.title,
        "answers": told.answers,
        "do": list(told.do),
        "keys": [[key.keys, key.does] for key in keys],
        "words": [[word, word_address(word_name(word))] for word in told.words],
        "glossary": "/glossary",
    }


def _help_button(page: Entry) -> str:
    content = escape(json.dumps(help_content(page), ensure_ascii=False))
    return (
        f"<button type='button' class='finding-help' data-daybook-help='{content}' aria-keyshortcuts='?' "
        f"aria-label='Help for this page' title='Help for this page'>?</button>"
    )
