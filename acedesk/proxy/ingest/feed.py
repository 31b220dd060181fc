"""One engine body as whole packets: read, align, frame, and tell when it fails."""

from typing import Final

from acedesk.acestream_api import not_media
from acedesk.errors import EngineEnded, EngineError, EngineStalled, EngineUnreachable
from acedesk.proxy.buffer.chunk_framing import GARBAGE_LIMIT, Block, Framer
from acedesk.proxy.ingest.engine_body import BLOCK, EngineBody

# Bytes without a packet after which a feed that has brought packets counts as broken. At the start
# of a stream more is allowed (`GARBAGE_LIMIT`).
RUNNING_GARBAGE_LIMIT: Final = 64 * 1024


class Feed:
    """One session's packets.

    Attributes:
        received: Bytes read from the engine.
        count: Bytes of the last read.
        first_at: When the first packet came, monotonic seconds, None before.
        last_at: When the last packet came; until then when the body was opened.
        opened_at: When the body was opened, monotonic seconds.
        longest_pause: How long nothing came between two packets at most, in seconds.
    """

    __slots__ = (
        "_body",
        "_failure",
        "_framer",
        "count",
        "first_at",
        "last_at",
        "longest_pause",
        "opened_at",
        "received",
    )

    def __init__(self, body: EngineBody, *, now: float, replaces: bool = False) -> None:
        self.received = 0
        self.count = 0
        self.first_at: float | None = None
        self.last_at = self.opened_at = now
        self.longest_pause = 0.0
        self._body = body
        self._framer = Framer(RUNNING_GARBAGE_LIMIT if replaces else GARBAGE_LIMIT)
        self._failure: EngineError | None = None

    @property
    def dropped(self) -> int:
        """Bytes that belonged to no packet."""
        return self._framer.dropped

    def read(self, now: float) -> list[Block]:
        """Return the whole packets that have come, at most little more than `BLOCK` bytes.

        A failure is raised by `check` and not here, so that the packets before it are not lost.
        """
        blocks: list[Block] = []
        self.count = 0
        body, framer = self._body, self._framer
        try:
            while self.count < BLOCK:
                count = body.read_into(framer.space())
                if count:
                    self.count += count
                    block = framer.push(count)
                    if block is not None:
                        blocks.append(block)
                if body.drained or body.ended:
                    break
        except EngineError as exc:
            self._failure = exc
        self.received += self.count
        if blocks:
            if self.first_at is None:
                self.first_at = now
            elif now - self.last_at > self.longest_pause:
                self.longest_pause = now - self.last_at
            self.last_at = now
            framer.limit = RUNNING_GARBAGE_LIMIT
        return blocks

    def close(self) -> None:
        """Release the memory; no packets follow."""
        self._framer.close()

    @property
    def drained(self) -> bool:
        """The last read took all there was."""
        return self.count < BLOCK

    def _end(self) -> EngineError:
        """Return what the end of the body means; without a packet it was something else."""
        found = (
            not_media.find_error(self._body.beginning, ended=True) if not self.first_at else None
        )
        if found is None and self._body.broken_off:
            return EngineUnreachable("the connection ended in the middle of the stream")
        return found or EngineEnded("it ended the stream")

    def check(self, now: float, stall_after: float) -> None:
        """Raise an error if the feed has failed.

        Raises:
            EngineEnded: The body ended.
            EngineUnreachable: It broke, or broke off.
            EngineRefused, EngineAnswerInvalid: What comes is no transport stream.
            EngineStalled: No packet came for `stall_after` seconds.
        """
        if self._failure is not None:
            raise self._failure
        if self._body.ended:
            raise self._end()
        if now - self.last_at > stall_after:
            raise EngineStalled(f"no bytes for {now - self.last_at:.0f} s")
