"""The sessions of programs that take AceDesk for an engine.

A session has a token, which is in its addresses. Several sessions of one content share its stream,
and each keeps it on its own behalf: what ends one session ends the picture of its own players only.
A session ends when it is stopped, or when nobody comes for its time.
"""

import asyncio
import contextlib
import dataclasses
import secrets
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from acedesk import clock
from acedesk.errors import Busy, BusyReason, NotLive, SameContent
from acedesk.formats.getstream import PlayRequest
from acedesk.model.content import Infohash
from acedesk.proxy.delivery.client import Client, EndReason
from acedesk.proxy.streams.stream import Stream
from acedesk.values import frozen_value

# Seconds a session is kept when nobody comes: the engine's own time is not documented; the
# official app asks for 60 when its window is hidden.
USUAL_TIMEOUT: Final = 60.0
LONGEST_TIMEOUT: Final = 3600.0
# Seconds the stream is kept for the next connection after the last one: players open an address
# twice within a second or two.
AFTER_READER: Final = 10.0
# Questions keep a stream alive, as an engine's do, but without any reader not longer than this: a
# program that asks for ever holds no engine for ever.
LONGEST_UNREAD: Final = 300.0
# A household has a few; each is about a kilobyte.
MOST_SESSIONS: Final = 1000
# Events that nobody asks for.
MOST_EVENTS: Final = 16

Event = dict[str, object]


class ClientSession:
    """One playback as its program sees it.

    Attributes:
        play: What is played.
        hls: It is read as a playlist.
        with_events: The program asked for an address of events.
        token: In the addresses of the session; 32 hex digits.
        playback_id: 40 hex digits.
        infohash: Of the content, as far as it is known.
        timeout: Seconds it is kept when nobody comes.
        is_live: None while that is not known.
        over: It has ended.
    """

    def __init__(
        self,
        play: PlayRequest,
        *,
        hls: bool,
        with_events: bool,
        client_session_id: int,
        on_end: Callable[["ClientSession"], None],
    ) -> None:
        self.play = play
        self.hls = hls
        self.with_events = with_events
        self.client_session_id = client_session_id
        self.token = secrets.token_hex(16)
        self.playback_id = secrets.token_hex(20)
        self.infohash = Infohash("")
        self.timeout = USUAL_TIMEOUT
        self.is_live: bool | None = None
        self.over = False
        self._on_end = on_end
        self._stream: Stream | None = None
        self._disconnect: list[Callable[[], None]] = []
        self._clients: set[Client] = set()
        self._requests: set[asyncio.Task[object]] = set()
        self._has_been_read = False
        self._kept_longer = False
        self._seen_at = self._read_at = clock.monotonic()
        self._events: deque[Event] = deque(maxlen=MOST_EVENTS)
        self._change = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None

    # ------------------------------------------------------------------ its stream

    @property
    def stream(self) -> Stream | None:
        """The stream of its content while that runs."""
        stream = self._stream
        return None if stream is None or stream.leaving or stream.ended else stream

    def hold(self, stream: Stream) -> None:
        """Keep this stream for the session's players from now on."""
        if stream is not self._stream:
            self._let_go()
            self._stream = stream
            self._disconnect = [
                stream.ending.connect(self._stream_ended),
                stream.replaced.connect(self.hold),
                stream.grown.connect(self._grown),
            ]
        self._keep()

    def _keep(self) -> None:
        stream = self.stream
        if stream is not None and not self.over:
            short = self._has_been_read and not self._kept_longer
            stream.hold(self, AFTER_READER if short else self.timeout)

    def _let_go(self) -> None:
        for disconnect in self._disconnect:
            disconnect()
        self._disconnect = []
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.hold(self, 0)

    def _grown(self) -> None:
        if self.is_live is None:
            self.learn_live(live=True)
        self._disconnect.pop()()  # the last one that was connected: once is enough

    def _stream_ended(self) -> None:
        stream = self._stream
        if stream is not None and not isinstance(stream.error, NotLive | SameContent):
            why = stream.error.code if stream.error is not None else "stopped"
            self.tell("download_stopped", reason=why)
        self._let_go()

    # ------------------------------------------------------------------ who comes

    @contextlib.contextmanager
    def request(self) -> Iterator[None]:
        """Count a player's request for the media; a session with one is never idle."""
        task = asyncio.current_task()
        assert task is not None
        self._requests.add(task)
        self._has_been_read = True
        try:
            yield
        finally:
            self._requests.discard(task)
            self._read_at = clock.monotonic()
            self.touch()

    def add_client(self, client: Client) -> None:
        """Note which viewer of the stream is one of this session."""
        self._clients = {one for one in self._clients if one.reason is None}
        self._clients.add(client)

    def touch(self) -> None:
        """Note that its program is there."""
        now = clock.monotonic()
        if now - self._read_at < max(LONGEST_UNREAD, self.timeout):
            self._seen_at = now
            self._keep()

    def set_timeout(self, seconds: float) -> None:
        """Keep the session and its stream for so long when nobody comes."""
        self.timeout = min(seconds, LONGEST_TIMEOUT)
        self._kept_longer = True
        self.touch()
        self.watch()

    def watch(self) -> None:
        """End the session when its time is over; look again when it is not."""
        if self._timer is not None:
            self._timer.cancel()
        left = self._seen_at + self.timeout - clock.monotonic()
        if self._requests:
            left = self.timeout
        if self.over or left <= 0:
            self.end()
            return
        self._timer = asyncio.get_running_loop().call_later(left, self.watch)

    # ------------------------------------------------------------------ what happened

    def learn_live(self, *, live: bool) -> None:
        """Note that it is a broadcast, or a file."""
        self.is_live = live
        self.tell("live_changed", is_live=int(live))

    def tell(self, name: str, **parameters: object) -> None:
        """Have an event for who asks for one."""
        self._events.append({"name": name, "params": parameters})
        self._changed()

    async def next_event(self) -> Event | None:
        """Wait for the next event; None when the session is over."""
        while not self._events:
            if self.over:
                return None
            await self._change.wait()
        return self._events.popleft()

    def _changed(self) -> None:
        change, self._change = self._change, asyncio.Event()
        change.set()

    # ------------------------------------------------------------------ its end

    def end(self) -> None:
        """End the session and the picture of its own players; again it does nothing."""
        if self.over:
            return
        self.over = True
        if self._timer is not None:
            self._timer.cancel()
        for client in self._clients:
            client.close(EndReason.LEFT)  # its own program ends it
        if self.is_live is False:  # a player of a file is no client
            for task in self._requests:
                task.cancel()
        self._clients.clear()
        self._let_go()
        self._changed()
        self._on_end(self)


