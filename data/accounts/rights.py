"""Who may change accounts, checked under a lock: an admin who was one when the page was drawn may be none any more."""

from __future__ import annotations

import sqlalchemy as sa

from data.accounts.audit import Actor, Named
from data.errors import AccountError, NotAllowed
from data.models import Account


def check_administers(conn: sa.Connection, by: Actor) -> None:
    """Raise NotAllowed unless `by` is an active admin, or somebody at the command line, who owns the machine.

    The active admins stay locked until the transaction ends: of two who disable each other at the same moment, the
    second finds that they may no longer.
    """
    if by.account_id is not None and by.account_id not in _active_admins(conn):
        raise NotAllowed(f"accounts are changed by an active admin; {by.username!r} is none now")


def check_another_admin(conn: sa.Connection, account: Named) -> None:
    """Raise AccountError where the account is the only one left that can change accounts."""
    if _active_admins(conn) == {account.account_id}:
        raise AccountError(f"{account.username!r} is the last admin; make another one first")


def _active_admins(conn: sa.Connection) -> set[int]:
    # Locked in one order, so that two admins who take each other's role at the same moment wait for one another.
    admins = sa.select(Account.account_id).where(Account.role == "admin", Account.disabled_at.is_(None))
    return set(conn.scalars(admins.order_by(Account.account_id).with_for_update()))
