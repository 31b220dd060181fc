"""Streams of one content that no engine tells to be one are known by their media.

Some engines tell no infohash of a content id or a transport file. Two links to one content are two
streams then, and on one engine they take the session from each other without end. What both get is
the same to the byte, so a few packets where a decoder can start tell it.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
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
        self._marks: dict[Stream, RingMarks] = {}

    def begin(self) -> None:
        """Compare from now on, if there is anything to compare."""
        if not self._watches:
            self._watches = True
            self._read_ticker.add_second(self, self._second)

    def _second(self, _now: float) -> None:
        streams = [stream for stream in self._streams if not stream.leaving]
        nameless = {stream for stream in streams if self._aliases.is_nameless(stream.key)}
        if not nameless:
            self._watches = False
            self._read_ticker.remove_second(self)
        if not nameless or len({stream.key.kind for stream in streams}) == 1:
            self._marks = {}  # no two of them can be the same
            return
        for one, other in self._pairs(streams):
            if one in nameless or other in nameless:
                self._make_one(*((one, other) if one in nameless else (other, one)))
                return

    def _pairs(self, streams: list[Stream]) -> Iterator[tuple[Stream, Stream]]:
        """Return two streams each that have the same media and may be made one."""
        self._marks = {stream: self._marks.get(stream) or RingMarks() for stream in streams}
        seen: dict[bytes, list[Stream]] = {}
        for stream, marks in self._marks.items():
            for mark in marks.look(stream.ring):
                others = seen.setdefault(mark, [])
                yield from ((stream, other) for other in others if _may_be_same(stream, other))
                others.append(stream)

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


class RingMarks:
    """What tells the media of one ring apart from that of others, at each random access point."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], bytes] = {}

    def look(self, ring: Ring) -> set[bytes]:
        """Return the marks of the whole ring; each is made once."""
        known, self._known = self._known, {}
        for point in ring.access_points(ring.first):
            place = point.number, point.at
            mark = known.get(place)
            if mark is None:
                packets = _packets_at(ring, point)
                if len(packets) < SEARCHED:
                    continue  # more comes
                mark = _mark_of(packets)
            self._known[place] = mark
        return set(self._known.values()) - {b""}


def _packets_at(ring: Ring, point: RandomAccessPoint) -> list[bytes]:
    """Return the first packets from a random access point on, as many as have come."""
    data, number = bytes(ring.payload(point.number)[point.at :]), point.number
    while len(data) < SEARCHED * PACKET and number + 1 < ring.next:
        number += 1
        data += bytes(ring.payload(number))
    end = min(len(data), SEARCHED * PACKET)
    return [data[at : at + PACKET] for at in range(0, end, PACKET)]


def _mark_of(packets: list[bytes]) -> bytes:
    """Return those that tell the content, b"" when they do not."""
    packets = [packet for packet in packets if packet[1:3] != _NULL_HEAD][:SAME_PACKETS]
    # Tables may be the same in two broadcasts, and counters by chance; a time as well is not.
    if len(packets) < SAME_PACKETS or all(pts_of(packet) is None for packet in packets):
        return b""
    return b"".join(packets)
