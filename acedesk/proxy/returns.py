"""Players that close their connection and come back, again and again; remembered for minutes.

A stream may end between two visits, so this outlives it.
"""

import dataclasses
from collections import OrderedDict, deque
from typing import Final

from acedesk.formats.user_agent import player_name
from acedesk.model.diagnosis import ReconnectFacts
from acedesk.proxy.client import Client, EndReason

# Returns that long ago are forgotten.
WINDOW: Final = 120.0
# Visitors kept in all, the least recent go first; a household has a dozen.
MOST: Final = 1000
RETURNS_KEPT: Final = 16


def viewer_name(client: Client) -> str:
    """Return who that is for people: "VLC 3.0.24 on 192.168.1.31"."""
    local = client.address.startswith("127.") or client.address in ("::1", "")
    where = "this computer" if local else client.address
    return f"{player_name(client.user_agent)} on {where}"


@dataclasses.dataclass(slots=True)
class _Visitor:
    client: Client
    connected: list[Client]  # several players of one kind, on one computer
    returns: deque[float]


_Key = tuple[str, str, str]


class Returns:
    """Visits by stream, address and user agent."""

    def __init__(self) -> None:
        self._visitors: OrderedDict[_Key, _Visitor] = OrderedDict()
        self._restless: dict[str, set[_Key]] = {}

    def note(self, stream_id: str, client: Client, now: float) -> None:
        """Note a client that was not there a moment ago.

        It is a return when the player's earlier connection was closed by the player itself, and
        no other of its kind is connected.
        """
        key = (stream_id, client.address, client.user_agent)
        visitor = self._visitors.pop(key, None)
        if visitor is None:
            visitor = _Visitor(client, [], deque(maxlen=RETURNS_KEPT))
        visitor.connected = [other for other in visitor.connected if other.reason is None]
        if visitor.client.reason is EndReason.LEFT and not visitor.connected:
            visitor.returns.append(now)
            self._restless.setdefault(stream_id, set()).add(key)
        visitor.client = client
        visitor.connected.append(client)
        self._visitors[key] = visitor
        while len(self._visitors) > MOST:
            self._forget(self._visitors.popitem(last=False)[0])

    def of(self, stream_id: str, now: float) -> tuple[ReconnectFacts, ...]:
        """Return the players of this stream that came back within the last two minutes."""
        found = []
        for key in tuple(self._restless.get(stream_id, ())):
            visitor = self._visitors[key]
            while visitor.returns and now - visitor.returns[0] > WINDOW:
                visitor.returns.popleft()
            if visitor.returns:
                found.append(_describe(visitor, now))
            else:
                self._forget(key)
        return tuple(found)

    def _forget(self, key: _Key) -> None:
        restless = self._restless.get(key[0])
        if restless is not None:
            restless.discard(key)
            if not restless:
                del self._restless[key[0]]


def _describe(visitor: _Visitor, now: float) -> ReconnectFacts:
    times = visitor.returns
    between = len(times) - 1
    return ReconnectFacts(
        name=viewer_name(visitor.client),
        count=len(times),
        period=(times[-1] - times[0]) / between if between else now - times[0],
        last_for=now - times[-1],
    )
