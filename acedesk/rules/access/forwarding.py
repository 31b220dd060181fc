"""Whom a request is from: the other end of its connection, or whom a reverse proxy speaks for.

X-Forwarded-For, -Proto, -Host and -Prefix are believed of named proxies only: anybody can send
them. Of several addresses the last one that is no proxy of ours counts; what stands before it was
written by its sender.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from acedesk.model.access.networks import is_within, read_peer
from acedesk.model.host import is_loopback
from acedesk.model.origin import parse_origin
from acedesk.values import frozen_value

FOR: Final = "X-Forwarded-For"
PROTO: Final = "X-Forwarded-Proto"
HOST: Final = "X-Forwarded-Host"
PREFIX: Final = "X-Forwarded-Prefix"
# One of these says that a proxy stands between; which of them it sends is its own matter.
SIGNS: Final = (FOR, PROTO, HOST, PREFIX, "Forwarded", "X-Real-IP", "Via")

# More proxies in a row than anybody has.
MOST_HOPS: Final = 16
LONGEST_PREFIX: Final = 200

_PREFIX: Final = re.compile(r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@%-]+)+/?")
_HOST: Final = re.compile(r"[A-Za-z0-9._-]+(?::\d{1,5})?|\[[0-9A-Fa-f:.]+\](?::\d{1,5})?")


@frozen_value(kw_only=False)
class Arrival:
    """Where a request comes from.

    Attributes:
        client: The address of who asks, "" when that is not known.
        local: It was made on this computer; never when a named proxy speaks for somebody.
        proxied: A named proxy passed it on.
        scheme, host, prefix: Under which its sender knows us, as that proxy says; "" when not.
    """

    client: str
    local: bool = False
    proxied: bool = False
    scheme: str = ""
    host: str = ""
    prefix: str = ""


def read_arrival(
    peer: str,
    headers: Mapping[str, Sequence[str]],
    trusted: tuple[str, ...],
    *,
    own: str = "",
) -> Arrival:
    """Return whom a request is from.

    Args:
        peer: The address at the other end of the connection.
        headers: All values of each header of `SIGNS` that is there.
        trusted: Addresses and networks of our reverse proxies.
        own: The address at our end, where a program that asks from it runs on this computer: one
            with a copied address does. "" where it may run elsewhere.
    """
    if not headers or not trusted or not is_within(peer, trusted):
        here = bool(own) and peer == own
        return Arrival(peer, local=here or is_loopback(peer.partition("%")[0]))
    scheme = _last(headers, PROTO).lower()
    host, prefix = _last(headers, HOST), _last(headers, PREFIX)
    return Arrival(
        _client(headers.get(FOR, ()), trusted),
        proxied=True,
        scheme=scheme if scheme in ("http", "https") else "",
        host=host if is_host(host) else "",
        prefix=prefix.rstrip("/") if _is_prefix(prefix) else "",
    )


def is_host(text: str) -> bool:
    """Tell whether it is a name or an address with a port or without, as a Host header has it."""
    return _HOST.fullmatch(text) is not None and parse_origin(f"http://{text}") is not None


def _last(headers: Mapping[str, Sequence[str]], name: str) -> str:
    """Return what the proxy next to us said: it stands last."""
    return ",".join(headers.get(name, ())).rpartition(",")[2].strip()


def _client(values: Sequence[str], trusted: tuple[str, ...]) -> str:
    """Return the last address that is no proxy of ours; "" when one cannot be read."""
    hops = ",".join(values).split(",")[-MOST_HOPS:]
    for hop in reversed(hops):
        address = read_peer(_without_port(hop.strip()))
        if address is None:
            return ""
        if not is_within(str(address), trusted):
            return str(address)
    return ""


def _without_port(text: str) -> str:
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


def _is_prefix(text: str) -> bool:
    parts = text.split("/")
    return (
        len(text) <= LONGEST_PREFIX
        and _PREFIX.fullmatch(text) is not None
        and not {".", ".."} & set(parts)
    )
