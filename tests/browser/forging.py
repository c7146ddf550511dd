"""A client that speaks to the application as a browser does, and sends what no browser would."""

from __future__ import annotations

import json
from typing import Any, Self

from playwright.sync_api import Page
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect


class Forger:
    """One websocket under the session of a logged-in page."""

    def __init__(self, page: Page, address: str, path: str, query: str = "") -> None:
        cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in page.context.cookies())
        self.path, self.query = path, query
        self.editors: list[str] = []
        self.said: list[str] = []
        self.buttons: dict[str, str] = {}
        self.inputs: dict[str, str] = {}
        self._connection = connect(
            f"ws://{address.removeprefix('http://')}/_stcore/stream",
            subprotocols=["streamlit"],  # type: ignore[list-item]
            origin=address,  # type: ignore[arg-type]
            additional_headers={"Cookie": cookies},
            max_size=None,
        )

    def __enter__(self) -> Self:
        self._socket = self._connection.__enter__()
        self.run({})
        return self

    def __exit__(self, *error: Any) -> None:
        self._connection.__exit__(*error)

    def edit(
        self, rows: dict[str, dict[str, Any]], *, editor: int = 0, added: list[dict[str, Any]] | None = None
    ) -> str:
        """Send edits of the grid, places by column and value; gives what the page says then."""
        state = {"edited_rows": rows, "added_rows": added or [], "deleted_rows": []}
        self.run({self.editors[editor]: json.dumps(state)})
        return " ".join(self.said)

    def click(self, label: str) -> str:
        """Press a button, also one that is disabled or out of sight; gives what the page says then."""
        self.run({}, pressed=self.buttons[label])
        return " ".join(self.said)

    def type(self, label: str, text: str) -> str:
        """Type into a field; gives what the page says then."""
        self.run({self.inputs[label]: text})
        return " ".join(self.said)

    def run(self, widgets: dict[str, str], *, pressed: str | None = None) -> None:
        """Let the page run with these values, and note its grids, buttons, fields and messages."""
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.page_name = self.path
        for name, value in widgets.items():
            widget = message.rerun_script.widget_states.widgets.add()
            widget.id, widget.string_value = name, value
        if pressed is not None:
            widget = message.rerun_script.widget_states.widgets.add()
            widget.id, widget.trigger_value = pressed, True
        self._socket.send(message.SerializeToString())
        self.editors, self.said, self.buttons, self.inputs = [], [], {}, {}
        self._listen()

    def _listen(self) -> None:
        while True:
            message = ForwardMsg()
            received = self._socket.recv(30)
            message.ParseFromString(received if isinstance(received, bytes) else received.encode())
            kind = message.WhichOneof("type")
            if kind == "script_finished":
                return
            if kind == "delta":
                self._note(message.delta.new_element)

    def _note(self, element: Any) -> None:
        kind = element.WhichOneof("type")
        if kind == "dataframe" and element.dataframe.editing_mode:
            self.editors.append(element.dataframe.id)
        elif kind == "button":
            self.buttons[element.button.label] = element.button.id
        elif kind == "text_input":
            self.inputs[element.text_input.label] = element.text_input.id
        elif kind in {"alert", "exception"}:
            self.said.append(element.alert.body if kind == "alert" else f"EXCEPTION {element.exception.message}")
