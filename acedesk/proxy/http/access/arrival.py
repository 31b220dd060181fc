"""A request before it is routed: its token is taken out of the path, and whom it is from is found.

So nothing behind knows of tokens: no route, no log line and no error holds one. What is found is
kept with the request and read by `visit_of`.
"""

import asyncio
import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import unquote

from aiohttp import web
from yarl import URL

from acedesk.proxy.http import player_urls
from acedesk.rules.access.forwarding import SIGNS, Arrival, read_arrival
from acedesk.rules.access.secret import is_secret

# A magnet link with its trackers can be long, but is in the query; a body is an event or two.
LONGEST_BODY: Final = 64 * 1024

# The router looks at every slash of a path, from the last to the first: thousands of them would
# hold the loop. Ours have fewer than ten.
MOST_SLASHES: Final = 64

_VISIT: Final = "acedesk.visit"
# At the front anything stands for a token; behind the path of a reverse proxy only what is one.
_FIRST: Final = re.compile(r"/+t/+(?P<token>[^/?#]+)(?P<rest>/[^?#]*)?")
_LATER: Final = re.compile(
    r"(?P<before>(?:/+[^/?#]+){1,3}?)/+t/+(?P<token>[^/?#]+)(?P<rest>/[^?#]*)?"
)


@dataclasses.dataclass(slots=True)
class Visit:
    """Who asks, and with which secrets.

    Attributes:
        token: The secret in the path; once it was let in, the one that players get which it tells
            of us. "" for none.
        own: It comes from this computer or one of our own commands.
        by_command: It comes from one of our own commands.
        host_names: What people reach this AceDesk by.
        misshapen: Its path has too many slashes and was left out; it is to be refused.
    """

    arrival: Arrival
    token: str = dataclasses.field(default="", repr=False)
    own: bool = False
    by_command: bool = False
    host_names: tuple[str, ...] = ()
    misshapen: bool = False


def visit_of(request: web.BaseRequest) -> Visit:
    """Return who asks."""
    found = request.get(_VISIT)
    return found if isinstance(found, Visit) else Visit(Arrival(request.remote or "", local=True))


def own_address(request: web.Request) -> str:
    """Return what addresses begin with under which the sender of a request reaches us.

    Such as "http://192.168.1.5:8080/t/TOKEN", or what its reverse proxy goes by. The token only
    plays; it is in the path because players that are given the address send no header.
    """
    visit = visit_of(request)
    base = f"{request.scheme}://{request.host}{visit.arrival.prefix}"
    return player_urls.with_token(base, visit.token)


def split_token(target: str) -> tuple[str, str]:
    """Return a request's target without the token in its path, and the token; "" for none."""
    path, mark, query = target.partition("?")
    found = _FIRST.fullmatch(path)
    before = ""
    if found is None:
        found = _LATER.fullmatch(path)
        if found is None or not is_secret(found["token"]):
            return target, ""
        before = found["before"]
    rest = found["rest"] or ("" if before else "/")
    return f"{before}{rest}{mark}{query}", unquote(found["token"])


def make_request(
    trusted: Callable[[], tuple[str, ...]],
    host_names: Callable[[], tuple[str, ...]] = tuple,
    *,
    own_address_is_local: bool = False,
) -> Callable[..., web.Request]:
    """Return what makes requests for an aiohttp server.

    Args:
        trusted: Returns addresses and networks of our reverse proxies.
        host_names: Returns what people reach this AceDesk by.
        own_address_is_local: Who asks from the address that it asks is on this computer.
    """

    def make(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.Request:
        target, token = message.path, ""
        if misshapen := target.partition("?")[0].count("/") > MOST_SLASHES:
            target = "/"
        elif "/t/" in target:
            target, token = split_token(target)
        if token or misshapen:
            path, _, query = target.partition("?")
            url = URL.build(path=path, query_string=query, encoded=True)
            message = message._replace(path=target, url=url)
        name = protocol.peername
        peer = str(name[0]) if isinstance(name, (list, tuple)) and name else ""
        own = _own_end(protocol.transport) if own_address_is_local else ""
        arrival = read_arrival(peer, _signs(message.headers), trusted(), own=own)
        return web.Request(
            message,
            payload,
            protocol,
            writer,
            task,
            protocol._loop,  # noqa: SLF001 - aiohttp's own server hands it over the same way
            client_max_size=LONGEST_BODY,
            state={
                _VISIT: Visit(arrival, token, host_names=host_names(), misshapen=misshapen),
            },
            scheme=arrival.scheme or None,
            host=arrival.host or None,
            remote=arrival.client if arrival.proxied else None,
        )

    return make


def _own_end(transport: asyncio.Transport | None) -> str:
    """Return the address that was asked, "" when that is not known."""
    name = None if transport is None else transport.get_extra_info("sockname")
    return str(name[0]) if isinstance(name, (list, tuple)) and name else ""


def _signs(headers: Any) -> Mapping[str, Sequence[str]]:
    return {name: headers.getall(name) for name in SIGNS if name in headers}
