"""Takes out of a text what no log and no report may hold: secrets, queries, addresses of people, values of rows."""

from __future__ import annotations

import re

GONE = "[removed]"
_NAMES = (
    r"pass(?:word|wd|phrase)?|pwd|secret|token|ticket|api[-_ ]?key|authorization|cookie|set-cookie|dsn|credentials?"
)
_VALUE = r"\"[^\"]*\"|'[^']*'|(?:bearer|basic)\s+[^\s'\",;]+|[^\s'\",;&)}\]]+"
_RULES = (
    # A login in an address; then a value that is named like a secret, as JSON, form, header or Python say it.
    (re.compile(r"(://)[^\s/@'\"]*@"), rf"\1{GONE}@"),
    (
        re.compile(rf"(\b[\w-]*(?:{_NAMES})[\w-]*['\"]?\s*[:=]\s*)(?!{re.escape(GONE)})(?:{_VALUE})", re.IGNORECASE),
        rf"\1{GONE}",
    ),
    (re.compile(r"\b(bearer|basic)\s+(?!\[)[^\s'\",;]+", re.IGNORECASE), rf"\1 {GONE}"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), GONE),
    # What follows the question mark of an address, also one that is a path alone.
    (re.compile(r"((?:https?://|/)[^\s?'\"]*)\?[^\s'\"]+"), rf"\1?{GONE}"),
    (re.compile(r"[\w.+-]+@(?:[\w-]+\.)+[a-z]{2,}", re.IGNORECASE), GONE),
    # PostgreSQL's detail quotes rows, and SQLAlchemy the values of a statement.
    (re.compile(r"^(\s*)(DETAIL|CONTEXT):.*$", re.MULTILINE), rf"\1\2: {GONE}"),
    (re.compile(r"\[parameters: .*\]$", re.MULTILINE), f"[parameters: {GONE}]"),
)


def scrubbed(text: str) -> str:
    """The text without them."""
    for rule, instead in _RULES:
        text = rule.sub(instead, text)
    return text
