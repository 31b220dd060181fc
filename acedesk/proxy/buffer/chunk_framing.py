"""Cuts an engine's bytes into whole packets and frames them as HTTP chunks, in place."""

from typing import Final

from acedesk.errors import EngineAnswerInvalid
from acedesk.mpegts.packets import PACKET, is_aligned, realign
from acedesk.proxy.buffer.slabs import SLAB, Slab, slabs

# Bytes without a single packet after which they count as no transport stream (but as a web page or
# a video file).
GARBAGE_LIMIT: Final = 1024 * 1024

# The longest size line of a chunk within a slab: five digits, CR, LF.
HEAD: Final = len(f"{SLAB:x}\r\n")
TAIL: Final = len(b"\r\n")
LAST_CHUNK: Final = b"0\r\n\r\n"

# The end of a slab is left unused when it is shorter than `LEAST`, or than what usually comes in a
# tick (but never more than `MOST_UNUSED`): a read that is cut in two costs twice.
LEAST: Final = 4096
MOST_UNUSED: Final = SLAB // 8


def frame(data: bytes) -> bytes:
    """Return `data` as one HTTP/1.1 chunk (RFC 9112, 7.1)."""
    return b"%x\r\n%b\r\n" % (len(data), data)


_NO_SLAB: Final = memoryview(b"")

# A slab; where in its map the framed chunk begins, and where its packets begin and end.
Block = tuple[Slab, int, int, int]


class SlabWriter:
    """Writes chunks into slabs, one after the other, with their framing around them.

    Attributes:
        slab: Where the next chunk goes, after `fit`.
        start: Where its packets go in the slab's map.
        free: How many bytes of packets fit there.
        view: All of the slab.
    """

    __slots__ = ("free", "slab", "start", "view")

    def __init__(self) -> None:
        self.slab: Slab | None = None
        self.start = 0
        self.free = 0
        self.view = _NO_SLAB

    def fit(self, size: int) -> Slab:
        """Make sure that at least `size` bytes fit."""
        slab = self.slab
        if slab is None or self.free < size:
            slab = self.slab = slabs.take()
            self.start = slab.base + HEAD
            self.free = SLAB - HEAD - TAIL
            self.view = slab.view(0, SLAB)
        return slab

    def seal(self, size: int) -> Block:
        """Frame the `size` bytes that were written at `start`, and go on behind them."""
        slab, start = self.slab, self.start
        assert slab is not None
        head = b"%x\r\n" % size
        end = start + size
        slab.map[start - len(head) : start] = head
        slab.map[end : end + TAIL] = b"\r\n"
        self.start = end + TAIL + HEAD
        self.free -= size + TAIL + HEAD
        return slab, start - len(head), start, end

    def put(self, packets: bytes) -> Block:
        """Copy packets here; at most `SLAB` less their framing."""
        slab = self.fit(len(packets))
        slab.map[self.start : self.start + len(packets)] = packets
        return self.seal(len(packets))


class Framer:
    """Cuts bytes at packet borders and frames them; behind garbage it finds the next packet.

    Attributes:
        limit: How many bytes may come without a packet in them.
        dropped: Bytes that belonged to no packet.
    """

    __slots__ = ("_rest", "_useless", "_wanted", "_writer", "dropped", "limit")

    def __init__(self, limit: int = GARBAGE_LIMIT) -> None:
        self.limit = limit
        self.dropped = 0
        self._writer = SlabWriter()
        self._rest = b""  # the begin of a packet, to be put before the bytes that come next
        self._useless = 0
        self._wanted = LEAST

    def space(self) -> memoryview:
        """Return where the next bytes are to be written; `push` tells how many came."""
        writer, rest = self._writer, len(self._rest)
        slab = writer.slab
        if slab is None or writer.free < rest + self._wanted:
            slab = writer.fit(rest + self._wanted)
        at = writer.start - slab.base
        return writer.view[at + rest : at + writer.free]

    def push(self, count: int) -> Block | None:
        """Take `count` bytes that were written into `space`.

        Returns:
            The whole packets; None when none is complete yet.

        Raises:
            EngineAnswerInvalid: More than `limit` bytes came without a packet in them.
        """
        writer, rest = self._writer, self._rest
        slab, start = writer.slab, writer.start
        assert slab is not None
        data = slab.map
        if rest:
            data[start : start + len(rest)] = rest
        total = len(rest) + count
        if total != writer.free:  # the read took all there was: so much comes in a tick
            self._wanted = max(LEAST, min(count, MOST_UNUSED))
        size = total - total % PACKET
        if size and not is_aligned(data, start, start + size):
            return self._realigned(data[start : start + total])
        self._rest = data[start + size : start + total]
        if not size:
            return None
        self._useless = 0
        return writer.seal(size)

    def close(self) -> None:
        """Release the memory; no bytes follow."""
        self._writer, self._rest = SlabWriter(), b""

    def _realigned(self, data: bytes) -> Block | None:
        packets, self._rest, dropped = realign(data)
        self.dropped += dropped
        self._useless = 0 if packets else self._useless + dropped
        if self._useless > self.limit:
            raise EngineAnswerInvalid("what it sends is not an MPEG transport stream")
        return self._writer.put(packets) if packets else None
