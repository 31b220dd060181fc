"""Addresses and networks as people and systems write them."""

import functools
import ipaddress
from collections.abc import Iterable

from acedesk.model.host import Address, read_address

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def parse_network(text: str) -> Network:
    """Return the network that "192.168.1.0/24" or a single address means.

    Raises:
        ValueError: It means none; the text says why.
    """
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise ValueError(
            f"“{text}” is no address or network, such as 192.168.1.20 or 192.168.1.0/24"
        ) from None
    if isinstance(network, ipaddress.IPv6Network) and network.network_address.ipv4_mapped:
        raise ValueError(f"“{text}” must be written as an IPv4 address")
    return network


def read_peer(text: str) -> Address | None:
    """Return the address that a system tells of a connection; None where it is none.

    An IPv6 socket tells IPv4 clients as "::ffff:192.168.1.20", and link-local ones with the
    interface: "fe80::1%eth0".
    """
    address = read_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def is_within(text: str, networks: Iterable[str]) -> bool:
    """Tell whether an address is in one of these networks; what is no address is in none."""
    address = read_peer(text)
    return address is not None and any(address in one for one in _parsed(tuple(networks)))


@functools.lru_cache(maxsize=16)
def _parsed(texts: tuple[str, ...]) -> tuple[Network, ...]:
    """Parse settings once, not for each request; they were checked when they were saved."""
    return tuple(parse_network(text) for text in texts)
