"""What Streamlit serves beside its pages, asked of the product itself."""

from __future__ import annotations

import pytest

from data.accounts.accounts import find_account
from data.accounts.sessions import open_ticket, redeem_ticket

REFUSED = "Log in to Daybook first."
UPLOAD = "/_stcore/upload_file/a/b"


@pytest.fixture
def cookie(app_database):
    with app_database.accounts() as conn:
        account = find_account(conn, username="analyst")
        ticket = open_ticket(conn, account_id=account.account_id, browser="mine")
        return f"daybook_session={redeem_ticket(conn, ticket=ticket, browser='mine')}"


def test_uploads_and_metrics_are_refused_to_strangers_with_the_usual_headers(page, app):
    for answer in (page.request.put(f"{app}{UPLOAD}", data=b"x"), page.request.get(f"{app}/_stcore/metrics")):
        assert (answer.status, answer.text()) == (403, REFUSED)
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_uploads_and_metrics_reach_streamlit_with_a_session(page, app, cookie):
    assert page.request.get(f"{app}/_stcore/metrics", headers={"cookie": cookie}).status == 200
    upload = page.request.put(f"{app}{UPLOAD}", data=b"x", headers={"cookie": cookie})
    assert upload.text() != REFUSED  # it is Streamlit that misses its own token now


def test_the_health_of_streamlit_stays_open(page, app):
    assert page.request.get(f"{app}/_stcore/health").status == 200
