"""One player of a stream: a cursor on the ring, and the connection that it writes to.

A client has no task and no queue: the stream calls `write_available` when packets came, the
connection calls `handle_free` when the player took what it had been given. A client that cannot
keep up falls behind in the ring; when its position has been dropped, it goes on at the newest
keyframe.
"""

import asyncio
import datetime
import enum
import itertools
import logging
import secrets
from collections.abc import Callable
from typing import Final

from acedesk import clock
from acedesk.model.join_point import KEYFRAME, JoinPoint
from acedesk.mpegts.packets import PACKET
from acedesk.mpegts.scan import Entry
from acedesk.mpegts.unfinished import breaks_before
from acedesk.proxy.buffer.chunk_framing import frame
from acedesk.proxy.buffer.ring import Ring
from acedesk.proxy.buffer.same_place import find_same_place
from acedesk.proxy.counters.gaps import ClientGaps
from acedesk.proxy.delivery.live_edge import LiveEdge
from acedesk.proxy.delivery.player_connection import PlayerConnection
from acedesk.rules.paused_viewer import Standing

logger = logging.getLogger(__name__)

_numbers = itertools.count(1)


class EndReason(enum.Enum):
    """Why a client's connection ended."""

    LEFT = "left"
    STREAM_ENDED = "stream ended"
    CLOSED = "closed by the user"
    STUCK = "took nothing for too long"
    UNREACHABLE = "its device did not answer any more"
    GAVE_WAY = "it was paused, and its place was needed"
    ERROR = "a fault of AceDesk"


# How a connection that must end stands, and what is told of it.
ENDS: Final = {
    Standing.UNREACHABLE: EndReason.UNREACHABLE,
    Standing.OVERDUE: EndReason.STUCK,
}

# How far is looked for what a player gets next when something was left out: a second or two, in
# which all comes once. It takes about a millisecond.
BEGINNING: Final = 11_000 * PACKET

# Nothing that is still to be sent would be taken.
_CUT: Final = frozenset({EndReason.STUCK, EndReason.UNREACHABLE, EndReason.GAVE_WAY})


