"""The page of the search: the field, and what is found by it, more of each kind than the field itself shows."""

from __future__ import annotations

from html import escape

import streamlit as st

from dashboard.anchors import anchor
from dashboard.auth import User
from dashboard.finding.kinds import Group
from dashboard.finding.search import more_address, search
from dashboard.panels import colours
from dashboard.past.words import plain

_FEW, _MANY = 10, 100
_STYLE = """<style>
ul.hits.hits {{ list-style: none; margin: 0; padding: 0; }}
.hits li {{ display: flex; flex-wrap: wrap; column-gap: .75rem; padding: .25rem 0; margin: 0; }}
.hits a {{ color: {accent}; }}
.hits span {{ color: {muted}; overflow-wrap: anywhere; }}
</style>"""


def search_page(user: User) -> None:
    """The field, what is said of the search as a whole, and a panel for each kind."""
    text = (st.text_input("Search", key="q", bind="query-params", icon=":material/search:", max_chars=200,
                          placeholder="Ice cream, store 367, average basket …") or "").strip()  # fmt: skip
    only = st.query_params.get("kind", "")
    found = search(text, user, most=_MANY if only else _FEW, only=only)
    if only:
        st.button("Every kind", icon=":material/arrow_back:", key="every-kind", on_click=_every_kind)
    if text and not found.groups:
        _nothing(text)
    elif found.mended:
        st.caption(f":material/spellcheck: Nothing goes by “{plain(text)}”: this is what “{found.mended}” finds.")
    look = colours()
    style = _STYLE.format(accent=look.accent, muted=look.muted)
    for group in found.groups:
        _shown(group, text, style, only=bool(only))


def _shown(group: Group, text: str, style: str, *, only: bool) -> None:
    items = "".join(f"<li>{anchor(hit.name, hit.address)}<span>{escape(hit.about)}</span></li>" for hit in group.hits)
    more = group.count - len(group.hits)
    last = ""
    if more and not only:
        last = f"<li>{anchor(f'{more:,} more', more_address(text, group))}</li>"
    elif more:
        last = f"<li><span>And {more:,} more: type another word to narrow it.</span></li>"
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True):
            st.header(f"{group.label} · {group.count:,}" if text else group.label, anchor=False)
        st.html(f"{style}<ul class='hits'>{items}{last}</ul>")


def _nothing(text: str) -> None:
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.text(f"Nothing goes by “{text}”.", text_alignment="center")
        st.markdown(":gray[Try fewer words, or the number of a product or a store.]", text_alignment="center")


def _every_kind() -> None:
    st.query_params.pop("kind", None)
