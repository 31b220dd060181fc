"""`/modify_m3u`: a channel list from elsewhere, with addresses that lead to AceDesk.

Anybody who may ask AceDesk can make it fetch something. So it fetches from the Internet only,
unless private addresses are allowed: names are resolved here, and what they mean is checked.
"""

import asyncio
import re
import socket
from collections.abc import Callable
from typing import Any, Final

import aiohttp
import aiohttp.abc
import aiohttp.resolver
from aiohttp import web
from yarl import URL

from acedesk.api.endpoints import Endpoint, Parameter, read_query
from acedesk.api.orchestrator.m3u import lead_through, lead_to
from acedesk.errors import BadRequest, Forbidden, InvalidValue
from acedesk.model.host import http_url, normal_host
from acedesk.process.certificates import context_for
from acedesk.proxy.http import player_urls
from acedesk.proxy.http.access.arrival import own_address, visit_of
from acedesk.proxy.http.errors import NO_STORE
from acedesk.rules.private_address import is_private_url
from acedesk.settings import Settings

PLAYLIST: Final = "application/x-mpegURL"
LONGEST: Final = 20 * 1024 * 1024
MOST_REDIRECTS: Final = 5
_HOST: Final = re.compile(r"[A-Za-z0-9._-]{1,253}|\[?[0-9A-Fa-f:]{2,45}\]?")
_PRIVATE: Final = (
    "This address is inside the home network. AceDesk fetches such lists only with "
    "“allow_private_urls”."
)

_QUERY: Final = (
    Parameter(name="m3u_url", required=True, about="Where the list is, http or https."),
    Parameter(name="host", about="Of AceDesk, as players reach it; by default as you reach it."),
    Parameter(name="port", about="From 1 to 65535; by default as you reach it."),
    Parameter(name="timeout", kind="integer", minimum=1, maximum=30, default=10, clamped=True),
    Parameter(name="mode", choices=("default", "proxy"), default="default"),
)


class PlaylistRoutes:
    """The handler; it asks for one list at a time and keeps none.

    Args:
        player_address: Returns what addresses for other devices begin with, their token included.
    """

    def __init__(
        self, settings: Callable[[], Settings], player_address: Callable[[], str] = str
    ) -> None:
        self._settings = settings
        self._player_address = player_address

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        return [
            Endpoint(
                method="GET",
                path="/modify_m3u",
                handler=self.modify,
                query=_QUERY,
                statuses=(400, 422),
                media=PLAYLIST,
            )
        ]

    async def modify(self, request: web.Request) -> web.Response:
        """Fetch a channel list and let its addresses lead to AceDesk."""
        wanted = read_query(request, _QUERY)
        base_url = self._base_url(request, wanted)
        text = await self._fetch(wanted["m3u_url"], wanted["timeout"])
        change = lead_through if wanted["mode"] == "proxy" else lead_to
        # Megabytes of text: not on the loop.
        body = await asyncio.to_thread(lambda: change(text, base_url).encode())
        headers = {
            **NO_STORE,
            "Content-Type": f"{PLAYLIST}; charset=utf-8",
            "Content-Disposition": 'attachment; filename="modified_playlist.m3u"',
        }
        return web.Response(body=body, headers=headers)

    def _base_url(self, request: web.Request, wanted: dict[str, Any]) -> str:
        """Return what the addresses in the list begin with.

        Players of the list on other devices have no token of their own. They get one where the list
        leads to us, and to nobody else: the one of who asks, and on this computer the one of copied
        addresses.
        """
        visit = visit_of(request)
        if visit.arrival.proxied and not (wanted["host"] or wanted["port"]):
            return own_address(request)
        asked_host, asked_port = _asked(request)
        host, port = wanted["host"] or asked_host, _port(wanted["port"]) or asked_port
        if not _HOST.fullmatch(host):
            raise BadRequest("host is a name or an address.")
        base, ours = http_url(host.strip("[]"), port), self._player_address()
        if visit.own and ours.startswith(base + player_urls.TOKEN_PATH):
            return ours
        names = (asked_host, URL(ours).host or "", *self._settings().host_names)
        is_ours = normal_host(host) in map(normal_host, names)
        return player_urls.with_token(base, visit.token if is_ours else "")

    async def _fetch(self, address: str, limit: int) -> str:
        private = self._settings().allow_private_urls
        connector = aiohttp.TCPConnector(resolver=_PublicOnly(private=private))
        try:
            async with asyncio.timeout(limit), aiohttp.ClientSession(connector=connector) as http:
                return (await _follow(http, _url(address), private=private)).decode(
                    errors="replace"
                )
        except TimeoutError:
            raise BadRequest(f"The list did not come within {limit} s.") from None
        except (aiohttp.ClientError, OSError, ValueError) as exc:
            raise BadRequest(f"The list could not be fetched ({type(exc).__name__}).") from exc


class _PublicOnly(aiohttp.abc.AbstractResolver):
    """Resolves names, but not to addresses of the home network."""

    def __init__(self, *, private: bool) -> None:
        self._private = private
        self._inner = aiohttp.resolver.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[aiohttp.abc.ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if not self._private and any(is_private_url(http_url(o["host"], 80)) for o in found):
            raise Forbidden(_PRIVATE)
        return found

    async def close(self) -> None:
        await self._inner.close()


async def _follow(http: aiohttp.ClientSession, url: URL, *, private: bool) -> bytes:
    """Return the body behind a URL and its redirects; each address is checked."""
    for _ in range(MOST_REDIRECTS):
        if not private and is_private_url(str(url)):
            raise Forbidden(_PRIVATE)
        trust = await context_for(str(url))
        async with http.get(url, allow_redirects=False, ssl=trust) as response:
            place = response.headers.get("Location", "")
            if response.status // 100 == 3 and place:
                url = _url(str(url.join(URL(place))))
                continue
            if response.status != 200:
                raise BadRequest(f"The list's server answered {response.status}.")
            return await _read(response)
    raise BadRequest("The list's address leads elsewhere again and again.")


async def _read(response: aiohttp.ClientResponse) -> bytes:
    data = bytearray()
    async for part in response.content.iter_chunked(65536):
        data += part
        if len(data) > LONGEST:
            raise BadRequest("The list is too long.")
    return bytes(data)


def _url(text: str) -> URL:
    try:
        url = URL(text)
        if url.scheme in ("http", "https") and url.host:
            return url
    except ValueError:
        pass
    raise InvalidValue("m3u_url is an address that begins with http:// or https://.")


def _asked(request: web.Request) -> tuple[str, int]:
    """Return under which host and port we were asked."""
    try:
        asked = URL(f"http://{request.host}")
        return asked.host or "127.0.0.1", asked.port or 80
    except ValueError:
        return "127.0.0.1", 80


def _port(text: str | None) -> int | None:
    """Return the number; a wrong one is answered with 400, as acestream-orchestrator does.

    Raises:
        BadRequest: It is none.
    """
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) not in range(1, 65536):
        raise BadRequest("port is a number from 1 to 65535.")
    return int(text)
