"""Who may ask: logins that end by themselves, personal tokens with rights, and what is revoked is gone at once."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest
import sqlalchemy as sa

from dashboard.api import callers
from data.accounts.accounts import disable_account, set_password
from data.accounts.logins import FREE_FAILURES
from data.config import Settings
from data.errors import SettingsError
from data.keys import signing_key
from tests.factories.accounts import PASSWORD

CATALOG = "/api/v1/catalog"


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_a_login_is_a_bearer_for_fifteen_minutes(shop):
    told = shop.log_in("analyst")
    assert told.status_code == 200
    assert told.headers["cache-control"] == "no-store"
    answer = told.json()
    assert (answer["token_type"], answer["expires_in"]) == ("bearer", 900)
    assert shop.client().get(CATALOG, headers=bearer(answer["access_token"])).status_code == 200


@pytest.mark.parametrize(("name", "password"), [("analyst", "wrong"), ("nobody", PASSWORD), ("analyst", "")])
def test_a_wrong_login_says_the_same_whatever_is_wrong(shop, name, password):
    answer = shop.log_in(name, password)
    assert answer.status_code in {401, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    if password:
        assert "user name or password is not right" in answer.json()["detail"]


def test_what_is_missing_is_named_and_nothing_that_was_sent_is_repeated(shop):
    answer = shop.client().post("/api/v1/token", data={"password": PASSWORD})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "username"
    assert PASSWORD not in answer.text


def test_guesses_count_together_with_those_on_the_login_page(shop):
    for _ in range(FREE_FAILURES):
        assert shop.log_in("analyst", "wrong").status_code == 401
    answer = shop.log_in("analyst")
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    with shop.database.accounts() as conn:
        assert conn.scalar(sa.text("select count(*) from accounts.login_attempts")) == FREE_FAILURES


@pytest.mark.parametrize("given", [None, "", "nonsense", "daybook_nonsense", "a.b.c"])
def test_nobody_is_answered_without_a_token(shop, given):
    answer = shop.client().get(CATALOG, headers=bearer(given) if given is not None else {})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_a_token_signed_by_somebody_else_or_not_at_all_is_refused(shop):
    claims = jwt.decode(shop.log_in("analyst").json()["access_token"], options={"verify_signature": False})
    forged = [
        jwt.encode(claims, "another key, long enough to sign with", algorithm="HS256"),
        jwt.encode(claims, "", algorithm="none"),
        jwt.encode({**claims, "aud": "elsewhere"}, callers._key(), algorithm="HS256"),
        jwt.encode({**claims, "exp": 1}, callers._key(), algorithm="HS256"),
        jwt.encode({name: claims[name] for name in ("sub", "jti", "aud")}, callers._key(), algorithm="HS256"),
    ]
    for token in forged:
        assert shop.client().get(CATALOG, headers=bearer(token)).status_code == 401


def test_a_personal_token_is_shown_once_and_kept_as_a_hash(shop):
    login = bearer(shop.log_in("analyst").json()["access_token"])
    client = shop.client()
    made = client.post("/api/v1/tokens", json={"name": "a notebook", "days": 30}, headers=login)
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    token = made.json()["token"]
    assert made.json()["rights"] == ["read"]
    assert client.get(CATALOG, headers=bearer(token)).status_code == 200
    (listed,) = client.get("/api/v1/tokens", headers=login).json()
    assert "token" not in listed
    assert datetime.fromisoformat(listed["expires_at"]) - datetime.now(UTC) > timedelta(days=29)
    with shop.database.accounts() as conn:
        kept = conn.execute(sa.text("select * from accounts.api_tokens")).all()
    assert token not in repr(kept)


def test_a_personal_token_cannot_make_others(shop):
    answer = shop.client("analyst").post("/api/v1/tokens", json={"name": "another"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "asked", [{"name": ""}, {"name": "a", "rights": ["all"]}, {"name": "a", "rights": []}, {"name": "a", "days": 400},
              {"name": "a\nb"}]
)  # fmt: skip
def test_a_token_that_cannot_be_is_refused(shop, asked):
    login = bearer(shop.log_in("analyst").json()["access_token"])
    answer = shop.client().post("/api/v1/tokens", json=asked, headers=login)
    assert (answer.status_code == 422) == (asked["name"] != "a\nb")


def test_revoked_expired_and_disabled_end_at_the_next_request(shop):
    client = shop.client("analyst")
    (token,) = client.get("/api/v1/tokens").json()
    assert shop.client("manager").delete(f"/api/v1/tokens/{token['token_id']}").status_code == 404
    assert client.delete(f"/api/v1/tokens/{token['token_id']}").status_code == 204
    assert client.get(CATALOG).status_code == 401
    other, login = shop.client("manager"), bearer(shop.log_in("manager").json()["access_token"])
    with shop.database.accounts() as conn:
        conn.execute(sa.text("update accounts.api_tokens set expires_at = now() - interval '1 second'"))
    assert other.get(CATALOG).status_code == shop.client().get(CATALOG, headers=login).status_code == 401
    third = shop.client("manager")
    with shop.database.accounts() as conn:
        disable_account(conn, username="manager")
    assert third.get(CATALOG).status_code == 401


def test_a_use_is_noted_once_a_minute(shop):
    client, login = shop.client("analyst"), bearer(shop.log_in("analyst").json()["access_token"])

    def used():
        return shop.client().get("/api/v1/tokens", headers=login).json()[0]["last_used_at"]

    assert used() is None
    client.get(CATALOG)
    first = used()
    client.get(CATALOG)
    assert used() == first is not None
    with shop.database.accounts() as conn:
        conn.execute(sa.text("update accounts.api_tokens set last_used_at = now() - interval '61 seconds'"))
    client.get(CATALOG)
    assert used() > first


def test_who_asks_does_not_notice_that_a_connection_was_lost(shop):
    client = shop.client("analyst")
    assert client.get(CATALOG).status_code == 200
    with shop.database.owner.connect() as conn:
        others = "datname = current_database() and pid <> pg_backend_pid() and usename = current_user"
        assert conn.scalar(sa.text(f"select count(pg_terminate_backend(pid)) from pg_stat_activity where {others}"))
    assert client.get(CATALOG).status_code == 200


def test_another_password_ends_every_token(shop):
    client, login = shop.client("analyst"), bearer(shop.log_in("analyst").json()["access_token"])
    with shop.database.accounts() as conn:
        set_password(conn, username="analyst", password="another lamp on a pier", must_change=True)
    assert client.get(CATALOG).status_code == shop.client().get(CATALOG, headers=login).status_code == 401
    answer = shop.client("analyst").get(CATALOG)
    assert (answer.status_code, "own password" in answer.json()["detail"]) == (403, True)


def test_the_key_is_made_once_and_a_weak_one_is_refused(tmp_path):
    made = signing_key(Settings(DAYBOOK_HOME=tmp_path), "api tokens")
    assert signing_key(Settings(DAYBOOK_HOME=tmp_path), "api tokens") == made
    assert signing_key(Settings(DAYBOOK_HOME=tmp_path), "something else") != made
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]
    for weak in ("short", "a" * 64, "changeme-changeme-changeme-changeme-0123"):
        with pytest.raises(SettingsError, match="DAYBOOK_SECRET_KEY must"):
            signing_key(Settings(DAYBOOK_HOME=tmp_path, DAYBOOK_SECRET_KEY=weak), "api tokens")
