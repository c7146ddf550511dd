"""Plain ASGI middleware around every other: numbers, times and tells each request. Websockets pass through."""

from __future__ import annotations

import logging
from time import perf_counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.observing.figures import HTTP_SECONDS
from dashboard.observing.request_ids import HEADER, current, request_id
from dashboard.observing.routes import method_of, route_of

_SEEN = "daybook.observed"
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})  # asked for every few seconds
_log = logging.getLogger("daybook.request")


class Observed:
    """Gives each request its number, keeps its time, and tells it to the log; query and body are left alone."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; one that was met before, on its way to a mounted application, is left alone."""
        if scope["type"] != "http" or _SEEN in scope:
            await self.app(scope, receive, send)
            return
        request = scope[_SEEN] = _Request(request_id(Headers(scope=scope).get(HEADER)), send)
        token = current.set(request.number)
        try:
            await self.app(scope, receive, request.send)
        except Exception:
            if request.status is None:  # the server would answer without the number that the visitor should tell
                _log.exception("a request failed")
                text = f"Something went wrong. Tell an administrator the number {request.number}."
                await PlainTextResponse(text, status_code=500)(scope, receive, request.send)
            raise
        finally:
            request.ended(scope)
            current.reset(token)


class _Request:
    """A request under way."""

    def __init__(self, number: str, send: Send) -> None:
        self.number = number
        self.status: int | None = None
        self._send = send
        self._began = perf_counter()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)[HEADER] = self.number
        await self._send(message)

    def ended(self, scope: Scope) -> None:
        seconds, method, route = perf_counter() - self._began, method_of(scope), route_of(scope)
        status = self.status or 499  # the visitor left before there was an answer
        HTTP_SECONDS.labels(method, route, str(status)).observe(seconds)
        level = logging.DEBUG if route in _QUIET else logging.INFO
        told = {"method": method, "route": route, "status": status, "duration_ms": round(seconds * 1000, 1)}
        _log.log(level, "request", extra={"told": told})
