"""Streamlit's scripts and styles by Brotli: at once, and once for all in what it can do best.

They are three quarters of a first visit and never change under a name, which holds their digest. Pressing one hard
takes up to ten seconds, so that the first who asks gets it pressed lightly; a thread of the lowest priority then does
it well, and keeps it in a folder for every later start.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import sys
import threading
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue

import brotli
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

AT_ONCE, BEST = 5, 11
_LEAST_BYTES = 1024
_NAMED_BY_DIGEST = re.compile(r"/static/(?:js|css)/([\w.-]+\.[\w-]{8}\.(?:js|css))\Z", re.ASCII)


class Press:
    """Pressed files by name; safe to use from several threads. Without a folder, nothing outlives the process."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._pressed: dict[str, bytes] = {}
        self._waiting: SimpleQueue[tuple[str, bytes]] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def found(self, name: str) -> bytes | None:
        """What was pressed before, in this process or in one before it."""
        if name not in self._pressed and self.folder is not None:
            try:
                self._pressed[name] = (self.folder / f"{name}.br").read_bytes()
            except OSError:
                return None
        return self._pressed.get(name)

    def press(self, name: str, content: bytes) -> bytes:
        """Press lightly, and have it pressed well later on."""
        light: bytes = brotli.compress(content, quality=AT_ONCE)
        self._pressed[name] = light
        self._waiting.put((name, content))
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._press_well, name="pressing files", daemon=True)
                self._thread.start()
        return light

    def _press_well(self) -> None:
        if sys.platform == "linux":  # where a priority is a thread's own
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
        while True:
            name, content = self._waiting.get()
            self._pressed[name] = brotli.compress(content, quality=BEST)
            self._keep(name)

    def _keep(self, name: str) -> None:
        if self.folder is None:
            return
        draft = self.folder / f".{name}.{secrets.token_hex(4)}"
        with suppress(OSError):  # a full or foreign disk: the next start presses it again
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                draft.write_bytes(self._pressed[name])
                draft.replace(self.folder / f"{name}.br")
            finally:
                draft.unlink(missing_ok=True)


class PressedFiles:
    """Plain ASGI middleware: Streamlit's own scripts and styles go out by Brotli where a browser takes it."""

    def __init__(self, app: ASGIApp, press: Press) -> None:
        self.app = app
        self.press = press

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; a whole file that is named by its digest comes back pressed."""
        name = _pressable(scope)
        if name is None:
            await self.app(scope, receive, send)
        else:
            await self.app(scope, receive, _Pressing(name, self.press, send))


class _Pressing:
    """Takes a file's answer, and sends it on pressed."""

    def __init__(self, name: str, press: Press, send: Send) -> None:
        self.name, self.press, self.send = name, press, send
        self.start: Message | None = None
        self.parts: list[bytes] = []

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_whole(message):
            self.start = message
        elif self.start is None:
            await self.send(message)
        else:
            self.parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                await self._finish(self.start)

    async def _finish(self, start: Message) -> None:
        body = self.press.found(self.name)
        if body is None:
            body = await asyncio.to_thread(self.press.press, self.name, b"".join(self.parts))
        headers = MutableHeaders(scope=start)
        headers["content-encoding"] = "br"
        headers["content-length"] = str(len(body))
        headers.add_vary_header("Accept-Encoding")
        del headers["accept-ranges"]
        await self.send(start)
        await self.send({"type": "http.response.body", "body": body})


def _pressable(scope: Scope) -> str | None:
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    headers = Headers(scope=scope)
    takes = {part.partition(";")[0].strip() for part in headers.get("accept-encoding", "").split(",")}
    found = _NAMED_BY_DIGEST.search(scope["path"])
    return found[1] if found and "br" in takes and "range" not in headers else None


def _is_whole(message: Message) -> bool:
    headers = Headers(raw=message["headers"])
    large = int(headers.get("content-length", "0")) >= _LEAST_BYTES
    return message["status"] == 200 and large and "content-encoding" not in headers
