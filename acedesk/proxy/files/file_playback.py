"""One player of a file: its engine session, and the request that reads it now.

Every seek is a new request. The session stays while requests follow each other. An engine gives
the bytes of a session to one reader only, so a request that takes a playback ends the one before.
"""

import asyncio
import dataclasses
from typing import Final

from aiohttp import web

from acedesk import clock
from acedesk.formats.getstream import PlayRequest
from acedesk.formats.text import clean_text
from acedesk.formats.user_agent import player_name
from acedesk.model.engine import EngineId
from acedesk.model.snapshot import ClientState, ClientView, StreamState, StreamView
from acedesk.proxy.counters.rates import Meter
from acedesk.proxy.counters.totals import TotalCounters, TotalsShare
from acedesk.proxy.delivery.client import ENDS, Client, EndReason
from acedesk.proxy.delivery.stuck_connection import AnswerWatch, ask_often, reset, waiting_bytes
from acedesk.proxy.files.file_body import FileBody
from acedesk.proxy.files.file_engines import FileSession
from acedesk.rules.paused_viewer import PAUSED_AFTER, judge
from acedesk.settings import Settings

# A player that empties full buffers takes bytes in steps: the kernel opens the window of a
# connection again when a sixteenth of it is free (Linux, __tcp_select_window).
PAUSE: Final = 0.5
# One that took bytes without such a pause for so long reads as fast as it can.
STEADY: Final = 3.0


@dataclasses.dataclass(slots=True)
class Reading:
    """One request that reads a playback.

    Attributes:
        moved_at: When its player took bytes last, or nothing waited for the player.
        body: The engine's answer, None before there is one.
        over: Another request took its place, or the playback was ended.
        writing: Bytes are offered to the player.
        unanswered_for: Seconds for which the player's system left questions unanswered.
    """

    transport: asyncio.Transport | None
    moved_at: float
    body: FileBody | None = None
    over: bool = False
    writing: bool = False
    unanswered_for: float = 0.0
    _answers: AnswerWatch = dataclasses.field(default_factory=AnswerWatch)
    _unsent: int = 0
    _paused_at: float | None = None

    async def write(self, response: web.StreamResponse, data: bytes) -> None:
        """Offer bytes to the player, b"" for the end; return when there is room for more.

        Raises:
            ConnectionError: The player is gone.
        """
        self._move(clock.monotonic())  # until now there was nothing for it to take
        self.writing = True
        await (response.write(data) if data else response.write_eof())
        self.writing = False
        self._move(clock.monotonic())

    def look(self, now: float) -> None:
        """See whether the player took anything since the last look."""
        if not self.writing or self.transport is None or self.transport.is_closing():
            self._move(now)
            return
        unsent = waiting_bytes(self.transport)
        if unsent != self._unsent:
            self._unsent = unsent
            self._move(now)
        self.unanswered_for = self._answers.look(self.transport, now)

    def still_for(self, now: float) -> float:
        """Return for how many seconds the player has taken nothing of what it was offered."""
        return now - self.moved_at

    def is_paused(self, now: float) -> bool:
        """Tell whether the player has taken nothing for so long that it must be paused."""
        return self.still_for(now) >= PAUSED_AFTER

    def end_reason(self, now: float, settings: Settings) -> EndReason | None:
        """Return why its connection must end, None when it may stay."""
        standing = judge(
            still_for=self.still_for(now),
            unanswered_for=self.unanswered_for,
            answer_limit=settings.slow_client_timeout,
            pause_limit=settings.paused_viewer_timeout,
        )
        return ENDS.get(standing)

    def is_steady(self, now: float) -> bool:
        """Tell whether the player took bytes until a moment ago, without a pause."""
        paused = self._paused_at is not None and now - self._paused_at < STEADY
        return not paused and self.still_for(now) < 2 * PAUSE

    def stop(self) -> None:
        """End it at once, on both sides."""
        self.over = True
        self.close()
        if self.transport is not None:
            reset(self.transport)

    def close(self) -> None:
        """Close the connection to the engine."""
        if self.body is not None:
            self.body.close()

    def _move(self, now: float) -> None:
        if now - self.moved_at > PAUSE:
            self._paused_at = now
        self.moved_at = now


