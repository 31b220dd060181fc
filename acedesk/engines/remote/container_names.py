"""Which names of engines mean something on this computer.

An orchestrator of the Python era lists an engine by its container's name, which only containers of
its Docker network can look up. Where that is nobody's name here, the engine is reached at the
orchestrator's own host, at the port that its container publishes.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from acedesk import clock
from acedesk.formats.orchestrator.replies import RemoteEngine
from acedesk.model.host import is_loopback, read_address

# A name server on the network answers in milliseconds; one that is away must not hold up the list.
LOOK_UP_LIMIT: Final = 1.0
# Seconds until a name is looked up again: this computer may join that network, or leave it.
KEPT: Final = 60.0


async def _is_known(name: str) -> bool:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(LOOK_UP_LIMIT):
            return bool(await loop.getaddrinfo(name, None, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError):  # a timeout is one of the first
        return False


class ContainerNames:
    """What is known of names; they are looked up before engines are listed.

    Args:
        is_known: Looks one up.
    """

    def __init__(
        self,
        is_known: Callable[[str], Awaitable[bool]] = _is_known,
        *,
        now: Callable[[], float] = clock.monotonic,
    ) -> None:
        self._is_known = is_known
        self._now = now
        self._known: dict[str, tuple[bool, float]] = {}

    async def look_up(self, engines: Iterable[RemoteEngine]) -> None:
        """Look up the names that may be those of containers; known ones now and then."""
        now = self._now()
        names = {one.host for one in engines if one.published and _is_container_name(one.host)}
        known = self._known
        self._known = {name: known[name] for name in names if name in known}
        due = [name for name in names if name not in known or now - known[name][1] >= KEPT]
        found = await asyncio.gather(*map(self._is_known, due))
        self._known.update((name, (one, now)) for name, one in zip(due, found, strict=True))

    def is_strange(self, host: str) -> bool:
        """Tell whether it is a container's name that means nothing here."""
        return not self._known.get(host, (True, 0.0))[0]


def _is_container_name(host: str) -> bool:
    return "." not in host and read_address(host) is None and not is_loopback(host)
