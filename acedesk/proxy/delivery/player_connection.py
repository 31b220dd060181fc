"""The connection to one player's socket.

Bytes are written to the socket directly while its transport holds none; what the kernel does not
take goes to the transport, which tells when all of it was taken.
"""

import abc
import asyncio
import itertools
from collections.abc import Sequence
from typing import Final

from acedesk.mpegts.packets import NULL_PACKET
from acedesk.proxy.buffer.chunk_framing import LAST_CHUNK, frame
from acedesk.proxy.delivery import socket_writes
from acedesk.proxy.delivery.stuck_connection import (
    AnswerWatch,
    ask_often,
    reset,
    waiting_bytes,
)
from acedesk.rules.paused_viewer import PAUSED_AFTER

# So many looks at a connection that takes everything for one question whether the device answers:
# with a radio's few bytes a second the kernel's buffer takes minutes to fill.
_LOOKS: Final = 8
# Not all at once.
_first_looks = itertools.cycle(range(_LOOKS))

# Long enough for a reset to come back from anywhere in the house, in seconds.
PROBE_DELAY: Final = 0.1

_NULL_CHUNK = frame(NULL_PACKET)


class PlayerConnection(asyncio.Protocol, abc.ABC):
    """Base of `Client`, which decides what is written.

    A base class and not a part of it, because each call costs time for each client and tick.

    Attributes:
        blocked: The transport holds bytes the player has not taken.
        chunked: The body is framed as HTTP/1.1 chunks.
        direct: Number of the socket while bytes may be written to it past the transport,
            which then holds none; -1 otherwise.
        still_for: Seconds for which the player took nothing of what waits for it, at the last look.
        unanswered_for: Seconds for which its system left questions unanswered, at the last look.
    """

    __slots__ = (
        "_answers",
        "_former",
        "_looks",
        "_moved_at",
        "_socket",
        "_transport",
        "_unsent",
        "blocked",
        "chunked",
        "direct",
        "still_for",
        "unanswered_for",
    )

    def __init__(self, now: float) -> None:
        self.blocked = False
        self.chunked = True
        self.direct = -1
        self._former: asyncio.BaseProtocol | None = None
        self._moved_at = now
        self._socket = -1
        self._transport: asyncio.Transport | None = None
        self._answers = AnswerWatch()
        self._looks = next(_first_looks)
        self._unsent = 0
        self.still_for = 0.0
        self.unanswered_for = 0.0

    @abc.abstractmethod
    def handle_full(self) -> None:
        """React when the socket may not be written to directly for now."""

    @abc.abstractmethod
    def handle_free(self) -> None:
        """React when the player has taken all that the transport held."""

    @abc.abstractmethod
    def handle_lost(self) -> None:
        """React when the connection is over."""

    @property
    def attached(self) -> bool:
        """The response head went out, media may be written."""
        return self._transport is not None

    @property
    def unsent_bytes(self) -> int:
        """What was written and has not been taken by the player's side yet."""
        return waiting_bytes(self._transport) if self._transport is not None else 0

    def take_over(self, transport: asyncio.Transport, *, chunked: bool, now: float) -> None:
        """Take the connection over from the HTTP server, whose head has been written."""
        self._transport = transport
        self.chunked = chunked
        self._former = transport.get_protocol()
        self._moved_at = now
        transport.set_protocol(self)
        # Zero: `pause_writing` then says exactly "the kernel did not take all of it".
        transport.set_write_buffer_limits(high=0)
        ask_often(transport)
        self._socket = socket_writes.take(transport.get_extra_info("socket"))
        self.check_direct()
        if transport.is_closing():
            self.handle_lost()

    # ------------------------------------------------------------------ writing

    def send(self, data: bytes | memoryview) -> None:
        """Hand the kernel what it takes, and the rest to the transport.

        A transport's own `write` costs three to eight microseconds for each client and tick before
        it reaches the kernel, depending on the loop.
        """
        transport = self._transport
        if transport is None:
            return
        if self.direct >= 0:
            try:
                sent = socket_writes.write(self.direct, data)
            except OSError:  # full, or broken: the transport meets the same and deals with it
                sent = 0
            if sent == len(data):
                return
            data = memoryview(data)[sent:]
        transport.write(data)
        self.check_direct()

    def send_rest(self, chunks: Sequence[memoryview], sent: int) -> None:
        """Leave to the transport what the kernel did not take of `chunks`.

        Args:
            sent: Bytes of them that were taken.
        """
        for chunk in chunks:
            if sent < len(chunk) and self._transport is not None:
                self._transport.write(chunk[sent:])
            sent = max(0, sent - len(chunk))
        self.check_direct()

    def send_null(self) -> None:
        """Keep the connection alive while there is nothing to send (PID 0x1FFF)."""
        transport = self._transport
        if transport is not None and not self.blocked and not transport.is_closing():
            self.send(_NULL_CHUNK if self.chunked else NULL_PACKET)

    def check_direct(self) -> None:
        """See whether the transport holds nothing, so that the socket may be written to."""
        transport = self._transport
        empty = transport is not None and not transport.get_write_buffer_size()
        if not empty:
            self.handle_full()
        self.direct = self._socket if empty else -1

    # ------------------------------------------------------------------ what the player does

    @property
    def is_paused(self) -> bool:
        """At the last look it had taken nothing for so long that it must be paused."""
        return self.blocked and self.still_for >= PAUSED_AFTER

    def look(self, now: float) -> None:
        """See whether the player takes anything and its system answers; to be called each second.

        A full connection is asked each time, another one now and then.
        """
        transport = self._transport
        if transport is None:
            return
        if self.blocked:
            unsent = waiting_bytes(transport)
            if unsent != self._unsent:
                self._unsent = unsent
                self._moved_at = now
        else:
            self._moved_at = now
            self._looks += 1
        self.still_for = now - self._moved_at
        if self.blocked or self._answers.waits or self._looks % _LOOKS == 0:
            self.unanswered_for = self._answers.look(transport, now)

    # ------------------------------------------------------------------ its end

    def end_body(self) -> None:
        """End the body in good order; it is cut when the player has not taken all of it."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if self.blocked:
            transport.abort()
            return
        if self.chunked:
            transport.write(LAST_CHUNK)
        transport.close()

    def cut(self, *, at_once: bool) -> None:
        """Cut the connection; `at_once` with a reset, so that unsent bytes are dropped, too."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if at_once:
            reset(transport)
        else:
            transport.abort()

    def stop_direct(self) -> None:
        """Never write to the socket again: another connection may have its number soon."""
        socket_writes.release(self._socket)
        self._socket = self.direct = -1

    # ------------------------------------------------------------------ asyncio.Protocol

    def pause_writing(self) -> None:
        """Note that the player is behind; called by the transport."""
        self.blocked = True

    def resume_writing(self) -> None:
        """Go on writing; called by the transport when all was taken."""
        self.blocked = False
        self.handle_free()

    def data_received(self, data: bytes) -> None:
        """Ignore what a player sends after its request."""

    def eof_received(self) -> bool:
        """Keep sending to a player that closed its own half.

        A player that closed the whole connection looks the same until something is written to it.
        So two null packets are written: its system answers the first with a reset, and the second
        write then fails.
        """
        self.send_null()
        asyncio.get_running_loop().call_later(PROBE_DELAY, self.send_null)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave the stream; the HTTP server gets its protocol back to clean up."""
        self.handle_full()
        self.stop_direct()
        former = self._former
        if former is not None:
            former.connection_lost(exc)
        self.handle_lost()
        self._former = self._transport = None
