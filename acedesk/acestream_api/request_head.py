"""The bytes of a request to an engine, out of its URL."""

import secrets
from collections.abc import Mapping
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit

from acedesk import __version__, trace
from acedesk.errors import EngineUnreachable

# All that RFC 3986 lets stand in a path and query; "%" because they are quoted already.
_SAFE: Final = "%/:=&?~+!$,;'@()*[]"
# Names this process in its requests: where one comes back to us, we are our own engine.
VIA: Final = f"acedesk-{secrets.token_hex(8)}"
# What other AceDesks that share contents with this one know it by, at their addresses.
_tokens: dict[tuple[str, int], str] = {}


def set_token(host: str, port: int, token: str) -> None:
    """Show this token in all requests to an address from now on."""
    _tokens[host, port] = token


def build_request(
    url: str, *, method: str = "GET", headers: Mapping[str, str] | None = None
) -> tuple[str, int, bytes]:
    """Return host, port and the bytes of a request that asks for one plain answer.

    Raises:
        EngineUnreachable: No engine can have this address, or a field would forge others.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 80
        name = _host_header(parts, host)
    except ValueError as exc:
        raise EngineUnreachable("the engine's address is not valid") from exc
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    fields = {
        "Host": name,
        "User-Agent": f"AceDesk/{__version__}",
        "Via": f"1.1 {VIA}",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
        **trace.headers(),
        **(headers or {}),
    }
    if token := _tokens.get((host, port)):
        fields["Authorization"] = f"Bearer {token}"
    lines = [f"{method} {quote(target, safe=_SAFE, errors='replace')} HTTP/1.1"]
    lines += [f"{field}: {value}" for field, value in fields.items()]
    if any(sign in "\r\n\0" for line in lines for sign in line):
        raise EngineUnreachable("the request is not valid")
    return host, port, ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


def ascii_name(host: str) -> str:
    """Return a host as it is written in requests and answers.

    Raises:
        ValueError: No host can have this name.
    """
    return host if host.isascii() else host.encode("idna").decode()


def _host_header(parts: SplitResult, host: str) -> str:
    """Return the address as the engine is to be told it.

    Raises:
        ValueError: No host can have this name.
    """
    if not host or any(ord(sign) <= 32 for sign in host):
        raise ValueError("no host")
    name = parts.netloc.rpartition("@")[2]
    return name if name.isascii() else f"{ascii_name(host)}:{parts.port or 80}"
