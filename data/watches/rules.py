"""When a watch tells, and where to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from urllib.parse import urlsplit

from data.errors import InvalidWatch

_MAIL = re.compile(r"[^@\s<>,;]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+\Z")
_MOST = Decimal(10) ** 12


class Kind(StrEnum):
    """What a watch waits for."""

    PERCENT = "percent"
    AMOUNT = "amount"
    TARGET = "target"


@dataclass(frozen=True)
class Rule:
    """Tell when the figure moved by more than `threshold`, or fell below its target; in the app, and where asked.

    `threshold` is in percent of the figure before, or in the figure's own unit (money in units of currency); None for a
    target. `by_mail` is an address, `webhook` a URL; empty for neither.
    """

    kind: Kind
    threshold: Decimal | None = None
    by_mail: str = ""
    webhook: str = ""


def check_rule(rule: Rule, *, webhook_origins: str = "") -> Rule:
    """The rule, tidied; raises InvalidWatch naming what is wrong and where."""
    threshold = None if rule.kind is Kind.TARGET else rule.threshold
    if rule.kind is not Kind.TARGET and (threshold is None or not threshold.is_finite() or not 0 < threshold <= _MOST):
        raise InvalidWatch(f"threshold must be a number above 0, at most {_MOST:,f}; got {threshold}")
    mail, hook = rule.by_mail.strip(), rule.webhook.strip()
    if mail and (not _MAIL.match(mail) or len(mail) > 254):
        raise InvalidWatch(f"mail must be one address such as name@example.com; got {mail[:60]!r}")
    if hook:
        _check_webhook(hook, webhook_origins.split())
    return Rule(rule.kind, threshold, mail, hook)


def _check_webhook(url: str, allowed: list[str]) -> None:
    """An operator names where the server may send to: any other address could be one inside their network."""
    try:
        parts = urlsplit(url)
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError:
        raise InvalidWatch("webhook must be a URL such as https://hooks.example.com/T0/B0") from None
    origin = f"{parts.scheme}://{parts.hostname}{port}"
    if parts.username or parts.password or not parts.hostname or len(url) > 2000 or not url.isprintable():
        raise InvalidWatch("webhook must be a URL of at most 2,000 characters, without a user name in it")
    if not allowed:
        raise InvalidWatch("webhooks are off: an operator names allowed origins in DAYBOOK_WEBHOOK_ORIGINS")
    if origin not in allowed:
        raise InvalidWatch(f"webhook must go to one of {', '.join(allowed)}; got {origin}")
