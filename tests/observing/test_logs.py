"""What the log says, and what it must not say."""

import io
import json
import logging
import threading
import warnings

import pytest
import sqlalchemy as sa
from fastapi import FastAPI, Form, Header
from fastapi.testclient import TestClient

from dashboard.observing.logs import JsonLines, TextLines, own_every_logger, start_logging
from dashboard.observing.middleware import Observed
from dashboard.observing.request_ids import current, request_id
from dashboard.observing.scrubbing import scrubbed
from data.db import Database

PASSWORD = "a-lamp-that-nobody-may-see"
TOKEN = "dbk_7d0a63b1f5c94e21"


@pytest.fixture
def written(monkeypatch):
    """What start_logging lets through, with everything put back afterwards."""
    root = logging.getLogger()
    kept = (root.handlers[:], root.level, threading.excepthook, warnings.showwarning)
    levels = {name: logging.getLogger(name).level for name in ("daybook",)}
    text = io.StringIO()

    def start(format_="json"):
        start_logging(format_)
        for handler in root.handlers:
            handler.setStream(text)
        return text

    yield start
    logging.captureWarnings(False)
    root.handlers, threading.excepthook = kept[0], kept[2]
    root.setLevel(kept[1])
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def events(text):
    return [json.loads(line) for line in text.getvalue().splitlines()]


@pytest.fixture
def client():
    """An application that fails in the ways that could tell a secret."""
    app = FastAPI()
    app.add_middleware(Observed)

    @app.post("/login/{name}")
    def login(name: str, password: str = Form(), authorization: str = Header()) -> str:
        logging.getLogger("some.library").warning(
            "refused password=%s of %s by %s at /login/%s?next=%s",
            password,
            "mia@example.com",
            authorization,
            name,
            TOKEN,
        )
        return "in"

    @app.post("/broken")
    def broken(password: str = Form()) -> str:
        raise ValueError(f"cannot read {{'password': '{password}', 'token': \"{TOKEN}\"}}")

    return TestClient(app, raise_server_exceptions=False)


class TestNothingSecret:
    @pytest.mark.parametrize("format_", ["json", "text"])
    def test_a_posted_password_and_a_token_are_nowhere(self, written, client, format_):
        text = written(format_)
        headers = {"authorization": f"Bearer {TOKEN}", "cookie": f"__Host-session={TOKEN}"}
        assert client.post(f"/login/mia?token={TOKEN}", data={"password": PASSWORD}, headers=headers).text == '"in"'
        assert client.post(f"/broken?token={TOKEN}", data={"password": PASSWORD}, headers=headers).status_code == 500
        assert "refused" in text.getvalue()
        assert "cannot read" in text.getvalue()
        for hidden in (PASSWORD, TOKEN, "mia@example.com"):
            assert hidden not in text.getvalue()

    def test_a_failed_statement_does_not_quote_its_values(self, written, database: Database):
        text = written()
        name = "a.person@example.com"
        insert = sa.text("insert into accounts.accounts (username, display_name, password_hash, role) "
                         "values (:name, :name, :hash, 'analyst')")  # fmt: skip
        for _ in range(2):
            try:
                with database.accounts() as conn:
                    conn.execute(insert, {"name": name, "hash": PASSWORD})
            except sa.exc.IntegrityError:
                logging.getLogger("some.library").exception("the account was not made")
        assert [event["event"] for event in events(text)] == ["the account was not made"]
        assert events(text)[0]["error"]["type"] == "sqlalchemy.exc.IntegrityError"
        assert "uq_accounts_username" in text.getvalue()
        assert PASSWORD not in text.getvalue()
        assert name not in text.getvalue()

    @pytest.mark.parametrize(
        ("text", "left"),
        [
            ("postgresql://daybook:hidden@db/daybook is away", "postgresql://[removed]@db/daybook is away"),
            ("Authorization: Bearer hidden", "Authorization: [removed]"),
            ('{"access_token": "hidden", "n": 1}', '{"access_token": [removed], "n": 1}'),
            ("password='hidden' user", "password=[removed] user"),
            ("DAYBOOK_ADMIN_PASSWORD=hidden", "DAYBOOK_ADMIN_PASSWORD=[removed]"),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtaWEifQ.hidden-1 expired", "[removed] expired"),
            ("GET /overview?store=367&q=hidden 200", "GET /overview?[removed] 200"),
            ("mail to hidden.name@shop.example failed", "mail to [removed] failed"),
            ("DETAIL:  Key (username)=(hidden) already exists.", "DETAIL: [removed]"),
            ("[parameters: {'a': 'hidden'}]", "[parameters: [removed]]"),
            ("a question? yes; net_sales: 5", "a question? yes; net_sales: 5"),
        ],
    )
    def test_what_is_taken_out_and_what_stays(self, text, left):
        assert scrubbed(text).replace("DETAIL:  ", "DETAIL: ") == left
        assert scrubbed(scrubbed(text)) == scrubbed(text)


