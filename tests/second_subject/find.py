"""Run in the tree of the second subject: searches, opens a member's page and the glossary, and prints what they say."""

import json
import os
import sys
from pathlib import Path

from streamlit.testing.v1 import AppTest

from dashboard import auth, load
from dashboard.auth import User
from dashboard.finding.search import search
from data.accounts.accounts import create_account
from data.config import load_settings
from data.db import Database
from data.scope import Scope

PAGES = Path.cwd() / "pages"


def told(name: str, params: dict[str, str]) -> str:
    """Everything that a page says."""
    page = AppTest.from_file(str(PAGES / f"{name}.py"), default_timeout=60)
    for key, value in params.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception, page.exception
    said = [item.value for item in (*page.title, *page.header, *page.caption, *page.markdown)]
    return " ".join([*said, *(item.proto.body for item in page.get("html"))])


def main() -> None:
    """Say what is found by the words given, and what the pages say under the links given as JSON."""
    database = Database.from_settings(load_settings(), os.environ["DATABASE_URL"])
    load.use(database)
    with database.accounts() as conn:
        made = create_account(conn, username="ann", password="an old lamp on the pier", role="analyst")
    scope = Scope.everything() if sys.argv[1] == "-" else Scope.of_stores(int(sys.argv[1]))
    user = User(made.account_id, made.username, made.display_name, "analyst", scope)
    auth.require = lambda role: user
    found = {group.name: [hit.name for hit in group.hits] for group in search(sys.argv[2], user).groups}
    pages = [told(name, params) for name, params in json.loads(sys.argv[3])]
    sys.stdout.write(json.dumps({"found": found, "pages": pages}) + "\n")
    database.dispose()


main()
