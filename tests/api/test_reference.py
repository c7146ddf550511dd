"""Reference data over HTTP: pages by key, change sets that are one revision, dry runs, conflicts and refusals."""

import pytest
import sqlalchemy as sa

PRODUCTS = "/api/v1/reference/products"


def change(client, *changes, **more):
    body = {"reason": "From a notebook", "changes": list(changes), **more}
    return client.patch(PRODUCTS, json=body)


def rows(client, **params):
    return {row["row"]: row for row in client.get(PRODUCTS, params=params).json()["rows"]}


def test_tables_and_their_fields_are_listed(shop):
    told = {table["name"]: table for table in shop.client("analyst").get("/api/v1/reference").json()}
    assert {"products", "stores", "targets"} <= set(told)
    fields = {field["name"]: field for field in told["products"]["fields"]}
    assert fields["product"]["key"]
    assert fields["category"]["names"] == "categories"


def test_pages_follow_each_other_by_key_whatever_is_edited_between(shop):
    client = shop.client("analyst")
    first = client.get(PRODUCTS, params={"limit": 2}).json()
    assert ([row["row"] for row in first["rows"]], first["next"]) == (["10", "20"], "20")
    second = client.get(PRODUCTS, params={"limit": 2, "after": first["next"]}).json()
    assert ([row["row"] for row in second["rows"]], second["next"]) == (["30"], None)
    assert list(rows(client, search="milk")) == ["10"]


def test_changes_become_one_revision_with_its_reason_and_author(shop):
    client = shop.client("manager")
    version = rows(client)["20"]["version"]
    told = change(client, {"key": "20", "version": version, "set": {"category": "PRODUCE > FRUIT"}},
                  {"key": "new", "set": {"product": 40, "category": "GROCERY > MILK"}})  # fmt: skip
    assert told.json() == {"revision": 2, "added": 1, "changed": 1, "removed": 0, "same": 0, "effect": None}
    assert rows(client)["20"]["category"] == "PRODUCE > FRUIT"
    shown = client.get("/api/v1/revisions/2").json()
    assert (shown["author"], shown["reason"], shown["kind"]) == ("manager", "From a notebook", "edit")
    assert shown["changes"] == [{"table": "products", "rows_added": 1, "rows_changed": 1, "rows_removed": 0}]


def test_a_dry_run_tells_the_effect_and_writes_nothing(shop):
    client = shop.client("manager")
    version = rows(client)["10"]["version"]
    told = change(client, {"key": "10", "version": version, "set": {"category": "PRODUCE > FRUIT"}}, dry_run=True)
    effect = {(one["metric"], one["member"]): (one["before"], one["after"]) for one in told.json()["effect"]
              if one["dimension"] == "department"}  # fmt: skip
    assert effect["net_sales", "GROCERY"] == (9.0, 0.0)
    assert effect["net_sales", "PRODUCE"] == (22.1, 31.1)
    assert told.json()["revision"] is None
    assert client.get("/api/v1/revisions").json()["revisions"][0]["revision"] == 1


def test_retiring_and_saying_the_same_again(shop):
    client = shop.client("manager")
    version = rows(client)["10"]["version"]
    assert change(client, {"key": "10", "version": version, "retired": True}).json()["changed"] == 1
    version = rows(client)["10"]["version"]
    again = change(client, {"key": "10", "version": version, "retired": True}).json()
    assert (again["revision"], again["same"]) == (None, 1)


def test_what_somebody_else_saved_is_told_field_by_field(shop):
    client = shop.client("manager")
    version = rows(client)["10"]["version"]
    change(client, {"key": "10", "version": version, "set": {"brand": "Theirs"}})
    merged = change(client, {"key": "10", "version": version, "set": {"product_type": "MINE"}})
    assert merged.status_code == 200
    answer = change(client, {"key": "10", "version": version, "set": {"brand": "Mine"}})
    assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
    (conflict,) = answer.json()["conflicts"]
    assert (conflict["field"], conflict["current"], conflict["yours"], conflict["revision"]) == (
        "brand", "Theirs", "Mine", 3
    )  # fmt: skip
    assert rows(client)["10"]["brand"] == "Theirs"


