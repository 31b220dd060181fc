"""One player's connection: a cursor on the ring that writes straight to the transport.

No task and no queue per client: the stream calls `write_available` when packets came, the transport
calls `resume_writing` when the player took what it had been given. A client that cannot keep up is
behind in the ring; when its place has fallen out it goes on at the newest keyframe.
"""

import asyncio
import datetime
import enum
import itertools
import logging
import os
import secrets
import sys
from collections.abc import Callable

from acedesk import clock
from acedesk.model.join_point import KEYFRAME, JoinPoint
from acedesk.mpegts.packets import NULL_PACKET
from acedesk.mpegts.scan import Entry
from acedesk.proxy.buffer.chunk_framing import LAST_CHUNK, frame
from acedesk.proxy.buffer.ring import Ring
from acedesk.proxy.counters.gaps import ClientGaps
from acedesk.proxy.delivery.client_socket import reset, waiting_bytes
from acedesk.proxy.delivery.live_edge import LiveEdge

logger = logging.getLogger(__name__)

_numbers = itertools.count(1)

# Long enough for a reset to come back from anywhere in the house.
PROBE_DELAY = 0.1

# Windows has no file numbers for sockets.
_WRITES_TO_SOCKETS = sys.platform != "win32"

_NULL_CHUNK = frame(NULL_PACKET)


class EndReason(enum.Enum):
    """Why a client's connection ended."""

    LEFT = "left"
    STREAM_ENDED = "stream ended"
    CLOSED = "closed by the user"
    STUCK = "took nothing for too long"
    ERROR = "a fault of AceDesk"


