"""Plain ASGI in front of the pages: what programs ask for goes to the HTTP API, everything else to the pages."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.api.app import ROOT

_BEFORE, _ALSO = f"{ROOT.rpartition('/')[0]}/", frozenset({"/healthz", "/readyz", "/metrics"})


class Apart:
    """Sends each request to one of two applications; the start and the end are told to the pages, who run the work."""

    def __init__(self, api: ASGIApp, pages: ASGIApp) -> None:
        self.api = api
        self.pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on to the API or to the pages."""
        is_asked = scope["type"] == "http" and (scope["path"].startswith(_BEFORE) or scope["path"] in _ALSO)
        await (self.api if is_asked else self.pages)(scope, receive, send)
