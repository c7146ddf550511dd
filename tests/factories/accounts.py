"""Accounts made through the function that makes them in earnest."""

import factory

from data.accounts.accounts import create_account

PASSWORD = "an old lamp on the pier"


class AccountFactory(factory.Factory):
    """A saved account: `AccountFactory(conn=conn, role="admin")` on a connection of `Database.accounts()`."""

    class Meta:
        model = create_account
        inline_args = ("conn",)

    username = factory.Sequence(lambda n: f"person{n}")
    password = PASSWORD
    role = "analyst"
