"""Streams of one content that no engine tells to be one are known by their media.

Some engines tell no infohash of a content id or a transport file. Two links to one content are two
streams then, and on one engine they take the session from each other without end. What both get is
the same to the byte, so a few packets where a decoder can start tell it.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Final

from acedesk.model.content import Infohash, KeyKind
from acedesk.mpegts.packets import NULL_PACKET, PACKET
from acedesk.mpegts.pes import pts_of
from acedesk.proxy.buffer.random_access_points import RandomAccessPoint
from acedesk.proxy.buffer.ring import Ring
from acedesk.proxy.ingest.read_ticker import ReadTicker
from acedesk.proxy.streams.key_aliases import KeyAliases, are_same
from acedesk.proxy.streams.same_content import make_one
from acedesk.proxy.streams.stream import Stream

logger = logging.getLogger(__name__)

# Packets that must be the same, with their counters and the time of a picture or of sound.
SAME_PACKETS: Final = 8
# Among so many they are looked for; null packets are not counted, engines add and drop them.
SEARCHED: Final = 64
_NULL_HEAD: Final = NULL_PACKET[1:3]


class SameMediaWatch:
    """Compares streams once a second, while there is one whose infohash is not known.

    Args:
        give_way: Makes one of a stream and the one that runs with its infohash.
    """

    def __init__(
        self,
        streams: Iterable[Stream],
        aliases: KeyAliases,
        read_ticker: ReadTicker,
        give_way: Callable[[Stream], None],
    ) -> None:
        self._streams = streams
        self._aliases = aliases
        self._read_ticker = read_ticker
        self._give_way = give_way
        self._watches = False

    def begin(self) -> None:
        """Compare from now on, if there is anything to compare."""
        if not self._watches:
            self._watches = True
            self._read_ticker.add_second(self, self._second)

    def _second(self, _now: float) -> None:
        streams = [stream for stream in self._streams if not stream.leaving]
        nameless = [stream for stream in streams if self._aliases.is_nameless(stream.key)]
        if not nameless:
            self._watches = False
            self._read_ticker.remove_second(self)
            return
        for stream in nameless:
            for other in streams:
                if _may_be_same(stream, other) and have_same_media(stream.ring, other.ring):
                    self._make_one(stream, other)
                    return

    def _make_one(self, nameless: Stream, other: Stream) -> None:
        logger.info("%s has the media of %s: one content", nameless.key.short, other.key.short)
        identity = self._aliases.identity(other.key)
        if identity.kind is KeyKind.INFOHASH:
            self._aliases.learn(nameless.key, Infohash(identity.value))
            self._give_way(nameless)
        elif (stays := make_one(nameless, other)) is not None:
            goes = nameless if stays is other else other
            self._aliases.move(goes.key, stays.key)


def _may_be_same(one: Stream, other: Stream) -> bool:
    same_file = one.key.file_index == other.key.file_index
    return one is not other and same_file and are_same(one.key, other.key)


def have_same_media(one: Ring, other: Ring) -> bool:
    """Tell whether two rings have the same packets somewhere at a random access point."""
    known = {packets for point in one.access_points(one.first) if (packets := _at(one, point))}
    return bool(known) and any(
        _at(other, point) in known for point in other.access_points(other.first)
    )


def _at(ring: Ring, point: RandomAccessPoint) -> bytes:
    """Return the packets at a random access point, b"" when they do not tell the content."""
    data, number = bytes(ring.payload(point.number)[point.at :]), point.number
    while len(data) < SEARCHED * PACKET and number + 1 < ring.next:
        number += 1
        data += bytes(ring.payload(number))
    packets = [data[at : at + PACKET] for at in range(0, SEARCHED * PACKET, PACKET)]
    packets = [p for p in packets if p and p[1:3] != _NULL_HEAD][:SAME_PACKETS]
    # Tables may be the same in two broadcasts, and counters by chance; a time as well is not.
    if len(packets) < SAME_PACKETS or all(pts_of(packet) is None for packet in packets):
        return b""
    return b"".join(packets)
