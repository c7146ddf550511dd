"""An assistant asks over the protocol itself, and is told no more than its token's account may see."""

import json
import os
import sys

import sqlalchemy as sa
from mcp import StdioServerParameters
from mcp.client import Client as Assistant
from mcp.client.stdio import stdio_client

from tests.loops import run_apart


def asked(shop, address, name, *calls, edits=False):
    """What the tools answer, and their names."""
    parameters = StdioServerParameters(
        command=sys.executable,
        args=["-m", "dashboard.cli", "mcp", "--url", address, *(["--allow-edits"] if edits else [])],
        env={**os.environ, "DAYBOOK_TOKEN": shop.token(name)},
    )

    async def ask():
        async with Assistant(stdio_client(parameters)) as assistant:
            tools = await assistant.list_tools()
            answers = [await assistant.call_tool(tool, given) for tool, given in calls]
            return [tool.name for tool in tools.tools], answers

    return run_apart(ask)


def told(answer):
    assert not answer.is_error, answer.content
    return json.loads(answer.content[0].text)


def test_figures_come_with_revision_and_sql(shop, remote):
    question = {"metrics": ["net_sales"], "dimensions": ["department"]}
    names, (catalog, figures, wrong) = asked(
        shop, remote.url, "analyst",
        ("catalog", {}), ("query", question), ("query", {"metrics": ["net_sale"]}),
    )  # fmt: skip
    assert names == ["catalog", "query", "compare", "revisions"]
    assert "net_sales" in {one["name"] for one in told(catalog)["metrics"]}
    assert told(figures)["rows"] == [["GROCERY", 9.0], ["PRODUCE", 22.1]]
    assert told(figures)["revision"] == 1
    assert "sum(" in told(figures)["sql"]
    assert wrong.is_error
    assert "did you mean 'net_sales'" in wrong.content[0].text


def test_a_scoped_account_s_assistant_sees_its_stores_and_may_not_edit(shop, remote):
    with shop.database.accounts() as conn:
        conn.execute(sa.text("update accounts.accounts set scope_stores = '{1}' where username = 'analyst'"))
    change = {"table": "products", "changes": [{"key": "10", "version": 1, "set": {"brand": "x"}}], "reason": "x"}
    names, (figures, refused) = asked(
        shop, remote.url, "analyst",
        ("query", {"metrics": ["net_sales"]}), ("change_reference_data", change), edits=True,
    )  # fmt: skip
    assert "change_reference_data" in names
    assert told(figures)["rows"] == [[11.0]]
    assert refused.is_error
    assert "403" in refused.content[0].text


def test_a_manager_s_assistant_tries_a_change_first(shop, remote):
    change = {"table": "products", "reason": "Ours now",
              "changes": [{"key": "10", "version": 1, "set": {"category": "PRODUCE > FRUIT"}}]}  # fmt: skip
    _, (tried, saved) = asked(
        shop, remote.url, "manager",
        ("change_reference_data", change), ("change_reference_data", {**change, "dry_run": False}), edits=True,
    )  # fmt: skip
    assert told(tried)["revision"] is None
    assert told(tried)["effect"]
    assert told(saved)["revision"] == 2
