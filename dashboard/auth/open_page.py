"""One open page: a websocket between a browser and Streamlit, which can be turned into the login from outside."""

from __future__ import annotations

import asyncio

from google.protobuf.message import DecodeError
from starlette.types import Message, Receive, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

OVER = 4401  # of the codes that are an application's own, the one that resembles HTTP's 401
PATIENCE_S = 0.8
_SMALL = 4096


class OpenPage:
    """Passes messages on in both directions, until its session is over.

    From then on nothing is sent but runs of the whole page that begin later, which are the login. One is asked for
    here, as the browser would ask. Where none begins soon, since the page waits for a long query, the browser is told
    to load the page again.
    """

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._incoming: asyncio.Task[Message] | None = None
        self._over = asyncio.Event()
        self._asked = BackMsg()  # what the browser asked for last: of which page, and with which query
        self._has_asked = self._accepted = self._silent = self._again = self._closed = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def receive(self) -> Message:
        """The browser's next message; once the session is over, first the one that asks for the login."""
        if self._incoming is None:
            self._incoming = asyncio.ensure_future(self._receive())
        if not self._has_asked:
            over = asyncio.ensure_future(self._over.wait())
            await asyncio.wait({self._incoming, over}, return_when=asyncio.FIRST_COMPLETED)
            over.cancel()
        if self._over.is_set() and not self._has_asked:
            self._has_asked = True
            if self._asked.HasField("rerun_script"):
                return {"type": "websocket.receive", "bytes": self._asked.SerializeToString()}
        message = await self._incoming
        self._incoming = None
        self._remember(message)
        return message

    async def send(self, message: Message) -> None:
        """Pass a message of the page's on, unless it is of what was drawn for the session that is over."""
        if self._closed or self._is_of_the_past(message):
            return
        self._closed = message["type"] == "websocket.close"
        await self._send(message)
        if message["type"] == "websocket.accept":
            self._accepted = True
            if self._again:
                await self.load_again()

    def end(self) -> None:
        """The session is over: say nothing more of what it saw, and show the login."""
        self._silent = True
        self._over.set()
        patience = asyncio.ensure_future(self._be_patient())
        self._tasks.add(patience)  # or it could be collected before it is done

    async def load_again(self) -> None:
        """Let the browser load the page again, and close it; one that is just being opened, as soon as it is open."""
        self._again = True
        if self._accepted and not self._closed:
            self._closed = True
            again = ForwardMsg()
            again.auth_redirect.url = ""  # where the browser is
            again.auth_redirect.SetInParent()
            await self._send({"type": "websocket.send", "bytes": again.SerializeToString()})
            await self._send({"type": "websocket.close", "code": OVER, "reason": "The session is over"})

    def forget(self) -> None:
        """The connection is gone."""
        for task in (self._incoming, *self._tasks):
            if task is not None:
                task.cancel()

    async def _be_patient(self) -> None:
        await asyncio.sleep(PATIENCE_S)
        if self._silent:
            await self.load_again()

    def _remember(self, message: Message) -> None:
        told = BackMsg()
        try:
            told.ParseFromString(message.get("bytes") or b"")
        except DecodeError:
            return
        if told.HasField("rerun_script"):
            for of_the_run in ("widget_states", "fragment_id", "is_auto_rerun", "cached_message_hashes"):
                told.rerun_script.ClearField(of_the_run)
            self._asked = told

    def _is_of_the_past(self, message: Message) -> bool:
        content = message.get("bytes") or b""
        if message["type"] != "websocket.send" or (len(content) > _SMALL and not self._silent):
            return False
        told = ForwardMsg()
        told.ParseFromString(content)
        if told.HasField("page_info_changed"):
            self._asked.rerun_script.query_string = told.page_info_changed.query_string
        if told.HasField("new_session") and not told.metadata.run.fragment_ids:
            self._silent = False
        return self._silent
