"""What pages of other sites may not do here, asked of each request that comes in.

The decision is `acedesk.rules.same_origin`; here are the headers it needs and what is answered.
"""

import dataclasses
import socket
from typing import Final

from aiohttp import web

from acedesk.errors import Forbidden
from acedesk.formats.getstream import PlayRequest
from acedesk.model.host import normal_host
from acedesk.proxy.http.access.arrival import visit_of
from acedesk.rules.same_origin import Sender, is_foreign, may_start
from acedesk.settings import Settings

_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

_NO_CHANGE: Final = "A page of another site may change nothing here."
_NO_READING: Final = "A page of another site may not follow what happens here."
_NO_START: Final = (
    "A page of another site may start no stream here. If you trust it, add its address to “Sites "
    "that may start streams” in Settings, Network (allowed_sites)."
)


def check_change(request: web.Request) -> None:
    """Refuse what a page of another site would change.

    Raises:
        Forbidden: It comes from one.
    """
    if request.method not in _SAFE_METHODS and is_foreign(
        _sender(request), port=_port(request), computer=socket.gethostname()
    ):
        raise Forbidden(_NO_CHANGE)


def check_reader(request: web.Request) -> None:
    """Refuse a page of another site what browsers would let it read: a WebSocket.

    Raises:
        Forbidden: It comes from one.
    """
    if is_foreign(_sender(request), port=_port(request), computer=socket.gethostname()):
        raise Forbidden(_NO_READING)


def check_start(
    request: web.Request, play: PlayRequest, *, running: bool, settings: Settings
) -> PlayRequest:
    """Return what the request may ask for; a page of another site may join what runs.

    Args:
        running: The content is being played already.

    Raises:
        Forbidden: It would start a stream and comes from a page that the user has not allowed.
    """
    if may_start(
        _sender(request),
        settings.allowed_sites,
        port=_port(request),
        computer=socket.gethostname(),
    ):
        return play
    if not running:
        raise Forbidden(_NO_START)
    return dataclasses.replace(play, title="", protect=None)  # it changes nothing for the others


def _sender(request: web.Request) -> Sender:
    headers, visit = request.headers, visit_of(request)
    arrival = visit.arrival
    return Sender(
        host=arrival.host or headers.get("Host", ""),
        forwarded_scheme=arrival.scheme or headers.get("X-Forwarded-Proto", ""),
        site=headers.get("Sec-Fetch-Site", ""),
        dest=headers.get("Sec-Fetch-Dest", ""),
        origin=headers.get("Origin", ""),
        referer=headers.get("Referer", ""),
        names=frozenset(map(normal_host, visit.host_names)),
    )


def _port(request: web.Request) -> int:
    transport = request.transport
    name = None if transport is None else transport.get_extra_info("sockname")
    return name[1] if name else 0
