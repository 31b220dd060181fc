"""Which addresses of transport files are inside the home network, where no engine should fetch.

Only the text is looked at: whether a name resolves to a private address, or a redirect leads to
one, only the engine knows.
"""

import ipaddress
import re
import unicodedata
from typing import Final
from urllib.parse import parse_qsl, unquote

from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.host import Address, is_loopback, read_address

# IANA's registries of special-purpose addresses (RFC 6890 and later): all that is not reachable
# from everywhere, of which networks of homes, laboratories and providers are made; and multicast.
# 198.18.0.0/15 is meant for measuring and is what some VPN programs give names (fake IP).
_NETWORKS: Final = tuple(
    ipaddress.ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        *("::/128", "::1/128", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23"),
        *("2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10"),
        "ff00::/8",
    )
)
# What of these is reachable from everywhere nevertheless; Teredo is judged by what it carries.
_REACHABLE: Final = tuple(
    ipaddress.ip_network(text)
    for text in (
        *("192.0.0.9/32", "192.0.0.10/32", "2001::/32", "2001:1::1/128", "2001:1::2/128"),
        *("2001:1::3/128", "2001:3::/32", "2001:4:112::/48", "2001:20::/28", "2001:30::/28"),
    )
)
# An IPv4 address in its last 32 bits: compatible (RFC 4291), translated (RFC 2765), NAT64
# (RFC 6052).
_CARRIERS: Final = tuple(
    ipaddress.IPv6Network(text) for text in ("::/96", "::ffff:0:0:0/96", "64:ff9b::/96")
)
# The same below any prefix: ISATAP (RFC 5214), with and without the bit for "universal".
_ISATAP: Final = (0x00005EFE, 0x02005EFE)
# What an engine may ask on behalf of a magnet: trackers, web seeds, sources (BEP 9, 17, 19).
_MAGNET_ADDRESSES: Final = re.compile(r"(?:tr|ws|as|xs)(?:\.\d+)?", re.IGNORECASE)
_AUTHORITY: Final = re.compile(r"[a-z][a-z0-9+.-]*:[/\\]+([^/?#]*)", re.IGNORECASE)


def leads_inside(key: StreamKey) -> bool:
    """Tell whether an engine that plays `key` would ask an address inside the home network."""
    match key.kind:
        case KeyKind.URL:
            return is_private_url(key.value)
        case KeyKind.MAGNET:
            fields = parse_qsl(key.value.partition("?")[2])
            return any(
                is_private_url(value) for name, value in fields if _MAGNET_ADDRESSES.fullmatch(name)
            )
        case KeyKind.CONTENT_ID | KeyKind.INFOHASH:
            return False


def is_private_url(url: str) -> bool:
    """Tell whether a URL's host is this computer or inside its network, however it is written."""
    found = _AUTHORITY.match(url.strip())
    # Programs disagree which part of "http://a\@b" is the host: both are checked.
    return found is not None and any(map(_is_private, re.split(r"[@\\]", found[1])))


def _is_private(host_and_port: str) -> bool:
    # Browsers and libcurl take percent-encoded and full-width digits and dots for plain ones.
    host = unicodedata.normalize("NFKC", unquote(host_and_port)).replace("\u3002", ".").lower()
    bracketed = re.match(r"\[([^\]]*)\]", host)
    host = bracketed[1] if bracketed else re.sub(r":[0-9]*$", "", host)
    host = host.partition("%")[0].rstrip(".")
    if is_loopback(host):
        return True
    address = read_address(host) or _old_form(host)
    return address is not None and any(map(_is_special, _inner(address)))


def _is_special(address: Address) -> bool:
    if any(address in network for network in _REACHABLE):
        return False
    return any(address in network for network in _NETWORKS)


def _old_form(host: str) -> ipaddress.IPv4Address | None:
    """Read an IPv4 address as inet_aton does: 1 to 4 numbers, decimal, octal or hexadecimal."""
    *heads, last = [_number(part) for part in host.split(".")]
    if last is None or len(heads) > 3 or last >= 256 ** (4 - len(heads)):
        return None
    value = last
    for place, head in enumerate(heads):
        if head is None or head > 255:
            return None
        value += head << (24 - 8 * place)
    return ipaddress.IPv4Address(value)


def _number(text: str) -> int | None:
    if re.fullmatch(r"0x[0-9a-f]{0,16}", text):
        return int(text[2:] or "0", 16)
    if re.fullmatch(r"0[0-7]{0,24}", text):
        return int(text, 8)
    return int(text) if re.fullmatch(r"[1-9][0-9]{0,19}", text) else None


def _inner(address: Address) -> list[Address]:
    """Return the address and the IPv4 addresses that are carried in it."""
    found: list[Address] = [address]
    if isinstance(address, ipaddress.IPv6Address):
        found += [inner for inner in (address.ipv4_mapped, address.sixtofour) if inner]
        is_isatap = (int(address) >> 32) & 0xFFFFFFFF in _ISATAP
        if is_isatap or any(address in network for network in _CARRIERS):
            found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address.teredo:
            found += address.teredo
    return found
