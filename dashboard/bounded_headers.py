"""HTTP/1.1 parsed in C, as uvicorn does it, and what may stand before a body bounded, as it does in Python alone."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_BYTES = 64 * 1024


class BoundedHeaders(HttpToolsProtocol):
    """Answers 400 to a request line and headers of more than MOST_BYTES, and keeps no more of them than comes at once.

    Nobody has logged in by then, and the parser would keep whatever is sent.
    """

    _before_body = True
    _seen = 0

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._before_body = True

    def on_headers_complete(self) -> None:
        """Its headers have ended."""
        super().on_headers_complete()
        self._before_body, self._seen = False, 0

    def data_received(self, data: bytes) -> None:
        """Take in what was sent, unless headers go on and on."""
        super().data_received(data)
        if not self._before_body or self.transport.is_closing():
            return
        self._seen += len(data)
        if self._seen > MOST_BYTES:
            self.send_400_response("Request line and headers are too long.")
