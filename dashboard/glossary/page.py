"""The parts of the glossary page: the list of words, and one of them opened."""

from __future__ import annotations

from html import escape
from itertools import groupby

import streamlit as st

from dashboard.anchors import anchor, show_lines
from dashboard.auth import User
from dashboard.explore.address import address_of
from dashboard.explore.state import State
from dashboard.finding.addresses import word_address
from dashboard.glossary.entries import DIMENSION, METRIC, WORD, Entry, entries_of, found_entries, pages_with, views_with
from dashboard.load import database
from dashboard.navigation import pages_for
from dashboard.panels import colours
from dashboard.past.words import plain
from data.semantic.catalog import catalog
from data.views.reading import SavedView, views_for

_STYLE = """<style>
dl.words.words {{ display: grid; grid-template-columns: minmax(9rem, 14rem) 1fr; gap: .45rem 1.5rem; margin: 0;
  padding: 0; }}
.words :is(dt, dd) {{ margin: 0; overflow-wrap: anywhere; }}
.words dt {{ font-weight: 600; }}
.words a {{ color: {accent}; }}
.words small {{ color: {muted}; font-size: inherit; font-weight: 400; }}
.words code {{ font-size: .85em; white-space: pre-wrap; }}
@media (max-width: 640px) {{
  dl.words.words {{ grid-template-columns: 1fr; gap: .1rem; }}
  .words dd {{ margin-bottom: .7rem; }}
}}
</style>"""

_KINDS = {METRIC: "metric", DIMENSION: "dimension", WORD: "word"}


def glossary_page(user: User) -> None:
    """The word that the link names, or all of them."""
    name = st.query_params.get("word", "")
    opened = entries_of(name) if name else []
    if name:
        st.button("All words", icon=":material/arrow_back:", key="all-words", on_click=_close)
    if name and not opened:
        st.caption(f":material/info: No word goes by “{plain(name[:60])}”.")
    if opened:
        with database().accounts() as conn:
            views = views_for(conn, account_id=user.account_id)
        for entry in opened:
            _opened(entry, user, views)
    else:
        _list()


def _list() -> None:
    text = st.text_input("Find a word", key="q", bind="query-params", icon=":material/search:", width=360) or ""
    found = found_entries(text)
    if not found:
        with st.container(border=True, horizontal_alignment="center"):
            st.text(f"No word goes by “{text}”.", text_alignment="center")
    for kind, words in groupby(found, key=lambda entry: entry.kind):
        with st.container(border=True, gap="small"):
            with st.container(horizontal=True):
                st.header(kind, anchor=False)
            rows = "".join(f"<dt>{_link(entry)}</dt><dd>{_markdown(entry.meaning)}</dd>" for entry in words)
            st.html(f"{_style()}<dl class='words'>{rows}</dl>")


def _opened(entry: Entry, user: User, views: list[SavedView]) -> None:
    pages = [anchor(page.title, page.address) for page in pages_with(entry, pages_for(user))]
    saved = [anchor(view.content.name, view.address) for view in views_with(entry, views)]
    rows = [("Meaning", _markdown(_end(entry.meaning)))]
    rows += [(what, escape(told)) for what, told in entry.facts]
    rows += [("In SQL", "<br>".join(f"<code>{escape(text)}</code>" for text in entry.sql))] if entry.sql else []
    rows += [("Also called", escape(", ".join(entry.synonyms)))] if entry.synonyms else []
    rows += [("On the pages", ", ".join(pages))] if pages else []
    rows += [("In saved views", ", ".join(saved))] if saved else []
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.header(entry.word, anchor=False, width="content")
            st.caption(_KINDS[entry.kind], width="content")
        told = "".join(f"<dt>{escape(what)}</dt><dd>{text}</dd>" for what, text in rows)
        st.html(f"{_style()}<dl class='words'>{told}</dl>")
        if entry.kind == METRIC:
            show_lines([anchor("Explore it", address_of(State((entry.name,))))], name="word-explore")
        elif entry.kind == DIMENSION:
            show_lines([anchor("Explore by it", _by(entry.name))], name="word-explore")


def _by(dimension: str) -> str:
    """Explore by a dimension: the first metric of the first subject that has it."""
    subject = next(one for one in catalog().subjects if dimension in one.dimensions)
    return address_of(State((next(iter(subject.metrics)),), rows=(dimension,)))


def _link(entry: Entry) -> str:
    also = f" <small>{escape(', '.join(entry.synonyms))}</small>" if entry.synonyms else ""
    return f"{anchor(entry.word, word_address(entry.name))}{also}"


def _end(text: str) -> str:
    return text if text.endswith(".") else f"{text[0].upper()}{text[1:]}."


def _markdown(text: str) -> str:
    """The text as HTML; what stands in backquotes is code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if at % 2 else part for at, part in enumerate(parts))


def _style() -> str:
    look = colours()
    return _STYLE.format(accent=look.accent, muted=look.muted)


def _close() -> None:
    st.query_params.pop("word", None)
