"""Who is looking: accounts' sessions become a User, checked at every rerun and every request."""

from dashboard.auth.gate import current_user, require
from dashboard.auth.user import User

__all__ = ["User", "current_user", "require"]
