"""From one engine body into the ring: read, align, frame, scan."""

from acedesk.errors import EngineStalled, EngineUnreachable
from acedesk.mpegts.scan import Scanner
from acedesk.proxy.framing import Framer
from acedesk.proxy.ring import Ring
from acedesk.proxy.upstream import Upstream


class Feed:
    """One session's bytes on their way into the ring.

    Attributes:
        received: Bytes read from the engine.
        last_at: When the last byte came, monotonic seconds.
    """

    def __init__(
        self, upstream: Upstream, ring: Ring, scanner: Scanner, *, now: float, stall_timeout: float
    ) -> None:
        self.received = 0
        self.last_at = now
        self._upstream = upstream
        self._ring = ring
        self._scanner = scanner
        self._framer = Framer()
        self._stall_timeout = stall_timeout

    @property
    def dropped(self) -> int:
        """Bytes that belonged to no packet."""
        return self._framer.dropped

    def read(self, now: float) -> int:
        """Move what has come into the ring; return how many bytes that were.

        Raises:
            EngineUnreachable: The body ended or broke.
            EngineStalled: Nothing came for `stall_timeout`.
            EngineAnswerInvalid: What comes is no transport stream.
        """
        parts = self._upstream.read()
        count = sum(map(len, parts))
        if count:
            self.received += count
            self.last_at = now
            self._append(parts, now)
        elif now - self.last_at > self._stall_timeout:
            raise EngineStalled(f"no bytes for {now - self.last_at:.0f} s")
        if self._upstream.ended:
            raise EngineUnreachable("it ended the stream")
        return count

    def close(self) -> None:
        """Leave the engine's body."""
        self._upstream.close()

    def _append(self, parts: list[memoryview], now: float) -> None:
        framed = self._framer.push(parts)
        if framed is None:
            return
        block, start, end = framed
        scan = self._scanner.scan(block, start, end)
        self._ring.append(block, memoryview(block)[start:end], now, scan.entries, scan.pcr)
