"""A hedged start: of two feeds the first with a picture wins."""

import dataclasses
from typing import Final

from acedesk.mpegts.scan import Scanner
from acedesk.proxy.ingest.feed import Feed
from acedesk.settings import MIB

# Decided without a picture after so many bytes or seconds.
CONTEST_BYTES: Final = 4 * MIB
CONTEST_TIME: Final = 10.0


@dataclasses.dataclass(slots=True)
class _Contender:
    began_at: float
    scanner: Scanner = dataclasses.field(default_factory=Scanner)
    packets: bytearray = dataclasses.field(default_factory=bytearray)


class StartContest:
    """Holds what the feeds bring until one of them has won."""

    __slots__ = ("_contenders",)

    def __init__(self) -> None:
        self._contenders: dict[Feed, _Contender] = {}

    def __contains__(self, feed: Feed) -> bool:
        return feed in self._contenders

    @property
    def last_one(self) -> Feed | None:
        """The only feed that is left, None when there are several, or none."""
        return next(iter(self._contenders)) if len(self._contenders) == 1 else None

    def leave(self, feed: Feed) -> None:
        """Forget a feed that is over."""
        self._contenders.pop(feed, None)

    def take(self, feed: Feed, packets: bytes, now: float) -> bool:
        """Take a feed's next packets, b"" when only time has passed; return whether it won."""
        contender = self._contenders.setdefault(feed, _Contender(now))
        contender.packets += packets
        if len(contender.packets) >= CONTEST_BYTES:
            return True
        if packets:
            return bool(contender.scanner.scan(packets, 0, len(packets)).entries)
        return bool(contender.packets) and now - contender.began_at >= CONTEST_TIME

    def end(self, winner: Feed) -> bytes:
        """Return what the winner has brought; the others' packets are dropped."""
        packets = bytes(self._contenders[winner].packets)
        self._contenders.clear()
        return packets
