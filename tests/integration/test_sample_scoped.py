"""What people see who are limited to stores or to regions, by every way out, against plain pandas over the files."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
import sqlalchemy as sa
import uvicorn
from fastapi.testclient import TestClient
from mcp.client import Client as Assistant
from streamlit.testing.v1 import AppTest

from dashboard import auth, downloads, load
from dashboard.api import callers
from dashboard.api.app import create_app
from dashboard.api.assistant import make_server
from dashboard.api.client import Client
from dashboard.auth import User
from data.accounts.accounts import find_account
from data.accounts.scopes import set_scope
from data.accounts.tokens import make_personal_token
from data.accounts.user import user_of
from data.cache import ResultCache
from data.changes.editable import editable_table
from data.changes.effect import effects
from data.changes.planning import fitting, plan_changes
from data.changes.types import Editor, RowChange
from data.db import Database
from data.models import Region, Store
from data.scope import Scope
from tests.browser.live import free_port
from tests.conftest import clone
from tests.factories.accounts import AccountFactory
from tests.integration.test_sample_figures import by_pandas, lines
from tests.loops import run_apart

__all__ = ["lines"]
pytestmark = [pytest.mark.sample]
STORES = {367, 406, 31862}
PAGES = Path(__file__).parents[2] / "pages"
WHO = ("of-stores", "of-regions")
GUESSES = 1000
TYPES = {"csv": "text/csv", "arrow": "application/vnd.apache.arrow.stream", "parquet": "application/vnd.apache.parquet"}


@dataclass
class Chain:
    """The sample with two regions, and for each person whose stores they may see."""

    database: Database
    stores: dict[str, set[int]]
    tokens: dict[str, str]

    def user(self, who: str) -> User:
        with self.database.accounts() as conn:
            account = find_account(conn, username=who)
        return user_of(account, self.database)

    def api(self, who: str) -> TestClient:
        return TestClient(create_app(), headers={"Authorization": f"Bearer {self.tokens[who]}"})


@pytest.fixture(scope="module")
def copy(server_url: str, sample_name: str, owner_login: str) -> Iterator[Database]:
    with clone(server_url, sample_name, owner_login) as database:
        yield database


@pytest.fixture(scope="module")
def placed(copy: Database) -> Chain:
    with copy.writing(author="ann", reason="Every third store") as conn:
        region = conn.scalar(sa.insert(Region).values(name="North").returning(Region.region_id))
        north = {number for number in conn.scalars(sa.select(Store.store_id)) if number % 3 == 0}
        conn.execute(sa.update(Store).where(Store.store_id.in_(north)).values(region_id=region))
    tokens = {}
    with copy.accounts() as conn:
        for who in WHO:
            made = AccountFactory(conn=conn, username=who, role="manager")
            tokens[who] = make_personal_token(conn, account_id=made.account_id, name="t", rights=("read",), days=1)[1]
        set_scope(conn, username=WHO[0], stores=sorted(STORES))
        set_scope(conn, username=WHO[1], regions=[region])
    return Chain(copy, {WHO[0]: STORES, WHO[1]: north}, tokens)


@pytest.fixture
def chain(placed: Chain, monkeypatch, tmp_path) -> Iterator[Chain]:
    monkeypatch.setenv("DAYBOOK_HOME", str(tmp_path))
    monkeypatch.setattr(load.Resources, "database", placed.database)
    monkeypatch.setattr(load.Resources, "cache", ResultCache())
    callers._key.cache_clear()
    yield placed
    callers._key.cache_clear()


def seen(lines, chain, who):
    return lines[lines["store_id"].isin(chain.stores[who])]


def departments(lines):
    """Net sales in cents by department."""
    return lines.groupby("department")["sales_value"].sum().to_dict()


def in_cents(frame):
    return {row[0]: round(float(row[-1]) * 100) for row in frame[["department", "net_sales"]].itertuples(index=False)}


QUESTION = {"metrics": ["net_sales"], "dimensions": ["department"], "start": "2017-01-01", "end": "2018-01-01"}


@pytest.mark.parametrize("who", WHO)
def test_the_http_api_in_every_form(chain, lines, who):
    expected, api = departments(seen(lines, chain, who)), chain.api(who)
    told = api.post("/api/v1/query", json=QUESTION).json()
    found = {"json": pd.DataFrame(told["rows"], columns=[one["name"] for one in told["columns"]])}
    for form, type_ in TYPES.items():
        answer = api.post("/api/v1/query", json=QUESTION, headers={"Accept": type_})
        read = {
            "csv": pd.read_csv,
            "parquet": pd.read_parquet,
            "arrow": lambda file: pa.ipc.open_stream(file).read_pandas(),
        }
        found[form] = read[form](io.BytesIO(answer.content))
    for frame in found.values():
        assert in_cents(frame) == expected
    six = api.post("/api/v1/query", json={**QUESTION, "metrics": ["net_sales", "baskets", "households", "units"],
                                          "dimensions": []}).json()["rows"][0]  # fmt: skip
    whole = by_pandas(seen(lines, chain, who))
    assert [round(six[0] * 100), *six[1:]] == [whole[name] for name in ("net_sales", "baskets", "households", "units")]


@pytest.mark.parametrize("who", WHO)
def test_what_a_load_contributed(chain, lines, who):
    asked = {"metric": "net_sales", "from_revision": 12, "to_revision": 13}
    told = chain.api(who).post("/api/v1/compare", json=asked).json()
    own = seen(lines, chain, who)
    december = own[own["day"] >= date(2017, 12, 1)]["sales_value"].sum()
    assert round(told["difference"] * 100) == december == round(sum(one["contribution"] for one in told["parts"]) * 100)


@pytest.mark.parametrize("who", WHO)
def test_what_an_edit_would_do(chain, lines, who):
    own = seen(lines, chain, who)
    product = int(own[own["department"] == "GROCERY"].groupby("product_id")["sales_value"].sum().idxmax())
    moved = own[own["product_id"] == product]["sales_value"].sum()
    change = RowChange(row=str(product), version=1, set={"category": "FUEL > FUEL"})
    scope = chain.user(who).scope
    with chain.database.reading(Scope.everything()) as conn:
        editor = Editor("ann", "manager", Scope.everything())
        wanted = fitting(plan_changes(conn, editable_table("products"), [change], editor=editor))
    with chain.database.reading(scope) as conn:
        found = effects(conn, wanted, scope=scope)
    (effect,) = [one for one in found if (one.metric.name, one.dimension.name) == ("net_sales", "department")]
    assert dict(zip(effect.frame["key"], effect.frame["change"], strict=True))["GROCERY"] == -moved
    before = dict(zip(effect.frame["key"], effect.frame["before"], strict=True))
    assert before["GROCERY"] == departments(own)["GROCERY"]


def page_of(monkeypatch, chain, who, name, **params):
    """The page as a script, and what makes each of its files."""
    files = {}
    user = chain.user(who)
    monkeypatch.setattr(auth, "require", lambda role: user)
    monkeypatch.setattr(downloads, "noted", lambda make, *, file, revision: files.setdefault(file, make))
    page = AppTest.from_file(str(PAGES / f"{name}.py"), default_timeout=60)
    for key, value in params.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception, page.exception
    return page, files


@pytest.mark.parametrize("who", WHO)
def test_overview(chain, lines, monkeypatch, who):
    page, _ = page_of(monkeypatch, chain, who, "overview", p="all")
    told = " ".join(item.proto.body for item in page.get("html"))
    whole = by_pandas(seen(lines, chain, who))
    assert f"{whole['net_sales'] / 100:,.2f} in " in told
    for name in ("baskets", "households", "units"):
        assert f"{whole[name]:,} in " in told, name


@pytest.mark.parametrize("who", WHO)
def test_explore_and_its_files(chain, lines, monkeypatch, who):
    page, files = page_of(monkeypatch, chain, who, "explore", p="all", r="department", m="net_sales")
    expected = departments(seen(lines, chain, who))
    total = sum(expected.values())
    shown = page.dataframe[0].value
    assert round(float(shown["Net sales"].iloc[-1]) * 100) == total  # the last row is the total
    ends = {name.rsplit(".", 1)[-1]: make for name, make in files.items()}
    for frame in (pd.read_csv(io.BytesIO(ends["csv"]())), pd.read_parquet(io.BytesIO(ends["parquet"]()))):
        money = next(name for name in frame if name.lower().replace(" ", "_") == "net_sales")
        got = {row[0]: round(float(row[1]) * 100) for row in frame[[frame.columns[0], money]].itertuples(index=False)}
        assert {name: cents for name, cents in got.items() if name in expected} == expected
        assert set(got.values()) <= {*expected.values(), total}
    sheets = pd.read_excel(io.BytesIO(ends["xlsx"]()), header=None, sheet_name=None).values()
    cells = {row[0]: row[1] for sheet in sheets for row in sheet.itertuples(index=False) if row[0] in expected}
    assert {name: round(float(value) * 100) for name, value in cells.items()} == expected


@pytest.fixture
def address(chain: Chain) -> Iterator[str]:
    """The API of the chain, served."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(create_app(), port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


