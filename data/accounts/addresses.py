"""Where an attempt comes from, as the web server or a proxy tells it."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address

_ONE_SITE = 64  # bits of an IPv6 address; the rest is the owner's to change at will


def plain_address(told: str | None) -> str | None:
    """The address without its zone, IPv4 out of its IPv6 wrapping; None where what was told is no address."""
    try:
        address = ip_address((told or "").partition("%")[0].strip())
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(address)


def counted_address(told: str | None) -> str | None:
    """What attempts are counted under: the address, or the network that one site of IPv6 is given."""
    plain = plain_address(told)
    if plain is None or ":" not in plain:
        return plain
    return str(IPv6Network((plain, _ONE_SITE), strict=False).network_address)