class TestRequests:
    def test_each_request_is_an_event_with_its_template_and_number(self, written, client):
        text = written()
        answer = client.post("/login/mia?x=1", data={"password": "p"}, headers={"authorization": "x"})
        event = next(event for event in events(text) if event["event"] == "request")
        assert event["request_id"] == answer.headers["x-request-id"]
        assert (event["method"], event["route"], event["status"]) == ("POST", "/login/{name}", 200)
        assert event["duration_ms"] > 0
        assert {event["request_id"] for event in events(text)} == {answer.headers["x-request-id"]}

    def test_a_failure_is_answered_with_the_number_that_the_log_has(self, written, client):
        text = written()
        answer = client.post("/broken", data={"password": "p"}, headers={"x-request-id": "from-the-proxy.1"})
        assert (answer.status_code, answer.headers["x-request-id"]) == (500, "from-the-proxy.1")
        failed = next(event for event in events(text) if "error" in event)
        assert (failed["request_id"], failed["level"]) == ("from-the-proxy.1", "error")
        assert any(frame.endswith(" broken") for frame in failed["error"]["stack"])

    @pytest.mark.parametrize("given", ["short", "x" * 65, 'a"quoted"number', "a number", "<script>1234", "über-12345"])
    def test_a_number_that_is_not_fit_to_be_written_is_replaced(self, given):
        assert request_id(given) != given
        assert request_id("0123abcd-e.f:g_1") == "0123abcd-e.f:g_1"

    def test_people_see_no_line_for_each_request(self, written, client):
        text = written("text")
        client.post("/login/x", data={"password": "p"}, headers={"authorization": "x"})
        assert len(text.getvalue().splitlines()) == 1

    def test_the_number_is_gone_after_the_request(self, client):
        client.post("/login/x", data={"password": "p"}, headers={"authorization": "x"})
        assert current.get() is None


class TestLines:
    def record(self, message, **extra):
        return logging.makeLogRecord({"name": "n", "levelname": "INFO", "msg": message, "created": 0.0, **extra})

    def test_an_event_of_several_lines_is_one_line_of_json(self):
        line = JsonLines().format(self.record("one\ntwo\u2028three"))
        assert len(line.splitlines()) == 1
        assert json.loads(line) == {
            "time": "1970-01-01T00:00:00.000+00:00", "level": "info", "logger": "n", "event": "one\ntwo\u2028three"
        }  # fmt: skip

    def test_people_read_time_level_and_logger(self):
        assert TextLines().format(self.record("the disk is full")).endswith(" INFO n the disk is full")

    def test_a_thread_that_fails_and_a_warning_are_events_too(self, written):
        text = written()
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
        warnings.warn("old style", stacklevel=1)
        first, second = events(text)
        assert (first["event"], first["error"]["type"]) == ("a thread failed", "builtins.ZeroDivisionError")
        assert (second["logger"], "old style" in second["event"]) == ("py.warnings", True)

    def test_a_framework_that_brought_a_handler_of_its_own_writes_through_ours(self, written):
        other, own = logging.getLogger("some.framework"), io.StringIO()
        other.addHandler(logging.StreamHandler(own))
        other.propagate = False
        text = written()
        own_every_logger()
        other.warning("told")
        assert (own.getvalue(), [event["event"] for event in events(text)]) == ("", ["told"])