def assistant(address, token, calls):
    """What the tools of `daybook mcp` answer."""
    server = make_server(Client(address, token))

    async def ask():
        async with Assistant(server) as one:
            return [await one.call_tool(tool, given) for tool, given in calls]

    return run_apart(ask)


def rows_of(answer):
    assert not answer.is_error, answer.content
    return json.loads(answer.content[0].text)["rows"]


@pytest.mark.parametrize("who", WHO)
def test_an_assistant(chain, address, lines, who):
    (answer,) = assistant(address, chain.tokens[who], [("query", QUESTION)])
    found = {row[0]: round(row[-1] * 100) for row in rows_of(answer)}
    assert found == departments(seen(lines, chain, who))


def guesses(lines, chain, who):
    """Stores out of reach, and products that were sold there alone."""
    foreign = sorted(set(lines["store_id"].unique()) - chain.stores[who])
    strange = sorted(set(lines["product_id"]) - set(seen(lines, chain, who)["product_id"]))
    return [*(("store", int(one)) for one in foreign), *(("product", int(one)) for one in strange)]


def test_files_and_assistants_read_nothing_by_guessed_numbers(chain, address, lines):
    who, api = WHO[0], chain.api(WHO[0])
    guessed = guesses(lines, chain, who)[:GUESSES]
    assert len(guessed) == GUESSES
    asked = [{"metrics": ["net_sales"], "dimensions": [name], "filters": {name: [key]}} for name, key in guessed]
    for question in asked[::2]:
        answer = api.post("/api/v1/query", json=question, headers={"Accept": "text/csv"})
        assert (answer.status_code, len(answer.text.splitlines())) == (200, 1), question
    answers = assistant(address, chain.tokens[who], [("query", question) for question in asked[1::2]])
    assert all(rows_of(one) == [] for one in answers)
