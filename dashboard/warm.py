"""The pages' code read before the first visitor comes."""

from __future__ import annotations

import logging
import pkgutil
from importlib import import_module

import dashboard

# Scripts, and the server for assistants, which takes a second to read.
NOT_FOR_PAGES = frozenset({"dashboard.app", "dashboard.asgi", "dashboard.cli", "dashboard.api.assistant"})


def import_pages() -> None:
    """Import what pages use, once and in one thread.

    Otherwise the first script run and the background's first round would import the same modules side by side, and
    the first visitor would wait for it.
    """
    # Decorators for dialogs look for a script run, and figures asked ahead for a link; both warn where there is none.
    for name in ("scriptrunner_utils.script_run_context", "state.session_state_proxy"):
        logging.getLogger(f"streamlit.runtime.{name}").setLevel(logging.ERROR)
    for module in pkgutil.walk_packages(dashboard.__path__, "dashboard."):
        if module.name not in NOT_FOR_PAGES:
            import_module(module.name)


def import_statistics() -> None:
    """Import what tells unusual values: a second that nobody shall wait for, neither the start nor a visitor."""
    import_module("statsmodels.tsa.seasonal")
