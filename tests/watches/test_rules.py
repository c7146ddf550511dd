"""What a watch may be told to wait for, and where it may send to."""

from decimal import Decimal

import pytest

from data.errors import InvalidWatch
from data.watches.rules import Kind, Rule, check_rule

HOOKS = "https://hooks.example.com http://127.0.0.1:9000"


@pytest.mark.parametrize("threshold", [None, Decimal(0), Decimal(-1), Decimal("1e13"), Decimal("NaN")])
def test_a_threshold_is_a_number_above_nothing(threshold):
    with pytest.raises(InvalidWatch, match="threshold must be a number above 0"):
        check_rule(Rule(Kind.PERCENT, threshold))


def test_a_target_needs_no_threshold():
    assert check_rule(Rule(Kind.TARGET, Decimal(5))) == Rule(Kind.TARGET)


@pytest.mark.parametrize("mail", ["nonsense", "a@b", "a b@example.com", "a@example.com,b@example.com", "x" * 70 + "@e.com",
                                  "a@example.com\nBcc: b@example.com"])  # fmt: skip
def test_mail_goes_to_one_address(mail):
    with pytest.raises(InvalidWatch, match="mail must be one address"):
        check_rule(Rule(Kind.TARGET, by_mail=mail))


@pytest.mark.parametrize(
    "hook",
    [
        "https://hooks.example.com.evil.example/x",
        "http://hooks.example.com/x",
        "https://hooks.example.com:444/x",
        "https://me:secret@hooks.example.com/x",
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:9001/",
        "file:///etc/passwd",
        "https://[::1",
        "https://hooks.example.com/" + "x" * 2000,
    ],
)
def test_webhooks_go_only_where_an_operator_allows(hook):
    with pytest.raises(InvalidWatch, match="webhook"):
        check_rule(Rule(Kind.TARGET, webhook=hook), webhook_origins=HOOKS)


@pytest.mark.parametrize("hook", ["https://hooks.example.com/T0/B0?x=1", "http://127.0.0.1:9000/"])
def test_an_allowed_webhook_is_taken(hook):
    assert check_rule(Rule(Kind.TARGET, webhook=f" {hook} "), webhook_origins=HOOKS).webhook == hook


def test_without_allowed_origins_webhooks_are_off():
    with pytest.raises(InvalidWatch, match="webhooks are off"):
        check_rule(Rule(Kind.TARGET, webhook="https://hooks.example.com/"))
