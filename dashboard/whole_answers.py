"""Takes an answer whole before it is sent, for middleware that sends another content in its place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

Change = Callable[[Message, bytes], Awaitable[bytes]]


class WholeAnswer:
    """Stands for `send`: an answer that is `wanted`, by its start, goes on with what `change` makes of its content."""

    def __init__(self, send: Send, wanted: Callable[[Message], bool], change: Change) -> None:
        self.send, self.wanted, self.change = send, wanted, change
        self.start: Message | None = None
        self.parts: list[bytes] = []

    async def __call__(self, message: Message) -> None:
        """Take the next message of the answer."""
        if message["type"] == "http.response.start" and self.wanted(message):
            self.start = message
        elif self.start is None:
            await self.send(message)
        else:
            self.parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                await self._finish(self.start)

    async def _finish(self, start: Message) -> None:
        body = await self.change(start, b"".join(self.parts))
        headers = MutableHeaders(scope=start)
        headers["content-length"] = str(len(body))
        del headers["accept-ranges"]  # of the content that it was
        await self.send(start)
        await self.send({"type": "http.response.body", "body": body})
