"""Links from before there was a home page: what asks the first page for dates or filters means Overview."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.past.words import PARAM
from dashboard.selection import PARAMS

OVERVIEW = "/overview"
STAY = "home"  # a link to the home page as of a revision says so, for a revision alone was Overview's, too
_OVERVIEWS = frozenset({*PARAMS, PARAM})


class OldLinks:
    """Sends the browser on before any page is made, so that going back does not lead here again."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with Overview's address."""
        query = scope.get("query_string", b"").decode("latin-1")
        if scope["type"] == "http" and scope["path"] == "/" and is_overviews(query):
            await RedirectResponse(f"{OVERVIEW}?{query}", status_code=307)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def is_overviews(query: str) -> bool:
    """Whether what stands after the question mark was written by Overview while it was the first page."""
    names = {name for name, _ in parse_qsl(query, keep_blank_values=True)}
    return STAY not in names and not names.isdisjoint(_OVERVIEWS)
