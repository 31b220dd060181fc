"""One player's way through a file: its engine session, and whichever request reads it now.

Every seek is a new request. The session stays while they follow each other; an engine gives a
session's bytes to one reader only, so a new request ends the one before.
"""

import asyncio
import dataclasses

from aiohttp import web

from acedesk.engines.reservation import Reservation
from acedesk.formats.engine_reply import Session
from acedesk.formats.getstream import PlayRequest
from acedesk.formats.text import clean_text
from acedesk.formats.user_agent import player_name
from acedesk.model.engine import EngineId
from acedesk.model.snapshot import ClientView, StreamState, StreamView
from acedesk.proxy.client import Client
from acedesk.proxy.file_upstream import FileBody
from acedesk.proxy.meter import Meter
from acedesk.proxy.outqueue import reset


@dataclasses.dataclass(slots=True)
class Reading:
    """One request that reads a playback.

    Attributes:
        over: Another request took its place, or the user ended it.
    """

    transport: asyncio.Transport | None
    body: FileBody | None = None
    over: bool = False

    def stop(self) -> None:
        """End it at once, on both sides."""
        self.over = True
        self.close()
        if self.transport is not None:
            reset(self.transport)

    def close(self) -> None:
        """Leave the engine's side."""
        if self.body is not None:
            self.body.close()


class Playback:
    """A player and a file.

    Attributes:
        reading: The request that reads it now, None between two.
        left_at: When it was read last, or began.
        moved_at: When bytes went to the player last, or the playback began.
        avoid: Engines that failed with it.
        failures: How often engines failed since the player got its last bytes.
        timer: Ends it when no request follows.
    """

    def __init__(
        self, play: PlayRequest, viewer: Client, session: Session, reservation: Reservation
    ) -> None:
        self.play = play
        self.viewer = viewer
        self.session = session
        self.reservation = reservation
        self.reading: Reading | None = None
        self.left_at = viewer.connected_at
        self.moved_at = viewer.connected_at
        self.avoid: set[EngineId] = set()
        self.failures = 0
        self.timer: asyncio.TimerHandle | None = None
        self._meter = Meter(viewer.connected_at, remember=False)

    def belongs_to(self, play: PlayRequest, request: web.Request) -> bool:
        """Tell whether this request is of the same player and file."""
        return (
            self.play.key == play.key
            and self.viewer.address == (request.remote or "")
            and self.viewer.user_agent == agent_of(request)
        )

    def take(self, transport: asyncio.Transport | None) -> Reading:
        """Give the playback to a request; whoever had it is ended."""
        if self.timer is not None:
            self.timer.cancel()
        if self.reading is not None:
            self.reading.stop()
        self.reading = Reading(transport)
        return self.reading

    def progress(self, count: int, now: float) -> None:
        """Note that bytes went to the player."""
        self.viewer.sent_bytes += count
        self.viewer.note_first()
        self.moved_at = now
        self.failures = 0

    def sample(self, now: float) -> None:
        """Note the rate; to be called once a second."""
        self._meter.sample(now, self.viewer.sent_bytes)
        self.viewer.rate = self._meter.rate

    def view(self) -> ClientView:
        """Return the picture of its player now."""
        viewer = self.viewer
        first = None if viewer.first_at is None else viewer.first_at - viewer.connected_at
        return ClientView(
            id=viewer.id,
            player=player_name(viewer.user_agent),
            user_agent=viewer.user_agent,
            address=viewer.address,
            connected_time=viewer.connected_time,
            sent_bytes=viewer.sent_bytes,
            rate=viewer.rate,
            behind=0.0,
            skips=0,
            first_byte=first,
        )


def agent_of(request: web.Request) -> str:
    """Return the player's user agent as text that can be shown, cut to a sane length."""
    return clean_text(request.headers.get("User-Agent", ""), 400)


def file_view(playbacks: list[Playback]) -> StreamView:
    """Return the picture of all playbacks of one file now."""
    first = playbacks[0]
    clients = tuple(playback.view() for playback in playbacks)
    rate = sum(client.rate for client in clients)
    engine = first.reservation.engine
    reading = any(playback.reading is not None for playback in playbacks)
    return StreamView(
        id=first.play.key.stream_id,
        key=first.play.key,
        name=first.play.title or f"File {first.play.key.short}",
        state=StreamState.PLAYING if reading else StreamState.IDLE,
        started_time=first.viewer.connected_time,
        bit_rate=rate,
        engine_id=engine.id,
        engine_name=engine.name,
        received_bytes=sum(client.sent_bytes for client in clients),
        clients=clients,
        is_file=True,
    )
