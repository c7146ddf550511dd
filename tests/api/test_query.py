"""Questions over HTTP: exact figures in four forms, tags that hold as long as the figures, and refusals that say why."""

import io

import pandas as pd
import pyarrow as pa
import pytest
import sqlalchemy as sa

from data.accounts.scopes import set_scope
from tests.changes.shop import edit

NET = {"metrics": ["net_sales", "baskets"], "dimensions": ["department"]}


def asked(client, **question):
    return client.post("/api/v1/query", json=question)


def test_figures_come_with_their_columns_and_revision(shop):
    answer = asked(shop.client("analyst"), **NET)
    assert answer.status_code == 200
    told = answer.json()
    assert [(one["name"], one["type"], one["unit"]) for one in told["columns"]] == [
        ("department", "text", ""), ("net_sales", "decimal", "currency"), ("baskets", "integer", "count")
    ]  # fmt: skip
    assert told["rows"] == [["GROCERY", 9.0, 2], ["PRODUCE", 22.1, 2]]
    assert (told["revision"], told["more"], told["sql"]) == (1, False, None)


def test_money_is_exact_in_every_form(shop):
    client = shop.client("analyst")

    def body(form):
        answer = client.post("/api/v1/query", json=NET, headers={"Accept": form})
        assert answer.headers["content-type"].split(";")[0] == form
        return answer.content

    assert body("text/csv").decode("utf-8-sig").splitlines() == [
        "department,net_sales,baskets", "GROCERY,9.00,2", "PRODUCE,22.10,2"
    ]  # fmt: skip
    arrow = pa.ipc.open_stream(body("application/vnd.apache.arrow.stream")).read_all()
    assert arrow.schema.field("net_sales").type == pa.decimal128(18, 2)
    parquet = pd.read_parquet(io.BytesIO(body("application/vnd.apache.parquet")))
    assert [str(value) for value in parquet["net_sales"]] == [str(v) for v in arrow["net_sales"].to_pylist()]
    assert arrow["baskets"].to_pylist() == [2, 2]


def test_a_form_that_there_is_not_is_refused(shop):
    answer = shop.client("analyst").post("/api/v1/query", json=NET, headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["content-type"]) == (406, "application/problem+json")


def test_limit_says_whether_there_is_more(shop):
    told = asked(shop.client("analyst"), **NET, limit=1).json()
    assert (len(told["rows"]), told["more"]) == (1, True)
    assert not asked(shop.client("analyst"), **NET, limit=2).json()["more"]


@pytest.mark.parametrize(
    ("filters", "rows"),
    [
        ({"store": [1]}, [["GROCERY", 9.0], ["PRODUCE", 2.0]]),
        ({"store": {"not_in": [1]}}, [["PRODUCE", 20.1]]),
        ({"store": {"range": [2, None]}}, [["PRODUCE", 20.1]]),
        ({"category": {"search": "milk"}}, [["GROCERY", 9.0]]),
        ({"category": {"in": ["PRODUCE > FRUIT"]}, "store": [1]}, [["PRODUCE", 2.0]]),
        ({"store": [99]}, []),
    ],
)
def test_filters(shop, filters, rows):
    assert asked(shop.client("analyst"), metrics=["net_sales"], dimensions=["department"], filters=filters).json()[
        "rows"
    ] == rows  # fmt: skip


def test_time_is_bucketed_and_compared(shop):
    told = asked(shop.client("analyst"), metrics=["net_sales"], start="2017-02-01", end="2017-03-01",
                 compare={"to": ["2017-01-01", "2017-02-01"]}).json()  # fmt: skip
    assert [one["name"] for one in told["columns"]][:2] == ["net_sales", "net_sales_before"]
    assert told["rows"][0][:2] == [27.1, 4.0]
    months = asked(shop.client("analyst"), metrics=["net_sales"], grain="month", start="2017-01-01", end="2017-03-01")
    assert months.json()["rows"] == [["2017-01-01", 4.0], ["2017-02-01", 27.1]]


def test_an_answer_that_was_kept_is_given_until_a_revision_could_change_it(shop):
    client = shop.client("analyst")
    first, again = asked(client, **NET), asked(client, **NET)
    assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])
    edit(shop.database, "stores", "1", name="Corner")  # a revision that the figures do not rest on
    told = asked(client, **NET)
    assert (told.headers["etag"], told.json()["rows"]) == (first.headers["etag"], first.json()["rows"])
    assert told.json()["revision"] == first.json()["revision"] + 1
    edit(shop.database, "products", "10", category="PRODUCE > FRUIT")
    assert asked(client, **NET).json()["rows"] != first.json()["rows"]
    past = asked(client, **NET, revision=1).json()
    assert past == asked(client, **NET, revision=1).json()
    assert (past["revision"], past["rows"]) == (1, first.json()["rows"])


def test_an_answer_that_was_kept_takes_one_statement(shop):
    client, ran = shop.client("analyst"), []
    first = asked(client, **NET)
    note = lambda *event: ran.append(event[2])  # noqa: E731
    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        again = asked(client, **NET)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    assert (again.content, len(ran)) == (first.content, 1)
    assert "api_tokens" in ran[0]
    assert "revision_counter" in ran[0]


