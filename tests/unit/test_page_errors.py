"""What a page says when something breaks: calm words and a number, never the error itself."""

import pytest
import streamlit as st
from psycopg.errors import ConnectionTimeout, QueryCanceled
from sqlalchemy.exc import OperationalError

from dashboard.asgi import _show_error


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
