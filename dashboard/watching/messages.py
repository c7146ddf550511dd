"""What a watch tells, as mail and as JSON, and how they are sent."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import smtplib
import ssl
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx

from data.config import Settings
from data.db import Database
from data.errors import InvalidWatch
from data.watches.rules import Kind, Rule, check_rule
from data.watches.sending import Message, pending, send_one

TIMEOUT_S = 10
SIGNATURE = "Daybook-Signature"
_HERE = {"localhost", "127.0.0.1", "::1"}


def send_pending(database: Database, settings: Settings) -> int:
    """Send what has not reached everybody yet, each in a transaction of its own; how many went out."""
    with database.accounts() as conn:
        waiting = pending(conn)
    return sum(_sent(database, event_id, settings) for event_id in waiting)


def subject_of(told: dict[str, Any]) -> str:
    """`Gasoline: net sales +54,449.62`."""
    return f"{told['view']}: {told['metric'].lower()} {told['change']}"


def text_of(told: dict[str, Any], *, public_url: str) -> str:
    """The mail: the figure then and now, every part of the difference, and the way to the explanation."""
    lines = [
        f"{told['metric']} of your view “{told['view']}”, {told['dates']}, {told['rule']}.",
        "",
        f"It was {told['before']} and is {told['after']}: {told['change']}.",
        *([f"Its target is {told['target']}."] if told["target"] else []),
        "",
        *(_line(part["amount"], part["label"], part["who"]) for part in told["parts"]),
        _line(told["change"], "in all"),
        "",
    ]
    if public_url:
        lines += [f"Why: {public_url}{told['address']}", f"Your watches: {public_url}/watches", ""]
    return "\n".join(lines)


def _line(figure: str, label: str, who: str = "") -> str:
    return f"  {figure:>16}  {label}{f', by {who}' if who else ''}"


def mail_of(message: Message, settings: Settings) -> EmailMessage:
    """The message as mail."""
    mail = EmailMessage()
    # A view's name may hold anything, and a header must be one line.
    mail["Subject"] = " ".join(subject_of(message.told).split())
    mail["From"] = settings.mail_from
    mail["To"] = message.mail
    mail["Message-ID"] = f"<watch-event-{message.event_id}@{settings.mail_from.rpartition('@')[2]}>"
    mail.set_content(text_of(message.told, public_url=settings.public_url))
    return mail


def send_mail(message: Message, settings: Settings) -> None:
    """Hand the mail to the server of SMTP_URL; TLS is begun where the server offers it."""
    if settings.smtp_url is None:
        raise InvalidWatch("mail is off: an operator names a server in SMTP_URL")
    url = urlsplit(settings.smtp_url.get_secret_value())
    host, port = url.hostname or "", url.port
    trust = ssl.create_default_context()
    with _server(url.scheme, host, port, trust) as server:
        server.ehlo()
        is_private = url.scheme == "smtps" or host in _HERE
        if url.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=trust)
            is_private = True
        if url.username and not is_private:
            raise InvalidWatch("the mail server offers no TLS, and a password is not sent without")
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(mail_of(message, settings))


def _server(scheme: str, host: str, port: int | None, trust: ssl.SSLContext) -> smtplib.SMTP:
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT_S, context=trust)
    return smtplib.SMTP(host, port or 587, timeout=TIMEOUT_S)


def post(message: Message, settings: Settings) -> None:
    """Post the message as JSON; no redirect is followed, for it could lead where no operator has allowed."""
    check_rule(Rule(Kind.TARGET, webhook=message.webhook), webhook_origins=settings.webhook_origins)
    told = {**message.told, "address": f"{settings.public_url}{message.told['address']}"}
    body = json.dumps({"event": message.event_id, **told}, ensure_ascii=False).encode()
    headers = {"content-type": "application/json", "user-agent": "daybook"}
    if settings.webhook_secret is not None:
        key = settings.webhook_secret.get_secret_value().encode()
        headers[SIGNATURE] = hmac.new(key, body, hashlib.sha256).hexdigest()
    for name in ("httpx", "httpcore"):  # they log whole URLs, and a webhook's holds a secret
        logging.getLogger(name).setLevel(logging.WARNING)
    answer = httpx.post(message.webhook, content=body, headers=headers, timeout=TIMEOUT_S, follow_redirects=False)
    if not answer.is_success:
        raise httpx.HTTPStatusError(str(answer.status_code), request=answer.request, response=answer)


def _sent(database: Database, event_id: int, settings: Settings) -> bool:
    with database.accounts() as conn:
        sent = send_one(
            conn,
            event_id=event_id,
            mail=lambda message: send_mail(message, settings),
            post=lambda message: post(message, settings),
        )
    return bool(sent)
