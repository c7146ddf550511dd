"""What a page says when something breaks: calm words and a number, never the error itself."""

import json
import logging
import re

import pytest
import streamlit as st
from psycopg.errors import ConnectionTimeout, QueryCanceled
from sqlalchemy.exc import OperationalError

from dashboard.asgi import _show_error
from dashboard.observing.logs import JsonLines


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OperationalError("select", {}, QueryCanceled("canceling statement")), "This question takes too long."),
        (OperationalError("select", {}, ConnectionTimeout("hidden-word")), "The database does not answer."),
        (ValueError("hidden-word"), "This page could not be shown."),
    ],
)
def test_each_kind_of_failure_has_its_own_words(monkeypatch, error, words):
    shown = []
    monkeypatch.setattr(st, "error", lambda text, **_: shown.append(text))
    assert _show_error(error)
    assert words in shown[0]
    assert "hidden-word" not in shown[0]
    assert "canceling" not in shown[0]


def test_the_number_on_the_page_is_the_one_in_the_log(monkeypatch, caplog):
    shown = []
    monkeypatch.setattr(st, "error", lambda text, **_: shown.append(text))
    caplog.handler.setFormatter(JsonLines())
    with caplog.at_level(logging.ERROR):
        _show_error(ValueError("what happened"))
    (event,) = map(json.loads, caplog.text.splitlines())
    assert f"the number **{event['request_id']}**" in shown[0]
    assert event["error"]["message"] == "what happened"
    assert re.fullmatch(r"[0-9a-f]{8}", event["request_id"])
