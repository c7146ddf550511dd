"""Links to other pages of ours: in the same tab, where Markdown's would open another."""

from __future__ import annotations

from html import escape

import streamlit as st

from dashboard.panels import colours


def anchor(words: str, address: str) -> str:
    """A link as HTML; the words are escaped."""
    return f"<a href='{escape(address)}' target='_self'>{escape(words)}</a>"


def show_lines(lines: list[str], *, name: str, label: str = "") -> None:
    """Lines of HTML: one as a paragraph, several as a list; `name` is the class they have, and the label is spoken."""
    style = (
        f"<style>.{name} {{ margin: 0; padding-left: 1.1rem; line-height: 1.7; }} p.{name} {{ padding: 0; }} "
        f".{name} a {{ color: {colours().accent}; }}</style>"
    )
    spoken = f" aria-label='{escape(label)}'" if label else ""
    if len(lines) == 1:
        st.html(f"{style}<p class='{name}'{spoken}>{lines[0]}</p>")
    else:
        st.html(f"{style}<ul class='{name}'{spoken}>{''.join(f'<li>{line}</li>' for line in lines)}</ul>")
