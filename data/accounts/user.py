"""The person behind a page, a request or a program, with what they may see and do."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from data.accounts.accounts import AccountRecord
from data.db import Database
from data.models import Store
from data.models.accounts import ROLES
from data.scope import Scope


@dataclass(frozen=True)
class User:
    """A logged-in person."""

    account_id: int
    username: str
    display_name: str
    role: str
    scope: Scope
    must_change_password: bool = False

    def may(self, role: str) -> bool:
        """Whether the person's role is `role` or above it: analyst, manager, admin."""
        return ROLES.index(self.role) >= ROLES.index(role)


def user_of(account: AccountRecord, database: Database) -> User:
    """The user of an account; a scope by regions is looked up as the stores that they have now."""
    return User(
        account.account_id,
        account.username,
        account.display_name,
        account.role,
        _scope(account, database),
        account.must_change_password,
    )


def _scope(account: AccountRecord, database: Database) -> Scope:
    if account.scope_stores is None and account.scope_regions is None:
        return Scope.everything()
    stores = set(account.scope_stores or ())
    if account.scope_regions:
        with database.reading(Scope.everything()) as conn:
            stores |= set(conn.scalars(sa.select(Store.store_id).where(Store.region_id.in_(account.scope_regions))))
    return Scope(frozenset(stores))
