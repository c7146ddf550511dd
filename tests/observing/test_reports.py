"""What is sent to Sentry: errors, where a project is named; nothing that is somebody's."""

import json
import logging

import pytest
import sentry_sdk
from sentry_sdk.transport import Transport

from dashboard.observing.reports import start_reporting
from data.config import load_settings
from data.errors import SettingsError

DSN = "https://0123456789abcdef@sentry.example/7"
HIDDEN = "a-lamp-that-nobody-may-see"


class Kept(Transport):
    """Keeps what would be sent."""

    sent: list = []  # noqa: RUF012

    def capture_envelope(self, envelope):
        self.sent.extend(item.get_event() or item.payload.json for item in envelope.items)


@pytest.fixture
def reporting(monkeypatch):
    def start(dsn=DSN):
        if dsn is None:
            monkeypatch.delenv("SENTRY_DSN", raising=False)
        else:
            monkeypatch.setenv("SENTRY_DSN", dsn)
        return start_reporting(load_settings(), transport=Kept)

    Kept.sent.clear()
    yield start
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)


def fail(password):
    raise RuntimeError(f"refused: password={password}")


def test_without_a_project_nothing_is_sent(reporting):
    assert not reporting(None)
    assert not sentry_sdk.get_client().is_active()
    logging.getLogger("some.library").error("an error")
    sentry_sdk.capture_message("an error")
    assert Kept.sent == []


def test_an_error_is_sent_without_secrets_values_or_person(reporting):
    assert reporting()
    assert not sentry_sdk.get_client().options["send_default_pii"]
    with sentry_sdk.isolation_scope() as scope:
        scope.set_user({"username": "mia", "email": "mia@example.com"})
        scope.set_extra("body", HIDDEN)
        scope.set_context("form", {"password_field": f"token={HIDDEN}"})
        try:
            fail(HIDDEN)
        except RuntimeError:
            logging.getLogger("some.library").exception("it failed for token=%s", HIDDEN)
    (event,) = Kept.sent
    told = json.dumps(event)
    assert event["exception"]["values"][0]["value"] == "refused: password=[removed]"
    assert event["exception"]["values"][0]["stacktrace"]["frames"][-1]["function"] == "fail"
    assert event["release"].startswith("daybook@")
    for hidden in (HIDDEN, "mia", "example.com"):
        assert hidden not in told


def test_no_local_variable_and_no_request_is_sent(reporting):
    reporting()
    try:
        fail(HIDDEN)
    except RuntimeError as error:
        sentry_sdk.capture_exception(error)
    (event,) = Kept.sent
    assert not {"request", "user", "extra", "breadcrumbs", "modules"} & event.keys()
    assert all("vars" not in frame for frame in event["exception"]["values"][0]["stacktrace"]["frames"])


@pytest.mark.parametrize("dsn", ["sentry.example", "https://sentry.example/7", "https://key@sentry.example/", "x y"])
def test_what_is_no_project_is_refused_and_not_repeated(reporting, dsn):
    with pytest.raises(SettingsError, match="SENTRY_DSN: must be https://KEY@HOST/PROJECT") as refused:
        reporting(dsn)
    assert dsn not in str(refused.value).replace("https://KEY@HOST/PROJECT", "")
