"""Errors sent to Sentry, where SENTRY_DSN names a project; without it, nothing is sent anywhere."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import sentry_sdk
from sentry_sdk.transport import Transport
from sentry_sdk.types import Event, Hint

from dashboard.observing.request_ids import current
from dashboard.observing.scrubbing import scrubbed
from data.config import Settings


def start_reporting(settings: Settings, *, transport: type[Transport] | None = None) -> bool:
    """Send errors from now on, without anything personal (`send_default_pii` is off by itself); whether they are."""
    if settings.sentry_dsn is None:
        return False
    sentry_sdk.init(
        dsn=settings.sentry_dsn.get_secret_value(),
        release=f"daybook@{version('daybook')}",
        transport=transport,
        before_send=without_secrets,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        server_name="daybook",
        auto_enabling_integrations=False,
        auto_session_tracking=False,
        send_client_reports=False,
    )
    return True


def without_secrets(event: Event, _: Hint) -> Event:
    """The event with what an error is and where it happened; whose request it was, and what was in it, stays here."""
    for part in ("request", "user", "extra", "breadcrumbs", "modules"):
        event.pop(part, None)  # type: ignore[misc]
    if "logentry" in event:
        event["logentry"] = {name: part for name, part in event["logentry"].items() if name != "params"}
    number = current.get()
    if number is not None:
        event.setdefault("tags", {})["request_id"] = number
    kept: Event = _scrubbed(event)
    return kept


def _scrubbed(value: Any) -> Any:
    if isinstance(value, str):
        return scrubbed(value)
    if isinstance(value, dict):
        return {name: _scrubbed(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_scrubbed(part) for part in value]
    return value
