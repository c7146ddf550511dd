"""What Explain says of amounts and findings."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from dashboard.explain.words import amount, check, headline, main_part, told
from data.revisions.causes import Cause, Kind
from data.revisions.compare import Comparison, Method, Part
from data.revisions.groups import Group
from data.semantic.catalog import catalog
from data.semantic.types import Unit

AT = datetime(2017, 12, 23, 9, 14, tzinfo=UTC)


def part(number, contribution, reason="gasoline is fuel"):
    cause = Cause(number, Kind.EDIT, "meg", reason, AT)
    return Part(Group(Kind.EDIT, (cause,)), Decimal(contribution))


def compared(before, after, *parts, metric="net_sales", other=0):
    values = [None if value is None else Decimal(value) for value in (before, after)]
    return Comparison(catalog().metric(metric), 12, 15, Method.TIMELINE, *values, parts, other)


@pytest.mark.parametrize(
    ("value", "unit", "sign", "text"),
    [
        (5444962, Unit.CENTS, True, "+54,449.62"),
        (-5444962, Unit.CENTS, True, "−54,449.62"),
        (5444962, Unit.CENTS, False, "54,449.62"),
        (0, Unit.CENTS, True, "0.00"),
        (1234567, Unit.COUNT, True, "+1,234,567"),
        ("0.24853", Unit.RATIO, False, "24.853\N{NARROW NO-BREAK SPACE}%"),
        ("0.00812", Unit.RATIO, True, "+0.812 points"),
        ("2948.25", Unit.CENTS_RATIO, False, "29.4825"),
        (None, Unit.CENTS, True, "not defined"),
    ],
)
def test_amounts_have_every_digit_that_is_added_up(value, unit, sign, text):
    assert amount(None if value is None else Decimal(value), unit, sign=sign) == text


def test_the_headline_says_from_where_to_where():
    assert headline(compared(32959445, 38404407)) == "Net sales rose by 54,449.62, from 329,594.45 to 384,044.07."
    assert headline(compared(38404407, 32959445)) == "Net sales fell by 54,449.62, from 384,044.07 to 329,594.45."
    assert headline(compared(100, 100)) == "Net sales is the same at both: 1.00."
    assert headline(compared(None, 100, metric="average_basket")) == "Average basket was not defined and is 1.0000."


def test_the_part_that_did_most_is_named_with_its_author():
    one = part(14, 5444962)
    assert main_part(compared(0, 5444962, one, part(15, 0))) == (
        "All of it is revision 14: gasoline is fuel, by meg (+54,449.62)."
    )
    found = compared(0, 5444862, one, part(15, -100))
    assert main_part(found).startswith("The largest of 2 parts is revision 14: gasoline is fuel, by meg")
    assert main_part(compared(0, 0, one, part(15, -5444962))).startswith("Yet 2 parts moved it and cancel out")
    assert main_part(compared(0, 0, part(15, 0))) == ""


def test_the_check_shows_the_sum_and_a_fault_would_be_told():
    good = check(compared(0, 300, part(14, 100), part(15, 200), other=3))
    assert "add up to +3.00 exactly. 3 other revisions between touch nothing of it." in good
    assert "1 other revision between touches nothing of it." in check(compared(0, 0, other=1))
    assert "add up to +1.00, not to +3.00: a fault" in check(compared(0, 300, part(14, 100)))


def test_a_hover_says_who_did_it():
    assert told(part(14, 1)) == "edit by meg"
