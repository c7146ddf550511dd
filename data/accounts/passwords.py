"""Passwords: the rule for new ones, and hashes that are slow to guess."""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache
from importlib.resources import files

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher

from data.errors import AccountError

SHORTEST = 15
LONGEST_BYTES = 1024
# argon2id at the least that OWASP advises: 19 MiB, two passes, one lane. New hashes are the first hasher's.
_HASHER = PasswordHash((Argon2Hasher(memory_cost=19_456, time_cost=2, parallelism=1), BcryptHasher()))


def check_rule(password: str, *, username: str) -> None:
    """Raise AccountError where a new password is too short, too long or well known; any characters will do."""
    plain = _normal(password)
    if not is_text(plain):
        raise AccountError("a password must be text; got half of a character, or bytes that are no UTF-8")
    if len(plain) < SHORTEST:
        raise AccountError(f"a password must have at least {SHORTEST} characters; got {len(plain)}")
    if len(plain.encode()) > LONGEST_BYTES:
        raise AccountError(f"a password must have at most {LONGEST_BYTES} bytes; got {len(plain.encode())}")
    folded = plain.casefold()
    squeezed = "".join(folded.split())
    if squeezed in _well_known() or len(set(squeezed)) < 4:
        raise AccountError("this password is among those that are tried first; choose another")
    for word in (username.casefold(), "daybook"):
        if len(word) > 2 and not squeezed.replace(word, "").strip("0123456789!.-_"):
            raise AccountError("a password must be more than the user name or the product's name")


def hashed(password: str) -> str:
    """The argon2id hash to keep."""
    return _HASHER.hash(_normal(password))


def verified(password: str, kept: str) -> tuple[bool, str | None]:
    """Whether the password is the one behind `kept`, and a better hash to keep where that one is of an older kind."""
    # Measured twice: normalising an endless text is work as well, and what it leaves is what the rule has measured.
    if len(password) > LONGEST_BYTES or not is_text(password):
        return False, None
    plain = _normal(password)
    if len(plain.encode()) > LONGEST_BYTES:
        return False, None
    try:
        return _HASHER.verify_and_update(plain, kept)
    except (UnknownHashError, ValueError):  # an unreadable hash, or a password that bcrypt cannot take
        return False, None


def waste_time(password: str) -> None:
    """Take as long as a verification, so that an unknown user name answers no sooner than a known one."""
    verified(password, _dummy_hash())


def generated() -> str:
    """A password that nobody has to think up."""
    return secrets.token_urlsafe(18)


def is_text(value: str) -> bool:
    """Whether every character can be written as UTF-8; halves of surrogate pairs come from JSON and odd terminals."""
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _normal(password: str) -> str:
    return unicodedata.normalize("NFC", password)


@cache
def _dummy_hash() -> str:
    return hashed(secrets.token_urlsafe(18))


@cache
def _well_known() -> frozenset[str]:
    text = files("data.accounts").joinpath("well_known_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line.strip().casefold() for line in text.splitlines() if line.strip())
