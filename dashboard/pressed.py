"""Streamlit's scripts and styles by Brotli: at once, and once for all in what it can do best.

They are three quarters of a first visit and never change under a name, which holds their digest. Pressing a large one
hard takes up to ten seconds, so that the first who asks gets it pressed lightly, where `pressing` was not done with it;
a thread of the lowest priority then does it well, and keeps it in a folder for every later start.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import secrets
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from queue import SimpleQueue

import brotli
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.icons import FONT, font_apart, words_used
from dashboard.pressing import BEST, SHIPPED, icons_name
from dashboard.whole_answers import WholeAnswer

AT_ONCE, WELL = 5, 10  # what is small can be pressed well at once
_LEAST_BYTES, _SMALL_BYTES = 1024, 100_000
_NAMED_BY_DIGEST = re.compile(r"/static/(?:js|css)/([\w.-]+\.[\w-]{8}\.(?:js|css))\Z", re.ASCII)
_log = logging.getLogger(__name__)


class Press:
    """Prepared files by name; safe to use from several threads. Without a folder, nothing outlives the process."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._ready: dict[str, bytes] = {}
        self._light: dict[str, bytes] = {}
        self._waiting: SimpleQueue[tuple[str, Callable[[], bytes]]] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._asked: set[str] = set()

    def found(self, name: str) -> bytes | None:
        """What was prepared before, in this process or in one before it."""
        for folder in (self.folder, SHIPPED):
            if name not in self._ready and folder is not None:
                with suppress(OSError):
                    self._ready[name] = (folder / name).read_bytes()
        return self._ready.get(name) or self._light.get(name)

    def press(self, name: str, content: bytes) -> bytes:
        """Press lightly, and have it pressed well later on; what is small, well at once."""
        if len(content) < _SMALL_BYTES:
            self._ready[name] = brotli.compress(content, quality=WELL)
            self._keep(name)
            return self._ready[name]
        light: bytes = brotli.compress(content, quality=AT_ONCE)
        self._light[name] = light
        self.later(name, lambda: brotli.compress(content, quality=BEST))
        return light

    def later(self, name: str, prepare: Callable[[], bytes]) -> None:
        """Prepare a file when nothing else is to be done, once, to be found from then on."""
        with self._lock:
            if name in self._asked:
                return
            self._asked.add(name)
            self._waiting.put((name, prepare))
            if self._thread is None:
                self._thread = threading.Thread(target=self._prepare, name="pressing files", daemon=True)
                self._thread.start()

    def _prepare(self) -> None:
        if sys.platform == "linux":  # where a priority is a thread's own
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
        while True:  # what is prepared here leaves Python to the pages: it is compiled, or a process apart
            name, prepare = self._waiting.get()
            if self.found(name) is not self._light.get(name):  # pressed beside us meanwhile
                continue
            try:
                self._ready[name] = prepare()
            except Exception:  # a font or script of another make: it goes out as it is
                _log.warning("%s could not be prepared", name, exc_info=True)
            else:
                self._keep(name)

    def _keep(self, name: str) -> None:
        if self.folder is None:
            return
        draft = self.folder / f".{name}.{secrets.token_hex(4)}"
        with suppress(OSError):  # a full or foreign disk: the next start prepares it again
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                draft.write_bytes(self._ready[name])
                draft.replace(self.folder / name)
            finally:
                draft.unlink(missing_ok=True)


class PressedFiles:
    """Plain ASGI middleware: Streamlit's own scripts and styles go out by Brotli where a browser takes it.

    Its icon font has the icons alone that are used. Which these are changes with Daybook and not with the font's name,
    so that a browser asks whether it is still the same.
    """

    def __init__(self, app: ASGIApp, press: Press) -> None:
        self.app = app
        self.press = press

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; a whole file that is named by its digest comes back prepared."""
        if scope["type"] != "http" or scope["method"] != "GET" or "range" in Headers(scope=scope):
            await self.app(scope, receive, send)
        elif FONT.search(scope["path"]):
            await self._send_icons(scope, receive, send)
        elif (name := _pressable(scope)) is not None:
            await self.app(scope, receive, WholeAnswer(send, _is_whole, partial(self._pressed, name)))
        else:
            await self.app(scope, receive, send)

    async def _pressed(self, name: str, start: Message, content: bytes) -> bytes:
        body = self.press.found(name)
        if body is None:
            body = await asyncio.to_thread(self.press.press, name, content)
        headers = MutableHeaders(scope=start)
        headers["content-encoding"] = "br"
        del headers["last-modified"]  # it never changes under its name, and two hundred of these are ten kilobytes
        headers.add_vary_header("Accept-Encoding")
        return body

    async def _send_icons(self, scope: Scope, receive: Receive, send: Send) -> None:
        words = await asyncio.to_thread(words_used)
        name = icons_name(words, scope["path"].rpartition("/")[2])
        body, tag = self.press.found(name), f'"{name}"'
        if body is not None:
            known = Headers(scope=scope).get("if-none-match") == tag
            headers = {"content-type": "font/woff2", "cache-control": "no-cache", "etag": tag}
            answer = Response(None if known else body, 304 if known else 200, headers)
            await answer(scope, receive, send)
            return

        async def as_it_is(start: Message, content: bytes) -> bytes:
            MutableHeaders(scope=start)["cache-control"] = "no-cache"
            self.press.later(name, lambda: font_apart(content))
            return content

        await self.app(scope, receive, WholeAnswer(send, _is_whole, as_it_is))


def _pressable(scope: Scope) -> str | None:
    takes = {part.partition(";")[0].strip() for part in Headers(scope=scope).get("accept-encoding", "").split(",")}
    found = _NAMED_BY_DIGEST.search(scope["path"])
    return f"{found[1]}.br" if found and "br" in takes else None


def _is_whole(message: Message) -> bool:
    headers = Headers(raw=message["headers"])
    large = int(headers.get("content-length", "0")) >= _LEAST_BYTES
    return message["status"] == 200 and large and "content-encoding" not in headers