class FilePlayback:
    """A player and a file.

    Attributes:
        session: Where its bytes come from; retired when its engine failed and none is left.
        reading: The request that reads it now, None between two.
        left_at: When it was last read, or began.
        avoid: Engines that failed with it.
        failures: How often engines failed since the player got its last bytes.
        timer: Ends it when no request follows.
    """

    def __init__(
        self,
        play: PlayRequest,
        client: Client,
        session: FileSession,
        totals: TotalCounters | None = None,
    ) -> None:
        self.play = play
        self.client = client
        self.session = session
        self.reading: Reading | None = None
        self.left_at = client.connected_at
        self.avoid: set[EngineId] = set()
        self.failures = 0
        self.timer: asyncio.TimerHandle | None = None
        self._meter = Meter(client.connected_at, remember=False)
        self._totals_share = TotalsShare(totals or TotalCounters())

    def belongs_to(self, play: PlayRequest, request: web.Request) -> bool:
        """Tell whether this request is of the same player and file."""
        return (
            self.play.key == play.key
            and self.play.viewer == play.viewer
            and self.client.address == (request.remote or "")
            and self.client.user_agent == agent_of(request)
        )

    def take(self, transport: asyncio.Transport | None) -> Reading:
        """Give the playback to a request; the request that had it is ended."""
        if self.timer is not None:
            self.timer.cancel()
        if self.reading is not None:
            self.reading.stop()
        self.reading = Reading(transport, clock.monotonic())
        if transport is not None:
            ask_often(transport)
        return self.reading

    def progress(self, count: int) -> None:
        """Note that bytes went to the player."""
        self.client.sent_bytes += count
        self.client.note_first()
        self.failures = 0

    def sample(self, now: float) -> None:
        """Note the rate; to be called once a second."""
        self._meter.sample(now, self.client.sent_bytes)
        self.client.rate = self._meter.rate
        self.add_to_totals()

    def add_to_totals(self) -> None:
        """Count what it has read; to be called at its end, too."""
        sent = self.client.sent_bytes
        self._totals_share.add(received=sent, sent=sent)

    def view(self) -> ClientView:
        """Return the picture of its player now."""
        client = self.client
        first = None if client.first_at is None else client.first_at - client.connected_at
        now = clock.monotonic()
        paused = self.reading is not None and self.reading.is_paused(now)
        return ClientView(
            state=ClientState.PAUSED if paused else ClientState.PLAYING,
            still_for=self.reading.still_for(now) if self.reading and paused else 0.0,
            id=client.id,
            player=player_name(client.user_agent),
            user_agent=client.user_agent,
            address=client.address,
            connected_time=client.connected_time,
            sent_bytes=client.sent_bytes,
            rate=client.rate,
            behind=0.0,
            skips=0,
            first_byte=first,
        )


def agent_of(request: web.Request) -> str:
    """Return the player's user agent as text that can be shown, cut to a sane length."""
    return clean_text(request.headers.get("User-Agent", ""), 400)


def file_view(playbacks: list[FilePlayback]) -> StreamView:
    """Return the picture of all playbacks of one file now."""
    first = playbacks[0]
    clients = tuple(playback.view() for playback in playbacks)
    rate = sum(client.rate for client in clients)
    engine = first.session.reservation.engine
    reading = any(playback.reading is not None for playback in playbacks)
    return StreamView(
        id=first.play.key.stream_id,
        key=first.play.key,
        name=first.play.title or f"File {first.play.key.short}",
        state=StreamState.PLAYING if reading else StreamState.IDLE,
        started_time=first.client.connected_time,
        bit_rate=rate,
        engine_id=engine.id,
        engine_name=engine.name,
        carried_by=engine.carried_by,
        received_bytes=sum(client.sent_bytes for client in clients),
        clients=clients,
        is_file=True,
    )
