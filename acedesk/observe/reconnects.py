"""Players that close their connection and come back, again and again; remembered for minutes.

A stream may end between two visits, so this outlives it.
"""

import array
import dataclasses
from collections import deque
from typing import Final

from acedesk.formats.user_agent import player_name
from acedesk.model.diagnosis import ReconnectFacts
from acedesk.model.host import is_loopback
from acedesk.proxy.delivery.client import Client, EndReason

# Returns that long ago are forgotten.
WINDOW: Final = 120.0
# Players remembered when they are gone, the oldest go first; a household has a dozen.
MOST: Final = 1000
RETURNS_KEPT: Final = 16


def client_name(client: Client) -> str:
    """Return the client's name for people: "VLC 3.0.24 on 192.168.1.31"."""
    local = not client.address or is_loopback(client.address)
    where = "this computer" if local else client.address
    return f"{player_name(client.user_agent)} on {where}"


@dataclasses.dataclass(slots=True)
class _Returning:
    name: str
    times: deque[float]


_Key = tuple[str, str, str]


class Reconnects:
    """Visits by stream, address and user agent."""

    def __init__(self) -> None:
        self._here: dict[_Key, list[Client]] = {}  # several players of one kind, on one computer
        # Hashes of those who left by themselves, oldest first. Only numbers: most never come back,
        # and an object for every visit would keep the heap from shrinking when streams end.
        self._left = array.array("q")
        self._returning: dict[str, dict[_Key, _Returning]] = {}

    def note(self, stream_id: str, client: Client, now: float) -> None:
        """Note a client that was not there a moment ago.

        It is a return when the player's earlier connection was closed by the player itself, and
        no other of its kind is connected.
        """
        key = (stream_id, client.address, client.user_agent)
        self._look_after(key)
        if hash(key) in self._left:
            self._left.remove(hash(key))
            self._note_return(key, client_name(client), now)
        self._here.setdefault(key, []).append(client)

    def sweep(self, now: float) -> None:
        """Forget clients that are gone, and returns that are too old."""
        for key in tuple(self._here):
            self._look_after(key)
        for stream_id in tuple(self._returning):
            self._forget_old(stream_id, now)

    def of(self, stream_id: str, now: float) -> tuple[ReconnectFacts, ...]:
        """Return the players of this stream that came back within the last two minutes."""
        self._forget_old(stream_id, now)
        returning = self._returning.get(stream_id, {}).values()
        return tuple(_describe(player, now) for player in returning)

    def _look_after(self, key: _Key) -> None:
        """Note who of these is gone, and whether by itself."""
        clients = self._here.get(key, [])
        gone = [client for client in clients if client.reason is not None]
        if not gone:
            return
        clients[:] = [client for client in clients if client.reason is None]
        if clients:
            return
        del self._here[key]
        if gone[-1].reason is EndReason.LEFT:
            self._left.append(hash(key))
            del self._left[:-MOST]

    def _note_return(self, key: _Key, name: str, now: float) -> None:
        players = self._returning.setdefault(key[0], {})
        if key not in players:
            if sum(map(len, self._returning.values())) >= MOST:
                return
            players[key] = _Returning(name, deque(maxlen=RETURNS_KEPT))
        players[key].times.append(now)

    def _forget_old(self, stream_id: str, now: float) -> None:
        players = self._returning.get(stream_id, {})
        for key, player in tuple(players.items()):
            while player.times and now - player.times[0] > WINDOW:
                player.times.popleft()
            if not player.times:
                del players[key]
        if not players:
            self._returning.pop(stream_id, None)


def _describe(player: _Returning, now: float) -> ReconnectFacts:
    times = player.times
    between = len(times) - 1
    return ReconnectFacts(
        name=player.name,
        count=len(times),
        period=(times[-1] - times[0]) / between if between else now - times[0],
        last_for=now - times[-1],
    )
