"""Streamlit's settings, read from our file wherever the command was started from."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from streamlit import config

from dashboard.auth.open_pages import SESSION_HEADER

FILE = Path(__file__).parents[1] / ".streamlit" / "config.toml"


def apply_settings(file: Path = FILE) -> None:
    """Set every option of the file; Streamlit itself would look for it in the working directory only."""
    for name, value in _options(tomllib.loads(file.read_text(encoding="utf-8"))):
        config.set_option(name, value)
    # A page's state is only given again to who has the same session; the header is the server's own.
    config.set_option("server.trustedUserHeaders", {SESSION_HEADER: "session"})


def _options(table: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in table.items():
        if isinstance(value, dict):
            found += _options(value, f"{prefix}{name}.")
        else:
            found.append((f"{prefix}{name}", value))
    return found
