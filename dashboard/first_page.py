"""Plain ASGI middleware: Streamlit's one HTML page under our name, without a font that no page of ours is set in.

Until a page knows its theme, Streamlit sets it in a font of its own. It is ours from the beginning instead, which saves
fetching one more and keeps the words where they are.
"""

from __future__ import annotations

import re

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.whole_answers import WholeAnswer

_PRELOADED_FONT = re.compile(rb"<link\s+rel=\"preload\"[^>]*?SourceSans[^>]*?>\s*")
_TITLE = b"<title>Streamlit</title>"
_OUR_FONT = (
    b'<style>@font-face{font-family:"Source Sans";font-style:normal;font-weight:100 900;'
    b'src:url("./app/static/Inter-Regular.woff2") format("woff2")}</style>'
)


class FirstPage:
    """Rewrites Streamlit's page; everything else passes as it is: files that are HTML, and a page that is unchanged."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and send an HTML answer rewritten. Whoever stands before this compresses it."""
        if scope["type"] == "http" and scope["method"] == "GET":
            plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
            await self.app({**scope, "headers": plain}, receive, WholeAnswer(send, _is_page, _rewrite))
        else:
            await self.app(scope, receive, send)


async def _rewrite(_: Message, page: bytes) -> bytes:
    return rewritten(page)


def rewritten(page: bytes) -> bytes:
    """The page as it is sent; what is not Streamlit's own stays as it is."""
    if _TITLE not in page:
        return page
    ours = page.replace(_TITLE, b"<title>Daybook</title>").replace(b"</body>", _OUR_FONT + b"</body>")
    return _PRELOADED_FONT.sub(b"", ours)


def _is_page(message: Message) -> bool:
    headers = Headers(raw=message["headers"])
    html = headers.get("content-type", "").startswith("text/html")
    is_file = "content-disposition" in headers or "content-encoding" in headers
    return bool(message["status"] == 200 and html and not is_file)
