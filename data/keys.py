"""The secret that tokens are signed with: from the environment, or made once and kept in DAYBOOK_HOME."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from data.config import Settings
from data.errors import SettingsError

LEAST_CHARACTERS = 32
_LEAST_DIFFERENT = 10
_WELL_KNOWN = ("changeme", "change-me", "change_me", "secret", "password", "default", "example", "your-", "insecure")
_FILE = "secret.key"


def signing_key(settings: Settings, purpose: str) -> bytes:
    """The key for one purpose; those for others cannot be told from it. Raises SettingsError for one easily guessed."""
    given = settings.secret_key
    secret = _kept(settings.home) if given is None else _checked(given.get_secret_value())
    return hmac.digest(secret.encode(), f"daybook {purpose}".encode(), hashlib.sha256)


def _checked(secret: str) -> str:
    if len(secret) < LEAST_CHARACTERS:
        raise SettingsError(
            f"DAYBOOK_SECRET_KEY must have at least {LEAST_CHARACTERS} characters, drawn at random; "
            f"got {len(secret)}. `openssl rand -base64 48` makes one"
        )
    if len(set(secret)) < _LEAST_DIFFERENT or any(word in secret.lower() for word in _WELL_KNOWN):
        raise SettingsError("DAYBOOK_SECRET_KEY must be drawn at random, and not a known word or a run of one letter")
    return secret


def _kept(home: Path) -> str:
    path = home / _FILE
    try:
        return _checked(path.read_text(encoding="ascii").strip())
    except FileNotFoundError:
        pass
    home.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f"{_FILE}.{secrets.token_hex(8)}")
    made.touch(mode=0o600, exist_ok=False)
    made.write_text(secrets.token_urlsafe(48), encoding="ascii")
    try:
        os.link(made, path)  # whole or not at all, and the first of several that start together
    except FileExistsError:
        pass
    finally:
        made.unlink()
    return path.read_text(encoding="ascii").strip()
