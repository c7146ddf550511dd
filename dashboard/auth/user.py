"""The person behind a page or a request."""

from data.accounts.user import User, user_of

__all__ = ["User", "user_of"]