def test_an_effect_that_has_moved_since_is_looked_at_again(shop):
    client = shop.client("manager")
    version = rows(client)["10"]["version"]
    change(client, {"key": "20", "version": rows(client)["20"]["version"], "set": {"category": "PRODUCE > FRUIT"}})
    wanted = {"key": "10", "version": version, "set": {"category": "PRODUCE > FRUIT"}}
    assert change(client, wanted, base_revision=1).status_code == 409
    body = {"reason": "As seen", "changes": [wanted]}
    assert client.patch(PRODUCTS, json=body, headers={"If-Match": '"1"'}).status_code == 409
    assert client.patch(PRODUCTS, json=body, headers={"If-Match": "one"}).status_code == 422
    assert client.patch(PRODUCTS, json=body, headers={"If-Match": '"2"'}).json()["revision"] == 3


@pytest.mark.parametrize(
    ("wanted", "field", "rule"),
    [
        ({"key": "10", "version": 1, "set": {"category": "NO > SUCH"}}, "10.category", "is not one of"),
        ({"key": "10", "version": 1, "set": {"product_type": "x" * 201}}, "10.product_type", "at most 200"),
        ({"key": "10", "version": 1, "set": {"wrong": 1}}, "10", ""),
        ({"key": "99", "version": 1, "set": {"brand": "x"}}, "99", ""),
        ({"key": "1' or '1'='1", "version": 1, "set": {"brand": "x"}}, "1' or '1'='1", ""),
        ({"key": "10", "version": 1, "removed": True}, "10", "only retired"),
    ],
)
def test_a_wrong_value_is_told_by_row_field_and_rule(shop, wanted, field, rule):
    answer = change(shop.client("manager"), wanted)
    assert answer.status_code == 422
    (broken,) = answer.json()["errors"]
    assert broken["field"].startswith(field)
    assert rule in broken["rule"]
    with shop.database.owner.connect() as conn:
        assert conn.scalar(sa.text("select max(revision) from history.revisions")) == 1


def test_a_reason_and_a_table_are_needed(shop):
    client = shop.client("manager")
    wanted = {"key": "10", "version": 1, "set": {"brand": "x"}}
    assert change(client, wanted, reason=" ").status_code == 422
    assert client.get("/api/v1/reference/sales_lines").status_code == 404
    assert client.patch("/api/v1/reference/accounts", json={"reason": "x", "changes": [wanted]}).status_code == 404
    assert change(client, wanted, wanted).status_code == 422


def test_a_table_that_needs_a_second_manager_is_not_edited_past_them(shop):
    with shop.database.accounts() as conn:
        conn.execute(sa.text("insert into accounts.edit_rules (table_name, needs_approval) values ('products', true)"))
    answer = change(shop.client("manager"), {"key": "10", "version": 1, "set": {"brand": "x"}})
    assert (answer.status_code, answer.json()) == (202, {"draft": 1, "address": "/review?draft=1", "rows": 1})
    with shop.database.owner.connect() as conn:
        assert conn.scalar(sa.text("select max(revision) from history.revisions")) == 1


def test_compare_tells_each_part_and_views_are_kept(shop):
    client = shop.client("manager")
    change(client, {"key": "10", "version": 1, "set": {"category": "PRODUCE > FRUIT"}})
    asked = {"metric": "net_sales", "from_revision": 1, "to_revision": 2, "filters": {"department": ["PRODUCE"]}}
    for method in ("timeline", "shapley"):
        told = client.post("/api/v1/compare", json={**asked, "method": method}).json()
        assert (told["from"], told["to"], told["difference"]) == (22.1, 31.1, 9.0)
        assert [(part["contribution"], part["revisions"][0]["author"]) for part in told["parts"]] == [(9.0, "manager")]
    made = client.post("/api/v1/views", json={"name": "Fruit", "link": "m=net_sales", "shared": True})
    assert made.status_code == 201
    (seen,) = shop.client("analyst").get("/api/v1/views").json()
    assert (seen["name"], seen["owner"], seen["address"]) == ("Fruit", "manager", made.json()["address"])
    assert client.post("/api/v1/views", json={"name": "Fruit", "link": ""}).status_code == 422


def test_revisions_are_listed_by_pages(shop):
    client = shop.client("manager")
    for brand in ("a", "b", "c"):
        change(client, {"key": "10", "version": rows(client)["10"]["version"], "set": {"brand": brand}})
    first = client.get("/api/v1/revisions", params={"limit": 3}).json()
    assert ([one["revision"] for one in first["revisions"]], first["next"]) == ([4, 3, 2], 2)
    second = client.get("/api/v1/revisions", params={"limit": 3, "before": first["next"]}).json()
    assert ([one["revision"] for one in second["revisions"]], second["next"]) == ([1], None)
    assert client.get("/api/v1/revisions/99").status_code == 404
