"""What is sent before anybody can have logged in takes no more memory than a request needs."""

import http.client
import socket
import threading
import time

import pytest
import uvicorn
from starlette.responses import PlainTextResponse

from dashboard.bounded_headers import MOST_BYTES, BoundedHeaders
from tests.browser.live import free_port

REQUEST = b"POST / HTTP/1.1\r\nhost: daybook\r\ncontent-length: %d\r\n"


@pytest.fixture(scope="module")
def port():
    port = free_port()
    config = uvicorn.Config(PlainTextResponse("answered"), port=port, log_level="critical", http=BoundedHeaders)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield port
    server.should_exit = True
    thread.join()


def answered(port, *parts):
    """What comes back for the parts, sent one after the other on one connection; the end of it may be lost."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        for part in parts:
            try:
                connection.sendall(part)
            except OSError:
                break
            time.sleep(0.01)
        return connection.recv(65_536)


def test_headers_that_do_not_end_are_refused(port):
    lines = [b"x-more: " + b"a" * 8000 + b"\r\n"] * 20
    assert answered(port, REQUEST % 0, *lines).startswith(b"HTTP/1.1 400")


def test_neither_does_one_that_goes_on_and_on_pass(port):
    assert answered(port, REQUEST % 0 + b"x-more: ", *[b"a" * 8000] * 20).startswith(b"HTTP/1.1 400")


def test_a_body_may_be_longer_than_headers(port):
    body = b"a" * 2 * MOST_BYTES
    first = answered(port, REQUEST % len(body) + b"\r\n", body[:MOST_BYTES], body[MOST_BYTES:])
    assert first.startswith(b"HTTP/1.1 200")


def test_headers_of_many_requests_are_not_counted_together(port):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for _ in range(5):
        connection.request("GET", "/", headers={"x-more": "a" * 20_000})
        assert connection.getresponse().read() == b"answered"
    connection.close()
