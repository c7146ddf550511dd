"""Accounts, sessions and the audit trail in words. Pure: no widgets, no queries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.explain.words import moment
from data.accounts.accounts import AccountRecord
from data.accounts.audit import AuditEvent, Kind
from data.accounts.scopes import limits_text
from data.accounts.sessions import SessionRecord

KINDS = {
    Kind.AUDIT_PRUNED: "Old lines dropped",
    Kind.LOGIN: "Logged in",
    Kind.LOGIN_FAILED: "Login failed",
    Kind.LOGOUT: "Logged out",
    Kind.SESSION_ENDED: "Sessions ended",
    Kind.PASSWORD_CHANGED: "Password changed",
    Kind.PASSWORD_RESET: "Password reset",
    Kind.ACCOUNT_CREATED: "Account created",
    Kind.NAME_CHANGED: "Name changed",
    Kind.ROLE_CHANGED: "Role changed",
    Kind.SCOPE_CHANGED: "Stores changed",
    Kind.ACCOUNT_DISABLED: "Account disabled",
    Kind.ACCOUNT_ENABLED: "Account enabled",
    Kind.EXPORT: "File taken",
    Kind.TOKEN_CREATED: "Token made",
    Kind.TOKEN_REVOKED: "Token ended",
}
_VIA = {"page": "", "command": " (command line)", "api": " (API)"}
# The order matters: Edge calls itself Chrome, and Chrome calls itself Safari.
_BROWSERS = {"Edg": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
_SYSTEMS = {"iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows", "Mac OS": "macOS",
            "Linux": "Linux"}  # fmt: skip


def kind_label(kind: str) -> str:
    """A kind as people read it; one that this version does not know, by its own name."""
    return KINDS.get(Kind(kind), kind) if kind in set(Kind) else kind.replace("_", " ").capitalize()


def browser_of(user_agent: str | None) -> str:
    """`Firefox on Linux`; a program that says nothing of itself is an unknown browser."""
    told = user_agent or ""
    browser = next((name for mark, name in _BROWSERS.items() if mark in told), "")
    system = next((name for mark, name in _SYSTEMS.items() if mark in told), "")
    return f"{browser or 'Unknown browser'}{f' on {system}' if system else ''}"


def session_line(session: SessionRecord, zone: str) -> str:
    """Where it came from, and when it was opened and last used, in the business's time zone."""
    return (
        f"{session.address or 'unknown address'} · since {moment(session.created_at, zone)} · "
        f"last used {moment(session.last_seen_at, zone)}"
    )


def state_of(account: AccountRecord) -> str:
    """Whether it can be used."""
    if account.disabled_at is not None:
        return "Disabled"
    return "Has to choose a password" if account.must_change_password else "Active"


def who(event: AuditEvent) -> str:
    """Who did it, and how where it was not on a page; a dash where it was nobody who is known."""
    return f"{event.actor}{_VIA.get(event.via, f' ({event.via})')}" if event.actor else "–"


def details_text(event: AuditEvent, regions: Mapping[int, str]) -> str:
    """What was changed into what, in words."""
    told = event.details
    match event.kind:
        case Kind.SCOPE_CHANGED:
            return f"{_limits(told['before'], regions)} → {_limits(told['after'], regions)}"
        case Kind.ROLE_CHANGED | Kind.NAME_CHANGED:
            return f"{told['before']} → {told['after']}"
        case Kind.EXPORT:
            return f"{told['file']}, revision {told['revision']}"
        case Kind.LOGIN_FAILED:
            return str(told["why"])
    if "sessions_ended" in told:
        return sessions_text(told["sessions_ended"]) + " ended"
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in told.items())


def sessions_text(count: int) -> str:
    """`1 session`."""
    return f"{count:,} session{'' if count == 1 else 's'}"


def _limits(told: dict[str, Any], regions: Mapping[int, str]) -> str:
    return limits_text(told["stores"], told["regions"], regions)
