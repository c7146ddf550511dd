import unicodedata

import bcrypt
import pytest

from data.accounts import passwords
from data.accounts.passwords import check_rule, generated, hashed, verified
from data.errors import AccountError

GOOD = "an old lamp on the pier"


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("fourteen chars", "at least 15 characters; got 14"),
        ("", "at least 15 characters; got 0"),
        ("x1" * 600, "at most 1024 bytes; got 1200"),
        ("qwertyuiopasdfghjkl", "tried first"),
        ("QWERTYUIOP asdfghjkl", "tried first"),
        ("aaaaaaaaaaaaaaaaaa", "tried first"),
        ("abababababababab", "tried first"),
        ("margarethe12345", "more than the user name"),
        ("daybookdaybook2026", "more than the user name or the product's name"),
    ],
)
def test_weak_passwords_are_refused_with_the_rule(password, words):
    with pytest.raises(AccountError, match=words):
        check_rule(password, username="margarethe")


@pytest.mark.parametrize(
    "password", [GOOD, "ключ под ковриком у двери", "🗝️🚪🌧️☂️🪟" * 4, "x" * 14 + "yz1", "  leading and trailing  "]
)
def test_long_ones_of_any_characters_are_accepted(password):
    check_rule(password, username="margarethe")


def test_a_refused_password_is_never_repeated_in_the_message():
    with pytest.raises(AccountError) as caught:
        check_rule("hunter2", username="m")
    assert "hunter2" not in str(caught.value)


def test_a_hash_is_argon2id_with_enough_memory_and_verifies():
    kept = hashed(GOOD)
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert verified(GOOD, kept) == (True, None)
    assert verified("another one altogether", kept)[0] is False


def test_composed_and_decomposed_letters_are_the_same_password():
    composed = "häuser am großen kanal"
    assert verified(unicodedata.normalize("NFD", composed), hashed(composed))[0]


def test_a_bcrypt_hash_still_verifies_and_is_replaced():
    kept = bcrypt.hashpw(GOOD.encode(), bcrypt.gensalt(4)).decode()
    good, better = verified(GOOD, kept)
    assert good
    assert better is not None
    assert better.startswith("$argon2id$")


@pytest.mark.parametrize("kept", ["", "plain", "$argon2id$broken", "$2b$04$short"])
def test_an_unreadable_hash_lets_nobody_in(kept):
    assert verified(GOOD, kept)[0] is False


def test_an_endless_password_is_not_even_hashed():
    assert verified("x" * 2_000_000, hashed(GOOD)) == (False, None)


@pytest.mark.parametrize("broken", ["\ud800" * 20, "half a character \udfff"])
def test_what_is_no_text_is_refused_and_lets_nobody_in(broken):
    with pytest.raises(AccountError, match="a password must be text"):
        check_rule(broken, username="m")
    assert verified(broken, hashed(GOOD)) == (False, None)


def test_a_password_as_long_as_the_rule_allows_verifies_in_its_longer_spelling():
    composed = unicodedata.normalize("NFC", "äöü" * 170)
    check_rule(composed + "y", username="m")
    decomposed = unicodedata.normalize("NFD", composed + "y")
    assert len(decomposed.encode()) > passwords.LONGEST_BYTES
    assert verified(decomposed, hashed(composed + "y"))[0]


def test_generated_passwords_meet_the_rule_and_differ():
    made = {generated() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        check_rule(password, username="admin")


def test_unknown_names_cost_one_verification(monkeypatch):
    seen = []
    monkeypatch.setattr(passwords, "verified", lambda password, kept: seen.append(kept) or (False, None))
    passwords.waste_time("whatever was typed")
    assert [kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for kept in seen] == [True]
