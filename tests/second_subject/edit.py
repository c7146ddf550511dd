"""Run in the tree of the second subject: edits its reference table as a manager, and prints what came of it as JSON."""

import json
import os
import sys
from pathlib import Path

from streamlit.testing.v1 import AppTest

from dashboard import auth, load
from dashboard.auth import User
from dashboard.reference import acting
from dashboard.reference.reviewing import difference, review_of
from data.accounts.accounts import create_account
from data.changes.editable import editable_table
from data.changes.listing import Asked, listed_rows
from data.changes.saving import save_changes
from data.changes.steps import field_steps, steps
from data.changes.types import Editor, RowChange
from data.changes.undoing import undo
from data.config import load_settings
from data.db import Database
from data.errors import InvalidChange
from data.scope import Scope

ALL = Scope.everything()
EDITOR = Editor("meg", "manager", ALL)


def named(database: Database) -> list[tuple[int, str]]:
    """The entrances and their kinds."""
    with database.reading(ALL) as conn:
        frame = listed_rows(conn, editable_table("entrances"), Asked(), scope=ALL)
    return [(int(number), str(kind)) for number, kind in zip(frame["entrance"], frame["kind"], strict=True)]


def refused(database: Database, change: RowChange) -> list[tuple[str, str]]:
    """The rules that a change breaks."""
    try:
        save_changes(database, editable_table("entrances"), [change], editor=EDITOR, reason="Wrong")
    except InvalidChange as error:
        return [(fault.field, fault.rule) for fault in error.faults]
    return []


def page_of(database: Database) -> list[str]:
    """What the page of the table shows to a manager."""
    with database.accounts() as conn:
        made = create_account(conn, username="meg", password="an old lamp on the pier", role="manager")
    user = User(made.account_id, made.username, made.display_name, "manager", ALL)
    auth.require = lambda role: user
    acting.acting_user = lambda: user
    page = AppTest.from_file(str(Path.cwd() / "pages" / "reference.py"), default_timeout=60)
    page.query_params["table"] = "Entrances"
    page.run()
    assert not page.exception, page.exception
    return [item.value for item in page.caption]


def main() -> None:
    """Edit, be refused, review, undo."""
    database = Database.from_settings(load_settings(), os.environ["DATABASE_URL"])
    load.use(database)
    table = editable_table("entrances")
    change = RowChange(row="2", version=1, set={"kind": "Street", "name": "Old car park"})
    user = User(0, "meg", "Meg", "manager", ALL)
    with database.reading(ALL) as conn:
        review = review_of(conn, table, [change], user=user)
        told, _ = difference(review)
    saved = save_changes(database, table, [change], editor=EDITOR, reason="The car park is closed")
    edited = named(database)
    undone = undo(database, saved.revision, editor=EDITOR, reason="It is open again")
    with database.reading(ALL) as conn:
        story = field_steps(conn, table, steps(conn, table, scope=ALL, ids=[(2,)]))
    answer = {
        "facts": review.rests[0].facts if review.rests else 0,
        "told": told[["field", "before", "after"]].to_numpy().tolist(),
        "edited": edited,
        "undone": named(database),
        "refused": refused(database, RowChange(row="1", version=1, set={"kind": "Tunnel"})),
        "story": [(step.revision, step.field, step.before, step.after) for step in story],
        "revisions": [saved.revision, undone.revision],
        "page": page_of(database),
    }
    sys.stdout.write(json.dumps(answer, default=str) + "\n")
    database.dispose()


main()
