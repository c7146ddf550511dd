"""The client for notebooks, over a served application."""

from datetime import date
from decimal import Decimal

import pytest

from dashboard.api.client import DaybookError
from tests.changes.shop import edit


def test_a_question_is_answered_with_a_frame_of_exact_money(remote):
    frame = remote.query(["net_sales", "baskets"], dimensions=["department"], start=date(2017, 2, 1), end="2017-03-01")
    assert frame.to_dict("list") == {
        "department": ["GROCERY", "PRODUCE"], "net_sales": [Decimal("5.00"), Decimal("22.10")], "baskets": [1, 2]
    }  # fmt: skip
    assert frame.attrs["revision"] == 1


def test_an_answer_that_still_holds_is_not_sent_again(remote, shop):
    asked = {"metrics": ["net_sales"], "dimensions": ["department"]}
    first = remote.query(**asked)
    assert remote.query(**asked).equals(first)
    edit(shop.database, "products", "20", category="PRODUCE > FRUIT")
    edit(shop.database, "products", "10", category="PRODUCE > FRUIT")
    assert remote.query(**asked)["department"].tolist() == ["PRODUCE"]
    assert remote.query(**asked, revision=1).equals(first)
    told = remote.compare("net_sales", 1, 3, filters={"department": ["PRODUCE"]})
    assert (told["from"], told["to"]) == (22.1, 31.1)


def test_reference_data_is_read_and_changed(remote):
    rows = remote.reference("products").set_index("product")
    wanted = {"key": "10", "version": int(rows.loc[10, "version"]), "set": {"brand": "Ours"}}
    assert remote.change("products", [wanted], reason="x", dry_run=True)["revision"] is None
    assert remote.change("products", [wanted], reason="From a notebook")["revision"] == 2
    assert remote.revisions()["reason"].iloc[0] == "From a notebook"


def test_a_refusal_says_why(remote):
    with pytest.raises(DaybookError, match="did you mean 'net_sales'") as refused:
        remote.query(["net_sale"])
    assert refused.value.status == 422
    assert refused.value.problem["errors"][0]["field"] == "metrics.0"
