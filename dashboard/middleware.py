"""Plain ASGI middleware: the pre-login cookie, and headers that every answer carries. Websockets pass through."""

from __future__ import annotations

import re
import secrets
from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.auth.cookies import BROWSER, cookie_value, set_cookie

# How a document may be used is nothing to a script or a font, of which a first visit fetches two hundred.
OF_FILES = {"x-content-type-options": "nosniff"}
HEADERS = {
    **OF_FILES,
    "referrer-policy": "same-origin",
    "x-frame-options": "SAMEORIGIN",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
}


def content_policy() -> str:
    """What a page may load and run: our own files, and the few inline scripts of Streamlit's page, named by hash.

    Styles are inline in Streamlit's components; Vega and Plotly compile expressions, so evaluation stays allowed.
    """
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' 'unsafe-eval' 'wasm-unsafe-eval' blob: {' '.join(_inline_script_hashes())}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self' data: blob:",
            "worker-src 'self' blob:",
            "frame-src 'self'",
            "frame-ancestors 'self'",
            "form-action 'self'",
            "base-uri 'self'",
            "object-src 'none'",
        )
    )


def _inline_script_hashes() -> list[str]:
    page = files("streamlit").joinpath("static/index.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    return [f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts]


class FixedHeaders:
    """Adds the security headers to what programs are answered: no page, so no cookie and no policy of its contents."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and what is answered back with its headers."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self.headers]
            await send(message)

        await self.app(scope, receive, with_headers)


class AnswerHeaders:
    """Adds the security headers, and gives each browser its pre-login cookie with the first page it fetches."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.policy = content_policy()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and what is answered back with its headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        https = request.url.scheme == "https"
        known = cookie_value(request.cookies, BROWSER, https=https) is not None
        is_file = request.url.path.startswith("/static/")
        asks_for_a_page = "text/html" in request.headers.get("accept", "")

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in (OF_FILES if is_file else HEADERS).items():
                    headers.setdefault(name, value)
                is_page = headers.get("content-type", "").startswith("text/html")
                if is_page:
                    headers.setdefault("content-security-policy", self.policy)
                # A browser that was closed has lost the cookie and kept the page: it is told that nothing is new.
                if not known and (is_page or (asks_for_a_page and message["status"] == 304)):
                    headers.append("set-cookie", set_cookie(BROWSER, secrets.token_urlsafe(32), https=https))
            await send(message)

        await self.app(scope, receive, with_headers)
