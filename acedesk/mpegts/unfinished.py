"""Remove unfinished pictures and sound from the end of a feed; mark where packets are left out.

A decoder that gets half a picture shows it damaged and reports an error. When the next packets
belong to another feed, the other half never comes. Instead, each PID gets a packet without payload
that has the last counter and marks the discontinuity.
"""

from typing import Final

from acedesk.mpegts.columns import starts
from acedesk.mpegts.packets import NULL_PID, PACKET, payload_start, pid_of

_START: Final = b"\x00\x00\x01"
# The discontinuity_indicator (ISO/IEC 13818-1, 2.4.3.4), then nothing but stuffing.
_BREAK: Final = b"\xb7\x80" + b"\xff" * (PACKET - 6)


def split(packets: bytes) -> tuple[int, bytes]:
    """Divide the last packets of a feed into those that stay and a cleaned rest.

    Returns:
        How many bytes stay as they are, and what to send instead of the bytes after them.
    """
    begun = _begun(packets)
    if not begun:
        return len(packets), b""
    at = min(begun.values())
    rest: list[bytes] = []
    last: dict[int, bytes] = {}
    for offset in range(at, len(packets), PACKET):
        packet = packets[offset : offset + PACKET]
        pid = pid_of(packet, 0)
        if offset < begun.get(pid, len(packets)):
            rest.append(packet)
        else:
            last[pid] = packet
    return at, b"".join(rest) + b"".join(_break(one, one[3]) for one in last.values())


def breaks_before(packets: bytes) -> bytes:
    """Return what goes in front of `packets` for a player that got others before, not these.

    That is for each PID a packet without payload that marks the discontinuity and has the counter
    before that of its first packet.
    """
    heads = zip(packets[1::PACKET], packets[2::PACKET], strict=True)
    first: dict[int, bytes] = {}
    seen: set[tuple[int, int]] = set()
    for number, head in enumerate(heads):
        if head in seen:
            continue
        seen.add(head)
        at = number * PACKET
        if (pid := pid_of(packets, at)) != NULL_PID:
            first.setdefault(pid, packets[at : at + PACKET])
    # Packets without payload do not count (ISO/IEC 13818-1, 2.4.3.3).
    return b"".join(_break(one, one[3] - (one[3] >> 4 & 1)) for one in first.values())


def _begun(packets: bytes) -> dict[int, int]:
    """Return where the unfinished picture or sound of each PID begins."""
    found: dict[int, int] = {}
    for at in starts(packets, 0, len(packets)):
        pes = payload_start(packets, at)
        pid = pid_of(packets, at)
        if packets[pes : min(pes + 3, at + PACKET)] == _START:
            found[pid] = at
        else:
            found.pop(pid, None)
    return {pid: at for pid, at in found.items() if not _is_whole(packets, pid, at)}


def _is_whole(packets: bytes, pid: int, at: int) -> bool:
    """Tell whether the PES packet at `at` is complete; video packets announce no length."""
    pes = payload_start(packets, at)
    length = int.from_bytes(packets[pes + 4 : pes + 6], "big") if pes + 6 <= at + PACKET else 0
    if not length:
        return False
    left = length + 6
    for offset in range(at, len(packets), PACKET):
        if pid_of(packets, offset) == pid:
            left -= offset + PACKET - payload_start(packets, offset)
    return left <= 0


def _break(packet: bytes, counter: int) -> bytes:
    return bytes((packet[0], packet[1] & 0x1F, packet[2], 0x20 | counter & 0x0F)) + _BREAK
