"""How much watches have told that was not seen yet."""

from __future__ import annotations

from functools import partial

from dashboard.anchors import anchor, show_lines
from dashboard.auth import User
from dashboard.load import database
from data.watches.keeping import unseen_count


def unseen_link(user: User) -> None:
    """A line that leads to the watches, where they have something new."""
    count = database().at_once(partial(unseen_count, account_id=user.account_id))
    if count:
        words = f"{count} watch{'es have' if count > 1 else ' has'} something to tell"
        show_lines([anchor(words, "/watches")], name="unseen")
