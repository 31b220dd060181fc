"""One engine body as whole packets: read, align, frame, and tell when it fails."""

from typing import Final

from acedesk.errors import EngineStalled, EngineUnreachable
from acedesk.proxy.framing import GARBAGE_LIMIT, Block, Framer
from acedesk.proxy.upstream import Upstream

# A feed that has shown packets and then shows none in so many bytes is broken; at the start of a
# stream more is let pass, because what is at the front may belong to anything.
RUNNING_GARBAGE_LIMIT: Final = 64 * 1024


class Feed:
    """One session's packets.

    Attributes:
        received: Bytes read from the engine.
        count: Bytes of the last read.
        last_at: When the last packet came, monotonic seconds.
    """

    def __init__(
        self, upstream: Upstream, *, now: float, stall_timeout: float, replaces: bool = False
    ) -> None:
        self.received = 0
        self.count = 0
        self.last_at = now
        self._upstream = upstream
        self._framer = Framer(RUNNING_GARBAGE_LIMIT if replaces else GARBAGE_LIMIT)
        self._stall_timeout = stall_timeout

    @property
    def dropped(self) -> int:
        """Bytes that belonged to no packet."""
        return self._framer.dropped

    def read(self, now: float) -> Block | None:
        """Return what has come, None when that is no whole packet.

        Raises:
            EngineUnreachable: The body broke.
            EngineAnswerInvalid: What comes is no transport stream.
        """
        parts = self._upstream.read()
        self.count = sum(map(len, parts))
        if not self.count:
            return None
        self.received += self.count
        block = self._framer.push(parts)
        if block is not None:
            self.last_at = now
            self._framer.limit = RUNNING_GARBAGE_LIMIT
        return block

    def check(self, now: float) -> None:
        """See whether more is to be expected.

        Raises:
            EngineUnreachable: The body ended.
            EngineStalled: No packet came for `stall_timeout`.
        """
        if self._upstream.ended:
            raise EngineUnreachable("it ended the stream")
        if now - self.last_at > self._stall_timeout:
            raise EngineStalled(f"no bytes for {now - self.last_at:.0f} s")
