"""The two cookies: which browser is asking to log in, and which session it holds. Neither is readable by a script."""

from __future__ import annotations

from collections.abc import Mapping
from http.cookies import SimpleCookie

SESSION = "daybook_session"
BROWSER = "daybook_browser"
_PREFIX = "__Host-"  # makes the browser insist on https, the whole path and this very host


def cookie_name(name: str, *, https: bool) -> str:
    """The cookie's name on this kind of connection."""
    return f"{_PREFIX}{name}" if https else name


def cookie_value(cookies: Mapping[str, str], name: str, *, https: bool) -> str | None:
    """The value of a cookie; on https only the prefixed one, which no neighbouring host and no plain http can set."""
    prefixed = cookies.get(f"{_PREFIX}{name}")
    return prefixed or (None if https else cookies.get(name)) or None


def browser_cookie(cookies: Mapping[str, str]) -> str | None:
    """The pre-login cookie, by either name: a page's answer may not know yet that a proxy speaks https for it."""
    return cookie_value(cookies, BROWSER, https=False)


def set_cookie(name: str, value: str, *, https: bool, max_age_s: int | None = None) -> str:
    """The Set-Cookie header; a cookie without an age ends with the browser, one of age 0 at once."""
    cookie = SimpleCookie({cookie_name(name, https=https): value})
    morsel = cookie[cookie_name(name, https=https)]
    morsel["path"] = "/"
    morsel["httponly"] = True
    morsel["samesite"] = "Lax"
    if https:
        morsel["secure"] = True
    if max_age_s is not None:
        morsel["max-age"] = max_age_s
    return morsel.OutputString()
