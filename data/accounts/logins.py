"""Logging in: a password is checked, the attempt is counted, and guessing is slowed down.

After ten failures for a user name within fifteen minutes (or a hundred from one address) the next attempt has to wait,
30 seconds at first and twice as long after each further failure, at most 15 minutes. Failures are forgotten after half
an hour, and those from one address with a login from there that succeeds. Unknown user names are treated like known.

Nobody is locked out for good: whoever has logged in from an address before is counted there apart from everybody
else, so that a stranger's guesses do not keep the owner waiting at the usual desk.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from data.accounts.accounts import ACCOUNT_COLUMNS, AccountRecord, record_of
from data.accounts.addresses import counted_address
from data.accounts.audit import NOBODY, Actor, Kind, note
from data.accounts.passwords import verified, waste_time
from data.models import Account, LoginAttempt

FREE_FAILURES = 10
FREE_FAILURES_BY_ADDRESS = 100
WINDOW = timedelta(minutes=15)
FIRST_DELAY_S = 30
LONGEST_DELAY_S = 900
KEPT = timedelta(days=90)


@dataclass(frozen=True)
class LoginOutcome:
    """What became of an attempt: an account, or None with the seconds to wait where attempts come too fast."""

    account: AccountRecord | None
    wait_s: int = 0


def log_in(
    conn: sa.Connection, *, username: str, password: str, address: str | None = None, via: str = "page"
) -> LoginOutcome:
    """Check a password. The caller commits either way: a failure that is not kept would not count.

    A failure is noted in the audit trail; success is noted by what opens a session or a token.
    """
    # No account has such a name, but the attempt counts; `lower` can make a text longer, so it is cut last.
    name = username.encode(errors="replace").decode().replace("\0", "").strip().lower()[:200]
    told, address = address, counted_address(address)
    _one_at_a_time(conn, name)
    wait_s = _wait(conn, name, address)
    if wait_s > 0:
        return LoginOutcome(None, wait_s)
    row = conn.execute(sa.select(*ACCOUNT_COLUMNS, Account.password_hash).where(Account.username == name)).first()
    account = None
    if row is None or row.disabled_at is not None:
        waste_time(password)
    else:
        account = _checked(conn, row, password)
    values = {"username": name, "address": address, "succeeded": account is not None}
    conn.execute(sa.insert(LoginAttempt).values(attempted_at=sa.func.clock_timestamp(), **values))
    if account is not None:
        forget_old_attempts(conn)
    else:
        _note_failure(conn, row, replace(NOBODY, via=via, address=told))
    return LoginOutcome(account)


def _note_failure(conn: sa.Connection, row: sa.Row[*tuple[object, ...]] | None, by: Actor) -> None:
    """A name that is no account's is not told: it is a password as often as not, typed into the wrong field."""
    if row is None:
        note(conn, Kind.LOGIN_FAILED, by=by, why="no such account")
        return
    values = {column.name: row._mapping[column.name] for column in ACCOUNT_COLUMNS}
    account = AccountRecord(**values)
    note(conn, Kind.LOGIN_FAILED, by=by, about=account, why="disabled" if account.disabled_at else "wrong password")


def forget_old_attempts(conn: sa.Connection) -> None:
    """Drop attempts that count for nothing any more; each login that succeeds does."""
    conn.execute(sa.delete(LoginAttempt).where(LoginAttempt.attempted_at < sa.func.now() - KEPT))


def _checked(conn: sa.Connection, row: sa.Row[*tuple[object, ...]], password: str) -> AccountRecord | None:
    values = row._mapping
    good, better = verified(password, str(values["password_hash"]))
    if not good:
        return None
    if better is not None:
        update = sa.update(Account).where(Account.account_id == values["account_id"])
        conn.execute(update.values(password_hash=better))
    return record_of(conn.execute(sa.select(*ACCOUNT_COLUMNS).where(Account.account_id == values["account_id"])).one())


def _one_at_a_time(conn: sa.Connection, name: str) -> None:
    """Guesses at one name follow each other, so that many at once cannot all find the counter low."""
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(f"login {name}", 0))))


def _wait(conn: sa.Connection, name: str, address: str | None) -> int:
    """Seconds until the next attempt at `name` may be made from `address`."""
    by_name = LoginAttempt.username == name
    if address is None:
        return _delay(conn, FREE_FAILURES, by_name, _not_made_good())
    here = LoginAttempt.address == address
    if conn.scalar(sa.select(sa.exists().where(by_name, here, LoginAttempt.succeeded))):
        return _delay(conn, FREE_FAILURES, by_name, here, _not_made_good())
    # A success does not wipe out the address's failures: whoever has one account could go on guessing at the others.
    return max(_delay(conn, FREE_FAILURES, by_name, _not_made_good()), _delay(conn, FREE_FAILURES_BY_ADDRESS, here))


def _not_made_good() -> sa.ColumnElement[bool]:
    """Whether no login by that name has succeeded from the same address since."""
    later = aliased(LoginAttempt)
    return ~sa.exists().where(
        later.username == LoginAttempt.username,
        later.address.is_not_distinct_from(LoginAttempt.address),
        later.succeeded,
        later.attempted_at > LoginAttempt.attempted_at,
    )


def _delay(conn: sa.Connection, free: int, *of: sa.ColumnElement[bool]) -> int:
    now = sa.func.clock_timestamp()
    stmt = sa.select(
        sa.func.count(), sa.extract("epoch", now - sa.func.max(LoginAttempt.attempted_at)).label("since")
    ).where(~LoginAttempt.succeeded, LoginAttempt.attempted_at > now - WINDOW - timedelta(seconds=LONGEST_DELAY_S), *of)
    failures, since = conn.execute(stmt).one()
    if failures < free:
        return 0
    delay: int = min(FIRST_DELAY_S * 2 ** min(failures - free, 10), LONGEST_DELAY_S)
    return max(0, int(delay - float(since) + 0.5))