@frozen_value(kw_only=False)
class Wanted:
    """What a program asks for besides the content."""

    hls: bool
    with_events: bool
    client_session_id: int


class ClientSessions:
    """All of them, by token.

    Args:
        on_end: Told of each that ended.
    """

    def __init__(self, on_end: Callable[[ClientSession], None] = lambda _: None) -> None:
        self._sessions: dict[str, ClientSession] = {}
        self._on_end = on_end

    def __len__(self) -> int:
        return len(self._sessions)

    def __iter__(self) -> Iterator[ClientSession]:
        return iter(tuple(self._sessions.values()))

    def find(self, token: str) -> ClientSession | None:
        """Return the session with this token."""
        return self._sessions.get(token)

    def begin(self, play: PlayRequest, wanted: Wanted) -> ClientSession:
        """Return a new session.

        Raises:
            Busy: There are too many.
        """
        if len(self._sessions) >= MOST_SESSIONS:
            raise Busy(BusyReason.MAX_CAPACITY)
        session = ClientSession(play, on_end=self._ended, **dataclasses.asdict(wanted))
        # A file is read by each session for itself, if all come from one program, too.
        session.play = dataclasses.replace(play, viewer=session.token)
        self._sessions[session.token] = session
        session.watch()
        return session

    def _ended(self, session: ClientSession) -> None:
        self._sessions.pop(session.token, None)
        self._on_end(session)
