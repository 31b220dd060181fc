"""All streams: a key finds its running stream, or opens one.

As soon as an engine has told the infohash of a content, its content id and its infohash find the
same stream.
"""

import contextlib
from collections.abc import Callable, Iterator

from acedesk.errors import (
    AceDeskError,
    Busy,
    BusyReason,
    NotFound,
    NotLive,
    SameContent,
)
from acedesk.formats.getstream import PlayRequest
from acedesk.model.content import StreamKey
from acedesk.model.event import StopCause
from acedesk.proxy.delivery.client import Client, EndReason
from acedesk.proxy.files.vod import Vod
from acedesk.proxy.ingest.supply import SharedParts
from acedesk.proxy.streams.admission import Admission, refuse_private
from acedesk.proxy.streams.engine_moves import EngineMoves
from acedesk.proxy.streams.failed_streams import FailedStreams
from acedesk.proxy.streams.key_aliases import KeyAliases
from acedesk.proxy.streams.known_titles import KnownTitles
from acedesk.proxy.streams.same_content import make_one
from acedesk.proxy.streams.same_media import SameMediaWatch
from acedesk.proxy.streams.stream import Stream
from acedesk.proxy.streams.stream_events import StreamEvents
from acedesk.signals import Signal


class StreamRegistry:
    """The streams that run, and those that failed a moment ago.

    Args:
        check_key: Raises an `AceDeskError` for a content that is not to be played.

    Attributes:
        aliases: What is known of the names of contents.
        engine_moves: Lets streams go on with another engine.
        files: Contents that turned out to be files: not streams, because nothing is shared.

    Signals:
        changed: A stream or client came, went or changed its state.
    """

    def __init__(
        self, shared: SharedParts, *, check_key: Callable[[StreamKey], None] = lambda _: None
    ) -> None:
        self.changed: Signal[()] = Signal()
        self._shared = shared
        self._check_key = check_key
        self._streams: dict[StreamKey, Stream] = {}
        self.aliases = KeyAliases()
        self._same_media = SameMediaWatch(self, self.aliases, shared.read_ticker, self._give_way)
        self._failed = FailedStreams(self.changed.emit)
        self.engine_moves = EngineMoves(self, shared.pool)
        self._leaving: set[Stream] = set()  # they are ending, their content was started again
        self._closing = False
        self._titles = KnownTitles()
        self.files = Vod(
            shared.pool,
            shared.sessions,
            shared.read_ticker,
            shared.settings,
            self._admit,
            *(shared.totals, shared.note, shared.settle),
        )
        self._events = StreamEvents(shared.note)
        self._admission = Admission(self, self.files.playbacks, shared.settings, self.files.end)
        self.files.changed.connect(self.changed.emit)

    def __iter__(self) -> Iterator[Stream]:
        return iter(tuple(self._streams.values()))

    def __len__(self) -> int:
        return len(self._streams)

    def failed(self) -> tuple[Stream, ...]:
        """Return the streams that failed within the last minute and were not started again."""
        return tuple(self._failed)

    def find(self, key: StreamKey) -> Stream | None:
        """Return the running stream of this content."""
        return self._streams.get(self.aliases.resolve(key))

    def is_running(self, key: StreamKey) -> bool:
        """Tell whether this content is played already, as a broadcast or as a file."""
        return self.find(key) is not None or bool(self.files.playbacks.of(key))

    def names(self, stream: Stream) -> tuple[StreamKey, ...]:
        """Return every key under which this stream is known."""
        return (stream.key, *self.aliases.of(stream.key))

    def find_id(self, stream_id: str) -> Stream:
        """Return the running stream with this `StreamKey.stream_id`.

        Raises:
            NotFound: It does not run.
        """
        for stream in self._streams.values():
            if stream_id in (stream.key.stream_id, stream.key.value):
                return stream
        raise NotFound("this stream is not running")

    @contextlib.contextmanager
    def join(self, request: PlayRequest, client: Client) -> Iterator[Stream]:
        """Make the client one of the requested stream, until the block is left.

        However the request ends, the client gets a reason here, unless it has one, and is removed
        from the stream.

        Raises:
            Busy: AceDesk is closing, or there are as many streams or clients as are allowed.
            LoopingStream: The content is refused.
            Forbidden: It is at an address of the home network.
        """
        reason, joined = EndReason.LEFT, None
        try:
            stream = self.open(request)
            self._admission.admit_client(stream.clients)
            stream.add(client)
            self._shared.totals.clients += 1
            joined = stream
            self._events.joined(stream, client)
            yield stream
        except AceDeskError as exc:
            reason = EndReason.STREAM_ENDED
            raise _told(exc, closing=self._closing) from exc.__cause__
        except Exception:
            reason = EndReason.ERROR
            raise
        finally:
            client.close(reason)
            if joined is not None:
                self._events.left(joined, client)

    def open(self, request: PlayRequest) -> Stream:
        """Return the running stream of this content, or start it.

        Raises:
            Busy: AceDesk is closing, or there are as many streams as are allowed.
            LoopingStream: The content is refused.
        """
        if self._closing:
            raise Busy(BusyReason.SHUTTING_DOWN)
        self._admit_key(request.key)
        stream, former = self.find(request.key), None
        if stream is not None and stream.leaving:
            self._streams.pop(stream.key, None)
            self.aliases.drop(stream.key)
            self._leaving.add(stream)
            stream, former = None, stream
        if stream is None:
            self._admission.admit_stream()
            self._failed.drop(request.key)
            stream = Stream(request, self._shared, self._stream_changed)
            stream.title = stream.title or self._titles.title_of(request.key)
            self._streams[request.key] = stream
            self.aliases.add(self.aliases.identity(request.key), request.key)
            self._events.began(stream)
            # Beside a stream that is leaving, there is a place already, or one will be free.
            check = self._shared.pool.check_place
            stream.start(former or self._admission.yield_engine(request.key, check))
        else:
            stream.title = stream.title or request.title
            if request.protect is not None:
                stream.set_protected(request.protect)
        return stream

    def _admit_key(self, key: StreamKey) -> None:
        """Refuse what engines must not be asked for.

        Raises:
            Forbidden: It is at an address of the home network.
            LoopingStream: The content is refused.
        """
        refuse_private(key, self._shared.settings())
        self._check_key(key)

    def _admit(self, key: StreamKey, *, new: bool) -> None:
        """Let a player of a file go on, or a new one in.

        Raises:
            Busy: There are as many streams and files, or players of this one, as are allowed.
            LoopingStream: The content is refused.
        """
        self._admit_key(key)
        if new:
            self._admission.admit_player(key)

    def switch_engine(self, stream_id: str) -> None:
        """Let a stream go on with another engine; its viewers stay connected.

        Raises:
            NotFound: It is not running.
            Busy: No other engine can take it.
        """
        self.engine_moves.switch(self.find_id(stream_id))

    async def stop(self, stream_id: str, cause: StopCause = StopCause.PERSON) -> None:
        """Stop a stream; a failed one is only forgotten.

        Raises:
            NotFound: There is no such stream.
        """
        if self._failed.drop_id(stream_id):
            self.changed.emit()
            return
        if not self.files.stop(stream_id, cause):
            stream = self.find_id(stream_id)
            self._events.stopping(cause, stream)
            await stream.stop()

    async def stop_all(self, cause: StopCause = StopCause.PERSON) -> None:
        """Stop all streams at once.

        On cancel: all of them end nevertheless, but that is not waited for.
        """
        self.files.stop_all(cause)
        ending = (*self, *self._leaving)
        self._events.stopping(cause, *ending)
        for stream in ending:
            stream.close()
        for stream in ending:
            await stream.stop()

    def close_client(self, client_id: str) -> None:
        """Disconnect one client.

        Raises:
            NotFound: It is not connected.
        """
        for stream in self:
            client = stream.clients.get(client_id)
            if client is not None:
                client.close(EndReason.CLOSED)
                return
        if not self.files.close_client(client_id):
            raise NotFound("this viewer is not connected")

    async def close(self, timeout: float = 5.0) -> None:
        """Stop all streams for good; every open session is told to the engine.

        On cancel: sessions that were not stopped yet may stay open on their engines.
        """
        self._closing = True
        self._failed.close()
        await self.stop_all(StopCause.SHUTDOWN)
        await self.files.close()
        await self._shared.sessions.drain(timeout)

    def _stream_changed(self, stream: Stream) -> None:
        if stream.ended:
            self._events.ended(stream)
            self._leaving.discard(stream)
            if self._streams.get(stream.key, stream) is stream:
                self._note_end(stream)
        elif (session := stream.supply.session) is not None:
            if session.infohash is not None:
                self.aliases.learn(stream.key, session.infohash)
                self._give_way(stream)
            elif self.aliases.is_nameless(stream.key):
                self._same_media.begin()
        self.changed.emit()

    def _give_way(self, stream: Stream) -> None:
        """End one of two streams that turn out to be one content."""
        identity = self.aliases.identity(stream.key)
        self.aliases.add(identity, stream.key)
        other = self._streams.get(self.aliases.resolve(identity))
        if other is not None and make_one(stream, other) is stream:
            self.aliases.drop(other.key)
            self.aliases.add(identity, stream.key)

    def _note_end(self, stream: Stream) -> None:
        self._titles.learn(self.names(stream), stream.title)
        self._streams.pop(stream.key, None)
        self.aliases.drop(stream.key)
        if stream.error is not None and not isinstance(stream.error, NotLive | SameContent):
            self._failed.add(stream)


def _told(error: AceDeskError, *, closing: bool) -> AceDeskError:
    """Return what a request is told that ended with an error."""
    if closing and isinstance(error, NotFound):  # what ends with AceDesk is there with the next one
        return Busy(BusyReason.SHUTTING_DOWN)
    return error
