"""Merge feeds of the same content: each packet is sent once, whichever engine brings it first.

All positions are counted in bytes of what was sent. A feed whose position is known is compared
with what was sent meanwhile: the same bytes are dropped, what goes beyond them is sent. A feed
whose position is not known (yet, or because its bytes are others) is held: it stands by for a
splice, and is taken in as soon as its packets are found.
"""

import dataclasses
from collections.abc import Hashable
from typing import Final

from acedesk.mpegts.columns import columns_of, nulls
from acedesk.mpegts.matching import RUN
from acedesk.mpegts.packets import PACKET

_HEAD: Final = RUN * PACKET
# A feed that repeats itself cannot be placed anyway.
_MOST_PLACES: Final = 64


@dataclasses.dataclass(slots=True)
class _Lane:
    """One feed.

    Attributes:
        position: How much of what is sent it has brought, None while it is not placed.
        held: Its newest packets while it is not placed.
        anchor: Where in `held` the packets begin that are looked for, None before they are chosen.
        searched: Up to where they were looked for in what was sent.
        places: Where they were found.
    """

    position: int | None = None
    held: bytearray = dataclasses.field(default_factory=bytearray)
    anchor: int | None = None
    searched: int = 0
    places: list[int] = dataclasses.field(default_factory=list)


class Merger:
    """Several feeds in, one out.

    Args:
        tail: What was sent last.
        lead: The feed that brought it; it goes on right behind it.
        window: Bytes that are remembered, and bytes that are held of each feed without a place.
    """

    def __init__(self, tail: bytes, lead: Hashable, *, window: int) -> None:
        self._window = window
        self._sent = bytearray(tail[-window:])
        self._end = len(tail)
        self._lanes: dict[Hashable, _Lane] = {lead: _Lane(position=self._end)}

    def __contains__(self, name: Hashable) -> bool:
        return name in self._lanes

    @property
    def lanes(self) -> tuple[Hashable, ...]:
        """The feeds, the one furthest ahead first, those without a place last."""
        places = {name: self.behind(name) for name in self._lanes}
        return tuple(sorted(places, key=lambda name: _order(places[name])))

    def behind(self, name: Hashable) -> int | None:
        """Return how many bytes of what was sent this feed has yet to bring; None: no place."""
        position = self._lanes[name].position
        return None if position is None else self._end - position

    def held(self, name: Hashable) -> bytes:
        """Return the newest packets of a feed without a place."""
        return bytes(self._lanes[name].held)

    def drop(self, name: Hashable) -> None:
        """Forget a feed that ended."""
        self._lanes.pop(name, None)

    def push(self, name: Hashable, packets: bytes) -> bytes:
        """Take the next packets of a feed, which may be new; return what is to be sent."""
        lane = self._lanes.setdefault(name, _Lane())
        fresh = self._compare(lane, packets)
        if fresh is None:
            lane.held += packets
            fresh = self._place(lane)
            excess = len(lane.held) - self._window
            if excess > 0:
                self._shorten(lane, excess)
        if not fresh:
            return b""
        return fresh + self._catch_up()

    def _compare(self, lane: _Lane, packets: bytes) -> bytes | None:
        """Return what is new of a placed feed; None when it has no place (any more)."""
        if lane.position is None:
            return None
        known = min(len(packets), self._end - lane.position)
        at = lane.position - self._base
        if known and (at < 0 or self._sent[at : at + known] != packets[:known]):
            lane.position = None
            return None
        lane.position += len(packets)
        fresh = packets[known:]
        self._append(fresh)
        return fresh

    def _catch_up(self) -> bytes:
        """Look for the feeds without a place in what was sent just now."""
        fresh = b""
        for lane in self._lanes.values():
            if lane.position is None:
                fresh += self._place(lane)
        return fresh

    def _append(self, fresh: bytes) -> None:
        self._sent += fresh
        self._end += len(fresh)
        if len(self._sent) > self._window + self._window // 8:
            del self._sent[: len(self._sent) - self._window]

    @property
    def _base(self) -> int:
        return self._end - len(self._sent)

    # ------------------------------------------------------------------ finding the place

    def _place(self, lane: _Lane) -> bytes:
        """Find the feed's place; return what it has beyond what was sent."""
        overdue = (
            lane.anchor is not None
            and not lane.places
            and len(lane.held) - lane.anchor > self._window // 8
        )
        if lane.anchor is None or overdue:
            self._choose_anchor(lane)
        if lane.anchor is None:
            return b""
        self._search(lane, lane.anchor)
        lane.places = [place for place in lane.places if self._fits(lane, lane.anchor, place)]
        brought = len(lane.held) - lane.anchor
        # A broadcast that repeats itself for so long may be joined at any of its rounds.
        if not lane.places or (len(lane.places) > 1 and brought < self._window // 8):
            return b""
        place = lane.places[-1]
        fresh = bytes(lane.held[lane.anchor + self._end - place :])
        lane.position = place + brought
        lane.held, lane.anchor, lane.places = bytearray(), None, []
        self._append(fresh)
        return fresh

    def _choose_anchor(self, lane: _Lane) -> None:
        """Choose the packets to look for: the first, or the newest when those were not found."""
        start = 0 if lane.anchor is None else len(lane.held) - _HEAD
        empty = set(nulls(columns_of(bytes(lane.held), start, len(lane.held))))
        count = (len(lane.held) - start) // PACKET
        first = next((number for number in range(count) if number not in empty), count)
        if first + RUN <= count:
            lane.anchor, lane.searched, lane.places = start + first * PACKET, self._base, []

    def _search(self, lane: _Lane, anchor: int) -> None:
        head = lane.held[anchor : anchor + _HEAD]
        at = self._sent.find(head, max(0, lane.searched - self._base - _HEAD + PACKET))
        while at >= 0 and len(lane.places) < _MOST_PLACES:
            if at % PACKET == 0 and self._base + at not in lane.places:
                lane.places.append(self._base + at)
            at = self._sent.find(head, at + PACKET - at % PACKET)
        lane.searched = self._end

    def _fits(self, lane: _Lane, anchor: int, place: int) -> bool:
        """Tell whether the feed and what was sent agree from `place` on."""
        at = place - self._base
        common = min(len(lane.held) - anchor, self._end - place)
        return at >= 0 and self._sent[at : at + common] == lane.held[anchor : anchor + common]

    def _shorten(self, lane: _Lane, excess: int) -> None:
        del lane.held[:excess]
        if lane.anchor is not None:
            lane.anchor = lane.anchor - excess if lane.anchor >= excess else None


def _order(behind: int | None) -> tuple[bool, int]:
    return behind is None, behind or 0
