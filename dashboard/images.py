"""A chart as PNG or SVG at a click. The browser makes the file: it has the chart already, fonts and all."""

from __future__ import annotations

from html import escape
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

SCRIPT_PATH = "/assets/images.js"
_STYLE = """<style>
.modebar-container { display: none; }
.daybook-images { display: flex; gap: .75rem; }
.daybook-images button { all: unset; cursor: pointer; font-size: .875rem; border-radius: 4px; padding: .1rem .25rem; }
.daybook-images button:hover { text-decoration: underline; }
.daybook-images button:focus-visible { outline: 2px solid currentColor; outline-offset: 1px; }
</style>"""


def image_links(panel: str, file: str) -> None:
    """Two small buttons that save the chart of a panel."""
    buttons = "".join(
        f"<button type='button' data-daybook-image='{kind}' data-panel='{escape(panel)}' data-file='{escape(file)}' "
        f"aria-label='Download the chart as {kind.upper()}'>{kind.upper()}</button>"
        for kind in ("png", "svg")
    )
    st.html(
        f"{_STYLE}<div class='daybook-images'>{buttons}</div><script src='{SCRIPT_PATH}'></script>",
        unsafe_allow_javascript=True,
        width="content",
    )


def routes() -> list[Route]:
    """What the application adds for it: the script, as a file, because the content policy allows no inline one."""
    return [Route(SCRIPT_PATH, _script, methods=["GET"])]


async def _script(_: Request) -> Response:
    return FileResponse(Path(__file__).with_name("images.js"), media_type="text/javascript")
