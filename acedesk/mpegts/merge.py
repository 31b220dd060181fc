"""Merge feeds of the same content: each packet is sent once, whichever engine brings it first.

All positions are counted in bytes of what was sent. A feed whose position is known is compared
with what was sent meanwhile: the same bytes are dropped, bytes after them are sent. The packets of
a feed whose position is not known (yet, or because its bytes are different) are held: it can take
over by a splice, and it is merged as soon as its packets are found.
"""

import dataclasses
from collections.abc import Hashable
from typing import Final

from acedesk.mpegts.columns import columns_of, nulls
from acedesk.mpegts.matching import RUN
from acedesk.mpegts.packets import PACKET

_HEAD: Final = RUN * PACKET
# The position of a feed that repeats itself cannot be found anyway.
_MOST_MATCHES: Final = 64


@dataclasses.dataclass(slots=True)
class _MergedFeed:
    """One feed.

    Attributes:
        position: How much of what is sent it has brought, None while that is not known.
        held: Its newest packets while its position is not known.
        anchor: Where in `held` the packets begin that are searched for, None before the choice.
        searched: Up to where they were searched for in what was sent.
        matches: Where they were found.
    """

    position: int | None = None
    held: bytearray = dataclasses.field(default_factory=bytearray)
    anchor: int | None = None
    searched: int = 0
    matches: list[int] = dataclasses.field(default_factory=list)


class Merger:
    """Several feeds in, one out.

    Args:
        tail: What was sent last.
        lead: The feed that brought it; its next packets follow it directly.
        window: Bytes sent that are remembered, and bytes held of each feed without a position.
    """

    def __init__(self, tail: bytes, lead: Hashable, *, window: int) -> None:
        self._window = window
        self._sent = bytearray(tail[-window:])
        self._end = len(tail)
        self._feeds: dict[Hashable, _MergedFeed] = {lead: _MergedFeed(position=self._end)}

    def __contains__(self, name: Hashable) -> bool:
        return name in self._feeds

    @property
    def feeds(self) -> tuple[Hashable, ...]:
        """The feeds, the one furthest ahead first, those without a position last."""
        behind = {name: self.behind(name) for name in self._feeds}
        return tuple(sorted(behind, key=lambda name: _order(behind[name])))

    def behind(self, name: Hashable) -> int | None:
        """Return how many bytes of what was sent this feed lacks, None without a position."""
        position = self._feeds[name].position
        return None if position is None else self._end - position

    def held(self, name: Hashable) -> bytes:
        """Return the newest packets of a feed without a position."""
        return bytes(self._feeds[name].held)

    def drop(self, name: Hashable) -> None:
        """Forget a feed that ended."""
        self._feeds.pop(name, None)

    def push(self, name: Hashable, packets: bytes) -> bytes:
        """Take the next packets of a feed, which may be new; return what is to be sent."""
        feed = self._feeds.setdefault(name, _MergedFeed())
        fresh = self._compare(feed, packets)
        if fresh is None:
            feed.held += packets
            fresh = self._find_position(feed)
            excess = len(feed.held) - self._window
            if excess > 0:
                self._shorten(feed, excess)
        if not fresh:
            return b""
        return fresh + self._catch_up()

    def _compare(self, feed: _MergedFeed, packets: bytes) -> bytes | None:
        """Return what is new of a feed; None when its position is not known (any more)."""
        if feed.position is None:
            return None
        known = min(len(packets), self._end - feed.position)
        at = feed.position - self._base
        if known and (at < 0 or self._sent[at : at + known] != packets[:known]):
            feed.position = None
            return None
        feed.position += len(packets)
        fresh = packets[known:]
        self._append(fresh)
        return fresh

    def _catch_up(self) -> bytes:
        """Search what was sent just now for the feeds without a position."""
        fresh = b""
        for feed in self._feeds.values():
            if feed.position is None:
                fresh += self._find_position(feed)
        return fresh

    def _append(self, fresh: bytes) -> None:
        self._sent += fresh
        self._end += len(fresh)
        if len(self._sent) > self._window + self._window // 8:
            del self._sent[: len(self._sent) - self._window]

    @property
    def _base(self) -> int:
        return self._end - len(self._sent)

    # ------------------------------------------------------------------ finding the position

    def _find_position(self, feed: _MergedFeed) -> bytes:
        """Find the feed's position; return what it has after the end of what was sent."""
        overdue = (
            feed.anchor is not None
            and not feed.matches
            and len(feed.held) - feed.anchor > self._window // 8
        )
        if feed.anchor is None or overdue:
            self._choose_anchor(feed)
        if feed.anchor is None:
            return b""
        self._search(feed, feed.anchor)
        feed.matches = [offset for offset in feed.matches if self._fits(feed, feed.anchor, offset)]
        brought = len(feed.held) - feed.anchor
        # A broadcast that repeats itself for so long may be joined at any of its repetitions.
        if not feed.matches or (len(feed.matches) > 1 and brought < self._window // 8):
            return b""
        offset = feed.matches[-1]
        fresh = bytes(feed.held[feed.anchor + self._end - offset :])
        feed.position = offset + brought
        feed.held, feed.anchor, feed.matches = bytearray(), None, []
        self._append(fresh)
        return fresh

    def _choose_anchor(self, feed: _MergedFeed) -> None:
        """Choose the packets to search for: the first, or the newest if those were not found."""
        start = 0 if feed.anchor is None else len(feed.held) - _HEAD
        empty = set(nulls(columns_of(bytes(feed.held), start, len(feed.held))))
        count = (len(feed.held) - start) // PACKET
        first = next((number for number in range(count) if number not in empty), count)
        if first + RUN <= count:
            feed.anchor, feed.searched, feed.matches = start + first * PACKET, self._base, []

    def _search(self, feed: _MergedFeed, anchor: int) -> None:
        head = feed.held[anchor : anchor + _HEAD]
        at = self._sent.find(head, max(0, feed.searched - self._base - _HEAD + PACKET))
        while at >= 0 and len(feed.matches) < _MOST_MATCHES:
            if at % PACKET == 0 and self._base + at not in feed.matches:
                feed.matches.append(self._base + at)
            at = self._sent.find(head, at + PACKET - at % PACKET)
        feed.searched = self._end

    def _fits(self, feed: _MergedFeed, anchor: int, offset: int) -> bool:
        """Tell whether the feed and what was sent agree from `offset` on."""
        at = offset - self._base
        common = min(len(feed.held) - anchor, self._end - offset)
        return at >= 0 and self._sent[at : at + common] == feed.held[anchor : anchor + common]

    def _shorten(self, feed: _MergedFeed, excess: int) -> None:
        del feed.held[:excess]
        if feed.anchor is not None:
            feed.anchor = feed.anchor - excess if feed.anchor >= excess else None


def _order(behind: int | None) -> tuple[bool, int]:
    return behind is None, behind or 0
