"""Who is looking: accounts' sessions become a User, checked at every rerun and every request."""

from dashboard.auth.gate import acting_user, current_user, require, while_allowed
from data.accounts.user import User

__all__ = ["User", "acting_user", "current_user", "require", "while_allowed"]
