"""Where a client goes on that is moved from one ring to another with the same media."""

from acedesk.mpegts.matching import RUN
from acedesk.mpegts.packets import NULL_PACKET, PACKET
from acedesk.proxy.buffer.ring import Ring

_NULL_HEAD = NULL_PACKET[1:3]


def find_same_place(old: Ring | None, position: int | None, new: Ring) -> tuple[int, bytes] | None:
    """Return the next chunk of `new` for a client, and what comes before that chunk.

    Null packets count here: both rings come from one engine. None where the other ring has not
    the same packets, or not yet.

    Args:
        position: Number of the first chunk of `old` that the client does not have.
    """
    if old is None or position is None:
        return None
    last = _last_packets(old, position)
    if last is None:
        return None
    following = b""
    for number in reversed(range(new.first, new.next)):
        payload = bytes(new.payload(number))
        at = (payload + following).rfind(last)
        while at >= 0 and at % PACKET:
            at = (payload + following).rfind(last, 0, at + len(last) - 1)
        if at >= 0:
            return _place(new, number, at + len(last))
        following = payload[: len(last) - PACKET]
    return None


def _place(ring: Ring, number: int, offset: int) -> tuple[int, bytes]:
    """Return the chunk behind an offset from the beginning of chunk `number`, and the rest."""
    while number < ring.next and offset >= ring[number].size:
        offset -= ring[number].size
        number += 1
    if not offset:
        return number, b""
    return number + 1, bytes(ring.payload(number)[offset:])


def _last_packets(ring: Ring, position: int) -> bytes | None:
    """Return the last packets before chunk `position`, None when they tell no place."""
    data, number = b"", min(position, ring.next)
    while number > ring.first and len(data) < RUN * PACKET:
        number -= 1
        data = bytes(ring.payload(number)) + data
    last = data[-RUN * PACKET :]
    heads = (last[at + 1 : at + 3] for at in range(0, len(last), PACKET))
    if len(last) < RUN * PACKET or all(head == _NULL_HEAD for head in heads):
        return None
    return last
