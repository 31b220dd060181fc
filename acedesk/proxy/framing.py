"""From the engine's bytes to framed whole packets, with one copy."""

from acedesk.errors import EngineAnswerInvalid
from acedesk.mpegts.packets import PACKET, is_aligned, realign

# So much without a single packet is no transport stream (a web page, a video file).
GARBAGE_LIMIT = 1024 * 1024


def frame(data: bytes) -> bytes:
    """Return `data` as one HTTP/1.1 chunk (RFC 9112, 7.1)."""
    return b"%x\r\n%b\r\n" % (len(data), data)


LAST_CHUNK = b"0\r\n\r\n"


# A framed chunk, and where its packets begin and end.
Block = tuple[bytes, int, int]


class Framer:
    """Cuts the flow at packet borders and frames it; survives garbage by finding sync again.

    Attributes:
        limit: How many bytes may come without a packet in them.
        dropped: Bytes that belonged to no packet.
    """

    def __init__(self, limit: int = GARBAGE_LIMIT) -> None:
        self.limit = limit
        self.dropped = 0
        self._rest = b""
        self._useless = 0

    def push(self, parts: list[memoryview]) -> Block | None:
        """Return the framed packets in `parts` and where the packets begin and end in it.

        None when no packet is complete yet.

        Raises:
            EngineAnswerInvalid: More than `limit` bytes came without a packet in them.
        """
        rest = self._rest
        total = len(rest) + sum(map(len, parts))
        size = total - total % PACKET
        if size == 0:
            self._rest = b"".join((rest, *parts))
            return None
        head = b"%x\r\n" % size
        tail = total - size
        if tail <= len(parts[-1]):
            last = parts[-1]
            cut = len(last) - tail
            framed = b"".join((head, rest, *parts[:-1], last[:cut], b"\r\n"))
            self._rest = bytes(last[cut:])
        else:
            whole = b"".join((rest, *parts))
            framed = b"".join((head, memoryview(whole)[:size], b"\r\n"))
            self._rest = whole[size:]
        start = len(head)
        if is_aligned(framed, start, start + size):
            self._useless = 0
            return framed, start, start + size
        return self._realigned(framed[start : start + size] + self._rest)

    def _realigned(self, data: bytes) -> Block | None:
        packets, self._rest, dropped = realign(data)
        self.dropped += dropped
        self._useless = 0 if packets else self._useless + dropped
        if self._useless > self.limit:
            raise EngineAnswerInvalid("what it sends is not an MPEG transport stream")
        if not packets:
            return None
        framed = frame(packets)
        start = len(framed) - len(packets) - 2
        return framed, start, start + len(packets)
