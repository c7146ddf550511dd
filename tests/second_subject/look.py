"""Run in the tree of the second subject: opens Explore on it as an analyst, and prints what the page shows as JSON."""

import json
import os
import sys
from pathlib import Path

from streamlit.testing.v1 import AppTest

from dashboard import auth, load
from dashboard.auth import User
from dashboard.explore import view_actions
from data.accounts.accounts import create_account
from data.config import load_settings
from data.db import Database
from data.scope import Scope
from data.views.reading import views_for

PAGE = Path.cwd() / "pages" / "explore.py"


def open_page(user: User, params: dict[str, str]) -> AppTest:
    """The page under a link."""
    page = AppTest.from_file(str(PAGE), default_timeout=60)
    for name, value in params.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception, page.exception
    return page


def save(page: AppTest, name: str) -> None:
    """Save what the page shows, as the form does."""
    page.text_input(key="views.name").set_value(name)
    next(button for button in page.button if button.label == "Save view").click().run()
    assert not page.exception, page.exception


def main() -> None:
    """Say what the page shows under the link given as JSON."""
    database = Database.from_settings(load_settings(), os.environ["DATABASE_URL"])
    load.use(database)
    with database.accounts() as conn:
        made = create_account(conn, username=sys.argv[1], password="an old lamp on the pier", role="analyst")
    user = User(made.account_id, made.username, made.display_name, "analyst", Scope.everything())
    auth.require = lambda role: user
    view_actions.acting_user = lambda: user
    page = open_page(user, json.loads(sys.argv[2]))
    tables = [item.value.to_dict("list") for item in page.dataframe]
    words = [item.value for item in (*page.header, *page.caption, *page.markdown)]
    save(page, "Doors")
    with database.accounts() as conn:
        views = [(view.content.name, view.content.link) for view in views_for(conn, account_id=user.account_id)]
    sys.stdout.write(json.dumps({"tables": tables, "words": words, "views": views}, default=str) + "\n")
    database.dispose()


main()
