"""Mail and webhooks: what they hold, that they arrive, are tried again, are signed, and give no secret away."""

import hashlib
import hmac
import json
import logging
import socketserver
import threading
from collections.abc import Iterator
from decimal import Decimal
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import sqlalchemy as sa

from dashboard.watching.check import check_watches
from dashboard.watching.messages import SIGNATURE, send_pending
from data.config import Settings
from data.watches.keeping import events_of, make_watch
from data.watches.rules import Kind, Rule
from data.watches.sending import MOST_ATTEMPTS
from tests.changes.shop import edit

DAIRY = "p=all&f=department.in%3ADAIRY&r=-"


class Mailbox(socketserver.ThreadingTCPServer):
    """A mail server that keeps what it is handed, or refuses it."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Smtp)
        self.mails: list[bytes] = []
        self.refuses = False


class _Smtp(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.mails.append(b"".join(lines))
            elif word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            refused = word == b"MAIL" and self.server.refuses
            self.wfile.write(b"550 no\r\n" if refused else b"250 ok\r\n")


class Hook(HTTPServer):
    """A receiver that keeps what it is posted, and answers as told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Posted)
        self.posts: list[tuple[dict[str, str], bytes]] = []
        self.status = 200


class _Posted(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.posts.append((dict(self.headers.items()), body))
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def running(server) -> Iterator:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def mailbox():
    yield from running(Mailbox())


@pytest.fixture
def hook():
    yield from running(Hook())


@pytest.fixture
def told(database, view, mailbox, hook):
    """A watch that has told, and the settings that let it be sent."""
    origin = f"http://127.0.0.1:{hook.server_port}"
    rule = Rule(Kind.AMOUNT, Decimal(1), "ann@example.com", f"{origin}/hidden-word")
    with database.accounts() as conn:
        make_watch(conn, rule, account_id=1, view_id=view(DAIRY, "Dairy \N{SNOWMAN}"), revision=3)
    edit(database, "products", "10", category="FUEL > GAS")
    check_watches(database)
    return Settings(
        SMTP_URL=f"smtp://127.0.0.1:{mailbox.server_address[1]}",
        DAYBOOK_MAIL_FROM="daybook@example.com",
        DAYBOOK_PUBLIC_URL="https://daybook.example.com",
        DAYBOOK_WEBHOOK_ORIGINS=origin,
        DAYBOOK_WEBHOOK_SECRET="sign-me",
    )


def event(database):
    with database.accounts() as conn:
        return events_of(conn, account_id=1)[0]


def test_mail_holds_the_explanation(database, told, mailbox):
    assert send_pending(database, told) == 1
    (raw,) = mailbox.mails
    mail = message_from_bytes(raw, policy=policy.default)
    assert (mail["to"], mail["from"]) == ("ann@example.com", "daybook@example.com")
    assert mail["subject"] == "Dairy \N{SNOWMAN}: net sales −3.00"
    text = mail.get_content()
    assert "It was 4.25 and is 1.25: −3.00." in text
    assert "Revision 4" in text
    assert "Why: https://daybook.example.com/explain?" in text


def test_a_webhook_gets_json_that_is_signed(database, told, hook):
    send_pending(database, told)
    ((headers, body),) = hook.posts
    assert headers[SIGNATURE] == hmac.new(b"sign-me", body, hashlib.sha256).hexdigest()
    said = json.loads(body)
    assert (said["before"], said["after"], said["change"]) == ("4.25", "1.25", "−3.00")
    assert said["parts"][0]["amount"] == "−3.00"
    assert said["address"].startswith("https://daybook.example.com/explain?")


def test_what_arrived_is_not_sent_again(database, told, mailbox, hook):
    assert [send_pending(database, told) for _ in range(3)] == [1, 0, 0]
    assert (len(mailbox.mails), len(hook.posts)) == (1, 1)


def test_what_fails_is_told_and_tried_again_where_it_failed_alone(database, told, mailbox, hook):
    mailbox.refuses = True
    assert send_pending(database, told) == 0
    assert event(database).problem == "mail: SMTPSenderRefused"
    mailbox.refuses = False
    assert send_pending(database, told) == 1
    assert event(database).problem == ""
    assert (len(mailbox.mails), len(hook.posts)) == (1, 1)


def test_it_is_given_up_after_some_attempts(database, told, hook):
    hook.status = 500
    for _ in range(MOST_ATTEMPTS + 3):
        send_pending(database, told)
    assert len(hook.posts) == MOST_ATTEMPTS
    assert event(database).problem == "webhook: HTTPStatusError"


def test_a_redirect_is_not_followed(database, told, hook):
    hook.status = 302
    send_pending(database, told)
    assert len(hook.posts) == 1
    assert event(database).problem == "webhook: HTTPStatusError"


def test_an_origin_that_is_allowed_no_more_is_not_called(database, told, hook):
    send_pending(database, told.model_copy(update={"webhook_origins": "https://hooks.example.com"}))
    assert hook.posts == []
    assert event(database).problem == "webhook: InvalidWatch"


def test_without_a_server_mail_says_so(database, told, mailbox):
    send_pending(database, told.model_copy(update={"smtp_url": None}))
    assert mailbox.mails == []
    assert event(database).problem == "mail: InvalidWatch"


def test_neither_webhooks_nor_secrets_reach_the_log(database, told, hook, caplog):
    caplog.set_level(logging.INFO)  # what an operator would turn on
    hook.status = 500
    send_pending(database, told)
    said = " ".join(record.getMessage() for record in caplog.records)
    assert "hidden-word" not in said
    assert "sign-me" not in said
    with database.accounts() as conn:
        assert "hidden-word" not in str(conn.execute(sa.text("select problem from accounts.watch_events")).all())