class Client(asyncio.Protocol):
    """A connection of a player to a stream.

    Attributes:
        id: Drawn here, unique, says nothing about the player.
        join_point: Where it wants to begin.
        blocked: Its transport holds bytes the player has not taken.
        chunked: The body is framed as HTTP/1.1 chunks.
        direct: File number of its socket while bytes may be written to it past the transport,
            which then holds none; -1 otherwise.
        skips: How often it fell off the ring.
        first_at: When it was given its first media, None before.
        gaps: When it took nothing while media flowed.
        reason: Why the connection is over; None before.
    """

    __slots__ = (
        "_former",
        "_live_edge",
        "_moved_at",
        "_over",
        "_position",
        "_ring",
        "_sent",
        "_socket",
        "_tables_sent",
        "_transport",
        "_unsent",
        "address",
        "blocked",
        "chunked",
        "connected_at",
        "connected_time",
        "direct",
        "first_at",
        "gaps",
        "id",
        "join_point",
        "on_end",
        "on_progress",
        "rate",
        "reason",
        "skips",
        "user_agent",
    )

    def __init__(
        self,
        *,
        address: str,
        user_agent: str,
        now: float,
        time: datetime.datetime,
        join_point: JoinPoint = KEYFRAME,
    ) -> None:
        self.id = f"c{next(_numbers)}-{secrets.token_hex(3)}"
        self.join_point = join_point
        self.address = address
        self.user_agent = user_agent
        self.connected_at = now
        self.connected_time = time
        self.blocked = False
        self.skips = 0
        self.rate = 0.0
        self.first_at: float | None = None
        self.gaps = ClientGaps()
        self.reason: EndReason | None = None
        self.on_progress: Callable[[], None] = _nothing
        self.on_end: Callable[[Client], None] = _nothing
        self._position: int | None = None
        self._sent = 0
        self._live_edge: LiveEdge | None = None
        self._ring: Ring | None = None
        self._transport: asyncio.Transport | None = None
        self._former: asyncio.BaseProtocol | None = None
        self.chunked = True
        self.direct = -1
        self._socket = -1
        self._tables_sent = False
        self._unsent = 0
        self._moved_at = now
        self._over: asyncio.Future[None] | None = None

    @property
    def position(self) -> int | None:
        """Number of the next chunk to write; None before it joined."""
        return self._position if self._live_edge is None else self._live_edge.position

    @position.setter
    def position(self, number: int | None) -> None:
        self._leave_live_edge()
        self._position = number

    @property
    def sent_bytes(self) -> int:
        """Media bytes written to it."""
        return self._sent if self._live_edge is None else self._sent + self._live_edge.sent

    @sent_bytes.setter
    def sent_bytes(self, count: int) -> None:
        self._sent = count if self._live_edge is None else count - self._live_edge.sent

    @property
    def at_live_edge(self) -> bool:
        """It is written to together with the others that have everything."""
        return self._live_edge is not None

    @property
    def attached(self) -> bool:
        """The response head went out, media may be written."""
        return self._transport is not None

    def attach(
        self, transport: asyncio.Transport, ring: Ring, *, chunked: bool, now: float
    ) -> None:
        """Take the connection over from the HTTP server, whose head has been written."""
        self._ring = ring
        self._transport = transport
        self.chunked = chunked
        self._former = transport.get_protocol()
        self._moved_at = now
        transport.set_protocol(self)
        # Zero: `pause_writing` then says exactly "the kernel did not take all of it".
        transport.set_write_buffer_limits(high=0)
        if _WRITES_TO_SOCKETS:
            self._socket = transport.get_extra_info("socket").fileno()
            self._look()
        if transport.is_closing():
            self._finish(EndReason.LEFT)

    @property
    def unsent_bytes(self) -> int:
        """What was written and has not been taken by the player's side yet."""
        return waiting_bytes(self._transport) if self._transport is not None else 0

    # ------------------------------------------------------------------ writing

    def write_available(self) -> None:
        """Write everything the ring has for this client, until its transport is full."""
        ring, transport = self._ring, self._transport
        if ring is None or transport is None or self.position is None:
            return
        while not self.blocked and self.position < ring.next:
            if self.position < ring.first:
                self._skip(ring)
                continue
            number = self.position
            self.position = number + 1
            self.sent_bytes += ring[number].size
            self._send(ring.framed(number) if self.chunked else ring.payload(number))

    def join(self, number: int, entry: Entry) -> None:
        """Begin (or go on) at `entry` of chunk `number`, tables first."""
        assert self._ring is not None
        payload = self._ring.payload(number)[entry.at :]
        self.position = number + 1
        self._write(b"".join((entry.tables, payload)))
        self.note_first()
        self.write_available()

    def join_live(self, number: int) -> None:
        """Begin at chunk `number`, wherever in the picture that is."""
        self.position = number
        self.note_first()
        self.write_available()

    def note_first(self) -> None:
        """Note that media was given to it; only the first time counts."""
        if self.first_at is None:
            self.first_at = clock.monotonic()

    def send_tables(self, tables: bytes) -> None:
        """Give the player the tables once while it waits for its first keyframe."""
        if not self._tables_sent and tables:
            self._tables_sent = True
            self._write(tables)

    def send_null(self) -> None:
        """Keep the connection alive while there is nothing to send (PID 0x1FFF)."""
        if self._transport is not None and not self.blocked and self.reason is None:
            self._send(_NULL_CHUNK if self.chunked else NULL_PACKET)

    def _skip(self, ring: Ring) -> None:
        self.skips += 1
        newest = ring.newest_entry()
        if newest is None:
            self.position = ring.next - 1
        else:
            self.join(*newest)

    def _write(self, data: bytes) -> None:
        self.sent_bytes += len(data)
        self._send(frame(data) if self.chunked else data)

    def _send(self, data: bytes | memoryview) -> None:
        """Hand the kernel what it takes, and the rest to the transport.

        A transport's own `write` costs three to eight microseconds for each viewer and tick
        before it reaches the kernel, depending on the loop.
        """
        transport = self._transport
        if transport is None:
            return
        if self.direct >= 0:
            try:
                sent = os.write(self.direct, data)
            except OSError:  # full, or broken: the transport meets the same and deals with it
                sent = 0
            if sent == len(data):
                return
            data = memoryview(data)[sent:]
        transport.write(data)
        self._look()

    # ------------------------------------------------------------------ at the front

    def enter(self, live_edge: LiveEdge) -> None:
        """Be written to by `live_edge` from now on."""
        self._sent -= live_edge.sent
        self._live_edge = live_edge

    def _leave_live_edge(self) -> None:
        live_edge = self._live_edge
        if live_edge is not None:
            live_edge.leave(self)
            self._live_edge = None
            self._position = live_edge.position
            self._sent += live_edge.sent

    def fall_back(self) -> None:
        """Go on alone."""
        self._leave_live_edge()
        self.write_available()

    def spill(self, chunks: list[memoryview], sent: int) -> None:
        """Leave to the transport what the kernel did not take of the newest chunks.

        Args:
            sent: Bytes of them that were taken.
        """
        self._leave_live_edge()
        for chunk in chunks:
            if sent < len(chunk) and self._transport is not None:
                self._transport.write(chunk[sent:])
            sent = max(0, sent - len(chunk))
        self._look()

    def _look(self) -> None:
        """See whether the transport holds nothing, so that the socket may be written to."""
        transport = self._transport
        empty = transport is not None and not transport.get_write_buffer_size()
        if not empty:
            self._leave_live_edge()
        self.direct = self._socket if empty else -1

    # ------------------------------------------------------------------ its end

    def is_stuck(self, now: float, timeout: float) -> bool:
        """Tell whether the player took no byte for `timeout` seconds; to be asked regularly."""
        if self._transport is None or not self.blocked:
            self._moved_at = now
            return False
        unsent = self.unsent_bytes
        if unsent != self._unsent:
            self._unsent = unsent
            self._moved_at = now
        return now - self._moved_at > timeout

    def close(self, reason: EndReason) -> None:
        """End the body in good order; a stuck player's connection is cut.

        One that never got a head only gets its reason; the first reason counts.
        """
        transport = self._transport
        if transport is not None and not transport.is_closing():
            if reason is EndReason.STUCK:
                reset(transport)
            elif self.blocked or reason is EndReason.ERROR:
                transport.abort()
            else:
                if self.chunked:
                    transport.write(LAST_CHUNK)
                transport.close()
        self._finish(reason)

    def fail(self, error: Exception) -> None:
        """End the connection because of a fault of ours, which is logged."""
        logger.error("a fault ends viewer %s", self.id, exc_info=error)
        self.close(EndReason.ERROR)

    async def wait_ended(self) -> None:
        """Wait until the connection is over, with `reason`; for one who asks."""
        if self.reason is None:
            self._over = asyncio.get_running_loop().create_future()
            await self._over

    def _finish(self, reason: EndReason) -> None:
        if self.reason is None:
            self.reason = reason
            self.position = None
            self._socket = self.direct = -1
            if self._over is not None and not self._over.done():
                self._over.set_result(None)
            self.on_end(self)
            # Who remembers the viewer must not keep its stream with it.
            self.on_end = self.on_progress = _nothing
            self._ring = None

    # ------------------------------------------------------------------ asyncio.Protocol

    def pause_writing(self) -> None:
        """Note that the player is behind; called by the transport."""
        self.blocked = True

    def resume_writing(self) -> None:
        """Go on writing; called by the transport when all was taken."""
        self.blocked = False
        try:
            self._look()
            self.write_available()
        except Exception as exc:  # noqa: BLE001 - logged by `fail`
            self.fail(exc)
        self.on_progress()

    def data_received(self, data: bytes) -> None:
        """Ignore what a player says behind its request."""

    def eof_received(self) -> bool:
        """Keep sending to a player that closed its own half.

        One that closed the whole connection looks the same until something is written to it, so
        two null packets ask: the first draws the reset, the second meets it.
        """
        self.send_null()
        asyncio.get_running_loop().call_later(PROBE_DELAY, self.send_null)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave the stream; the HTTP server gets its protocol back to clean up."""
        self._leave_live_edge()
        self._socket = self.direct = -1  # the number is another connection's soon
        former = self._former
        if former is not None:
            former.connection_lost(exc)
        self._finish(EndReason.LEFT)
        self._former = self._transport = None


def _nothing(*_: object) -> None:
    pass
