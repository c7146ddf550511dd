"""Requests made up from the schema: none ends in a fault of ours, and every answer is one that the schema tells of."""

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS, load_all_checks

from dashboard.api.app import create_app

load_all_checks()
REQUESTS = int(os.environ.get("DAYBOOK_SCHEMA_REQUESTS", "20"))  # of each route, with and without a token
SCHEMA = schemathesis.openapi.from_asgi("/api/v1/openapi.json", create_app())
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}
CHECKS_MADE = [check for check in CHECKS.get_all() if check.__name__ != "positive_data_acceptance"]
OPEN = {"GET /healthz", "GET /readyz", "POST /api/v1/token"}
UNASKED = {401, 404, 405, 422}


def made_up(label, check):
    """Let `check` judge requests that are made up for the operation."""
    quick = settings(max_examples=REQUESTS, deadline=None, suppress_health_check=list(HealthCheck),
                     phases=[Phase.explicit, Phase.generate], database=None)  # fmt: skip
    quick(given(case=OPERATIONS[label].as_strategy())(check))()


@pytest.mark.long
@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_answers_are_as_the_schema_says(shop, label):
    headers = {"Authorization": f"Bearer {shop.token('admin')}"}

    def check(case):
        answer = case.call_and_validate(headers=headers, checks=CHECKS_MADE)
        if (
            answer.status_code == 422
        ):  # also for what no schema says: dates in order, metrics of one subject, free names
            assert len(answer.json()["detail"]) > 10

    made_up(label, check)


@pytest.mark.long
@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_nobody_is_answered_anything_that_is_not_open(shop, label):
    def check(case):
        status = case.call().status_code
        assert status < 500
        assert label in OPEN or status in UNASKED, status

    made_up(label, check)