def test_what_was_kept_for_one_is_not_given_to_who_sees_less(shop):
    everything = asked(shop.client("analyst"), **NET).json()
    assert asked(shop.client("analyst"), **NET).json() == everything
    with shop.database.accounts() as conn:
        set_scope(conn, username="manager", stores=[2])
    assert asked(shop.client("manager"), **NET).json()["rows"] == [["PRODUCE", 20.1, 1]]


def test_a_tag_holds_until_a_figure_could_be_another_one(shop):
    client = shop.client("analyst")
    first = asked(client, **NET)
    tag = {"If-None-Match": first.headers["etag"]}
    again = client.post("/api/v1/query", json=NET, headers=tag)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert client.post("/api/v1/query", json=NET, headers={**tag, "Accept": "text/csv"}).status_code == 200
    edit(shop.database, "products", "20", category="PRODUCE > FRUIT")
    assert client.post("/api/v1/query", json=NET, headers=tag).status_code == 200
    pinned = asked(client, **NET, revision=1)
    assert pinned.json()["rows"] == first.json()["rows"]
    assert pinned.json()["revision"] == 1


def test_the_statement_is_shown_on_demand(shop):
    assert "sum(" in asked(shop.client("analyst"), **NET, sql=True).json()["sql"]


@pytest.mark.parametrize(
    ("question", "field", "rule"),
    [
        ({"metrics": ["net_sale"]}, "metrics.0", "did you mean 'net_sales'?"),
        ({"metrics": ["net_sales"], "dimensions": ["departments"]}, "dimensions.0", "did you mean 'department'?"),
        ({"metrics": []}, "metrics", "at least 1 item"),
        ({"metrics": ["net_sales"], "filters": {"stor": [1]}}, "filters.stor", "no such dimension"),
        ({"metrics": ["net_sales"], "filters": {"store": ["1"]}}, "filters.store", "are whole numbers"),
        ({"metrics": ["net_sales"], "filters": {"department": [1]}}, "filters.department", "are texts"),
        ({"metrics": ["net_sales"], "filters": {"department": ["a\0"]}}, "filters.department", "zero character"),
        ({"metrics": ["net_sales"], "filters": {"store": {"range": [None, None]}}}, "filters.store", "first and the"),
        ({"metrics": ["net_sales"], "limit": 0}, "limit", "greater than or equal to 1"),
        ({"metrics": ["net_sales"], "start": "yesterday"}, "start", "valid date"),
        ({"metrics": ["net_sales"], "wrong": 1}, "wrong", "not permitted"),
    ],
)
def test_a_wrong_question_is_told_by_field_and_rule(shop, question, field, rule):
    answer = asked(shop.client("analyst"), **question)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    told = answer.json()
    assert told["errors"][0]["field"].startswith(field)
    assert rule in told["errors"][0]["rule"]
    assert told["status"] == 422


@pytest.mark.parametrize(
    "question",
    [
        {"metrics": ["net_sales"], "start": "2017-02-01", "end": "2017-01-01"},
        {"metrics": ["net_sales"], "compare": {"to": "previous"}},
        {"metrics": ["net_sales"], "revision": 99},
        {"metrics": ["net_sales", "net_sales"]},
    ],
)
def test_what_makes_no_sense_is_told_in_words(shop, question):
    answer = asked(shop.client("analyst"), **question)
    assert answer.status_code == 422
    assert len(answer.json()["detail"]) > 15


def test_a_caller_sees_the_stores_of_their_scope_alone(shop):
    with shop.database.accounts() as conn:
        conn.execute(sa.text("update accounts.accounts set scope_stores = '{1}' where username = 'analyst'"))
    client = shop.client("analyst")
    assert asked(client, metrics=["net_sales"]).json()["rows"] == [[11.0]]
    for first in range(2, 1002, 250):  # a thousand guessed numbers, some of them of stores that there are
        stores = list(range(first, first + 250))
        assert asked(client, metrics=["net_sales"], filters={"store": stores}).json()["rows"] == [[0.0]]
    assert asked(client, metrics=["net_sales"], dimensions=["store"]).json()["rows"] == [[1, "Store 1", 11.0]]


def test_the_catalog_names_what_can_be_asked(shop):
    told = shop.client("analyst").get("/api/v1/catalog").json()
    assert {"net_sales", "baskets"} <= {one["name"] for one in told["metrics"]}
    assert {"department", "store"} <= {one["name"] for one in told["dimensions"]}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (rb'{"metrics": ["\ud800"]}', "metrics.0"),
        (rb'{"metrics": ["net_sales"], "filters": {"department": ["\ud800"]}}', "filters.department"),
        (rb'{"metrics": ["net_sales"], "filters": {"department": {"search": "\udfff"}}}', "filters.department"),
        (rb'{"metrics": ["net_sales"], "filters": {"\ud800": ["a"]}}', "filters"),
    ],
)
def test_half_a_character_is_refused_where_it_stands(shop, body, field):
    answer = shop.client("analyst").post("/api/v1/query", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith(field)
