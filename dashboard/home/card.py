"""A card of the home page: what it is about, the way to more, and rows that lead on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import Any

import streamlit as st

from dashboard.anchors import anchor
from dashboard.panels import colours
from dashboard.working import Work, settled, show_progress

_log = logging.getLogger(__name__)

_STYLE = """<style>
[class*=st-key-home-] h2 {{ padding: 0; font-size: 1.15rem; }}
.home-more a, .home-rows a {{ color: {accent}; }}
.home-more {{ font-size: .875rem; white-space: nowrap; }}
.home-rows {{ width: 100%; border-collapse: collapse; font-size: .875rem; }}
.home-rows :is(th, td) {{ padding: .35rem 0 .35rem .75rem; border: 0; border-top: 1px solid {border}; text-align: right;
  font-variant-numeric: tabular-nums; font-weight: 400; vertical-align: top; }}
.home-rows :is(th, td):first-child {{ padding-left: 0; text-align: left; }}
.home-rows thead th {{ border-top: 0; color: {muted}; font-size: .75rem; }}
</style>"""


@contextmanager
def card(name: str, title: str, *, more: tuple[str, str] | None = None) -> Iterator[None]:
    """A frame around what the block shows; `more` is the words and the address of where it is shown in full."""
    with st.container(border=True, key=f"home-{name}", gap="small"):
        look = colours()
        st.html(_STYLE.format(accent=look.accent, border=look.border, muted=look.muted))
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.header(title, anchor=False)
            if more:
                st.html(f"<span class='home-more'>{anchor(*more)}</span>", width="content")
        yield


def when_done(work: Work, doing: str, show: Callable[[Any], None]) -> None:
    """Show what was worked out beside the page: its progress until then, and that it failed where it did."""
    if not settled(work):
        show_progress(work, doing)
    elif (problem := work.future.exception()) is not None:  # the page has other cards to show
        _log.warning("a card of the home page could not be read", exc_info=problem)
        st.caption(":material/info: This could not be read this time. Reload the page to try again.")
    else:
        show(work.future.result())


def rows_html(headings: Sequence[str], rows: Sequence[Sequence[str]], *, label: str) -> str:
    """A small table: what each row is about on the left, figures to the right. Cells are HTML, headings text."""
    head = "".join(f"<th scope='col'>{escape(words)}</th>" for words in headings)
    body = "".join(
        f"<tr><th scope='row'>{row[0]}</th>{''.join(f'<td>{cell}</td>' for cell in row[1:])}</tr>" for row in rows
    )
    heads = f"<thead><tr>{head}</tr></thead>" if any(headings) else ""
    return f"<table class='home-rows' aria-label='{escape(label)}'>{heads}<tbody>{body}</tbody></table>"
