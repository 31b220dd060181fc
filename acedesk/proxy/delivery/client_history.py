"""The clients that left one stream: the last few, for an hour."""

import datetime
from typing import Final

from acedesk.formats.user_agent import player_name
from acedesk.model.history import LeftReason, LeftView
from acedesk.proxy.delivery.client import Client, EndReason

# Enough for a household that zaps for a while; a list that is read by people.
KEPT: Final = 20
KEPT_SECONDS: Final = 3600.0

_REASONS: Final = {
    EndReason.LEFT: LeftReason.LEFT,
    EndReason.STREAM_ENDED: LeftReason.STREAM_ENDED,
    EndReason.CLOSED: LeftReason.CLOSED,
    EndReason.STUCK: LeftReason.STUCK,
    EndReason.UNREACHABLE: LeftReason.UNREACHABLE,
    EndReason.GAVE_WAY: LeftReason.GAVE_WAY,
    EndReason.ERROR: LeftReason.ERROR,
}


class ClientsThatLeft:
    """Remembers clients after they have left."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left: list[tuple[float, LeftView]] = []

    def add(self, client: Client, now: float, time: datetime.datetime) -> None:
        """Note that this client has left."""
        first = None if client.first_at is None else client.first_at - client.connected_at
        view = LeftView(
            id=client.id,
            player=player_name(client.user_agent),
            user_agent=client.user_agent,
            address=client.address,
            connected_time=client.connected_time,
            left_time=time,
            duration=now - client.connected_at,
            reason=_REASONS[client.reason or EndReason.LEFT],
            sent_bytes=client.sent_bytes,
            skips=client.skips,
            gaps=client.gaps.facts(),
            first_byte=first,
        )
        self._left.append((now, view))
        del self._left[:-KEPT]

    def views(self, now: float) -> tuple[LeftView, ...]:
        """Return those of the last hour, oldest first."""
        while self._left and now - self._left[0][0] > KEPT_SECONDS:
            del self._left[0]
        return tuple(view for _, view in self._left)