class Client(PlayerConnection):
    """A player's request for a stream, from its arrival to its end.

    It waits until it is attached and has a position; then it writes alone, or `LiveEdge` writes to
    it together with others as long as it has everything. It is over when it has a reason.

    Attributes:
        id: Drawn here, unique, says nothing about the player.
        join_point: Where it wants to begin.
        skips: How often it fell off the ring.
        first_at: When it was given its first media, None before.
        gaps: When it took nothing while media flowed.
        reason: Why the connection is over; None before.
    """

    __slots__ = (
        "_live_edge",
        "_over",
        "_position",
        "_ring",
        "_sent",
        "_tables_sent",
        "address",
        "connected_at",
        "connected_time",
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
        super().__init__(now)
        self.id = f"c{next(_numbers)}-{secrets.token_hex(3)}"
        self.join_point = join_point
        self.address = address
        self.user_agent = user_agent
        self.connected_at = now
        self.connected_time = time
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
        self._tables_sent = False
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
        """`LiveEdge` writes to it, together with the others that have everything."""
        return self._live_edge is not None

    def attach(
        self, transport: asyncio.Transport, ring: Ring, *, chunked: bool, now: float
    ) -> None:
        """Write from `ring` to `transport` from now on; the response head has been written."""
        self._ring = ring
        self.take_over(transport, chunked=chunked, now=now)

    def move(self, ring: Ring) -> None:
        """Write from another ring of the same content: where it was, or at the newest picture."""
        old, position = self._ring, self.position
        self._ring, self.position = ring, None
        if self.first_at is not None:
            place = find_same_place(old, position, ring)
            self.position, rest = place or (ring.first - 1, b"")
            if rest:
                self._write(rest)

    # ------------------------------------------------------------------ writing

    def write_available(self) -> None:
        """Write everything the ring has for this client, until its transport is full."""
        ring = self._ring
        if ring is None:
            return
        while not self.blocked and (number := self.position) is not None and number < ring.next:
            if number < ring.first:
                self._skip(ring)
                continue
            self.position = number + 1
            payload = ring.payload(number)
            self.sent_bytes += len(payload)
            self.send(ring.framed(number) if self.chunked else payload)

    def join(self, number: int, entry: Entry, *, before: bytes = b"") -> None:
        """Begin, or go on, at `entry` of chunk `number`; the tables are written first.

        Args:
            before: Packets to write in front of the tables.
        """
        assert self._ring is not None
        payload = self._ring.payload(number)[entry.at :]
        self.position = number + 1
        self._write(b"".join((before, entry.tables, payload)))
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

    def _skip(self, ring: Ring) -> None:
        self.skips += 1
        newest = ring.newest_entry()
        if newest is None:
            self.position = ring.next - 1
            self._write(breaks_before(_beginning(ring, self.position, Entry(0, b""))))
        else:
            self.join(*newest, before=breaks_before(_beginning(ring, *newest)))

    def _write(self, data: bytes) -> None:
        self.sent_bytes += len(data)
        self.send(frame(data) if self.chunked else data)

    # ------------------------------------------------------------------ at the live edge

    def enter(self, live_edge: LiveEdge) -> None:
        """Let `live_edge` write to this client from now on."""
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
        """Leave the live edge and write alone."""
        self._leave_live_edge()
        self.write_available()

    def spill(self, chunks: list[memoryview], sent: int) -> None:
        """Leave to the transport what the kernel did not take of the newest chunks.

        Args:
            sent: Bytes of them that were taken.
        """
        self._leave_live_edge()
        self.send_rest(chunks, sent)

    # ------------------------------------------------------------------ its end

    def close(self, reason: EndReason) -> None:
        """End the body in good order; the connection of a player that takes nothing is cut.

        A client that never got a response head only gets its reason. The first reason counts.
        """
        if reason is EndReason.ERROR or reason in _CUT:
            self.cut(at_once=reason in _CUT)
        else:
            self.end_body()
        self._finish(reason)

    def fail(self, error: Exception) -> None:
        """End the connection because of a bug of ours, which is logged."""
        logger.error("a fault ends viewer %s", self.id, exc_info=error)
        self.close(EndReason.ERROR)

    async def wait_ended(self) -> None:
        """Wait until the connection is over; only one task may wait."""
        if self.reason is None:
            self._over = asyncio.get_running_loop().create_future()
            await self._over

    def _finish(self, reason: EndReason) -> None:
        if self.reason is None:
            self.reason = reason
            self.position = None
            self.stop_direct()
            if self._over is not None and not self._over.done():
                self._over.set_result(None)
            self.on_end(self)
            # Whoever still has this client must not keep its stream alive.
            self.on_end = self.on_progress = _nothing
            self._ring = None

    # ------------------------------------------------------------------ its connection

    def handle_full(self) -> None:
        """Leave the live edge: it writes to sockets directly, and this one is full."""
        self._leave_live_edge()

    def handle_free(self) -> None:
        """Go on writing."""
        try:
            self.check_direct()
            self.write_available()
        except Exception as exc:  # noqa: BLE001 - logged by `fail`
            self.fail(exc)
        self.on_progress()

    def handle_lost(self) -> None:
        """Note that the player left, unless there is another reason already."""
        self._finish(EndReason.LEFT)


def _beginning(ring: Ring, number: int, entry: Entry) -> bytes:
    """Return what comes from `entry` of chunk `number` on, enough to hold all PIDs."""
    parts: list[bytes | memoryview] = [entry.tables, ring.payload(number)[entry.at :]]
    while number + 1 < ring.next and sum(map(len, parts)) < BEGINNING:
        number += 1
        parts.append(ring.payload(number))
    return b"".join(parts)[:BEGINNING]


def _nothing(*_: object) -> None:
    pass
