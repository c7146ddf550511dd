import pytest

from data.accounts.addresses import counted_address, plain_address


@pytest.mark.parametrize(
    ("told", "plain"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::1"),
        ("2001:DB8::1", "2001:db8::1"),
        ("", None),
        (None, None),
        ("unknown", None),
        ("192.0.2.7, 10.0.0.1", None),
    ],
)
def test_what_is_told_becomes_an_address_or_nothing(told, plain):
    assert plain_address(told) == plain


def test_the_addresses_of_one_ipv6_site_are_counted_together():
    assert counted_address("2001:db8:1:2::a") == counted_address("2001:db8:1:2:ffff::b") == "2001:db8:1:2::"
    assert counted_address("2001:db8:1:3::a") != counted_address("2001:db8:1:2::a")
    assert counted_address("192.0.2.7") == "192.0.2.7"
