"""What only the browser can do: save a chart as an image, copy a link, pin a figure, fill the screen."""

from __future__ import annotations

from html import escape
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

SCRIPT_PATH = "/assets/in_browser.js"
_STYLE = """<style>
.modebar-container { display: none; }
.in-browser { display: flex; gap: .75rem; }
.in-browser button { all: unset; cursor: pointer; font-size: .875rem; border-radius: 4px; padding: .1rem .25rem; }
.in-browser button:hover { text-decoration: underline; }
.in-browser button:focus-visible { outline: 2px solid currentColor; outline-offset: 1px; }
</style>"""


def image_links(panel: str, file: str) -> None:
    """Two small buttons that save the chart of a panel."""
    buttons = "".join(
        f"<button type='button' data-daybook-image='{kind}' data-panel='{escape(panel)}' data-file='{escape(file)}' "
        f"aria-label='Download the chart as {kind.upper()}'>{kind.upper()}</button>"
        for kind in ("png", "svg")
    )
    show_buttons(buttons)


def copy_link_button() -> None:
    """A small button that copies the page's address."""
    show_buttons("<button type='button' data-daybook-copy aria-live='polite'>Copy link</button>")


def load_script() -> None:
    """The script alone, where nothing else brings it: it knows the keys and buttons of the whole screen."""
    st.html(f"<script src='{SCRIPT_PATH}'></script>", unsafe_allow_javascript=True)


def show_buttons(buttons: str) -> None:
    """Buttons beside each other, as HTML, with the script that knows what they do."""
    st.html(
        f"{_STYLE}<div class='in-browser'>{buttons}</div><script src='{SCRIPT_PATH}'></script>",
        unsafe_allow_javascript=True,
        width="content",
    )


def routes() -> list[Route]:
    """What the application adds for it: the script, as a file, because the content policy allows no inline one."""
    return [Route(SCRIPT_PATH, _script, methods=["GET"])]


async def _script(_: Request) -> Response:
    return FileResponse(Path(__file__).with_name("in_browser.js"), media_type="text/javascript")
