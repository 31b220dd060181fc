"""Merged feeds give the broadcast exactly, whoever is first and whoever dies."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from acedesk.mpegts.matching import RUN
from acedesk.mpegts.merge import Merger
from acedesk.mpegts.packets import PACKET
from tests import transport

BROADCAST = transport.broadcast(200)
PACKETS = len(BROADCAST) // PACKET
WINDOW = 1 << 23
LEAD, OTHER, THIRD = "lead", "other", "third"

# How many packets each feed brings when it is its turn.
turns = st.lists(st.tuples(st.sampled_from((LEAD, OTHER, THIRD)), st.integers(1, 60)), max_size=60)


class Feeds:
    """Feeds of the same broadcast, each at a place of its own, and a merger."""

    def __init__(self, begin: int, starts: dict[str, int], window: int = WINDOW) -> None:
        self.begin = begin
        self.at = dict(starts)
        self.sent = BROADCAST[: begin * PACKET]
        self.merger = Merger(self.sent, LEAD, window=window)

    def turn(self, name: str, count: int) -> None:
        if name in self.at:
            at = self.at[name]
            self.at[name] = min(PACKETS, at + count)
            block = BROADCAST[at * PACKET : self.at[name] * PACKET]
            if block:
                self.sent += self.merger.push(name, block)

    def drop(self, name: str) -> None:
        del self.at[name]
        self.merger.drop(name)

    def placed(self, name: str) -> bool:
        return name in self.merger and self.merger.behind(name) is not None


@given(st.integers(20, 400), st.integers(0, 800), st.integers(0, 800), turns)
def test_any_order_and_any_lag_gives_the_broadcast(
    begin: int, other: int, third: int, order: list[tuple[str, int]]
) -> None:
    feeds = Feeds(begin, {LEAD: begin, OTHER: other, THIRD: third})

    for name, count in order:
        feeds.turn(name, count)

    assert feeds.sent == BROADCAST[: len(feeds.sent)]
    assert len(feeds.sent) >= feeds.at[LEAD] * PACKET


@given(st.integers(20, 400), st.integers(0, 800), turns, turns)
def test_the_death_of_either_loses_nothing(
    begin: int, other: int, before: list[tuple[str, int]], after: list[tuple[str, int]]
) -> None:
    for dying, staying in ((LEAD, OTHER), (OTHER, LEAD)):
        feeds = Feeds(begin, {LEAD: begin, OTHER: other})
        for name, count in before:
            feeds.turn(name, count)
        if not feeds.placed(staying):
            continue

        feeds.drop(dying)
        for _, count in after:
            feeds.turn(staying, count)

        assert feeds.sent == BROADCAST[: len(feeds.sent)]
        assert len(feeds.sent) >= feeds.at[staying] * PACKET


@given(st.integers(1, 30), st.integers(1, 30), st.integers(-100, 100))
def test_the_first_to_bring_a_packet_wins(lead: int, other: int, lag: int) -> None:
    feeds = Feeds(200, {LEAD: 200, OTHER: 200 + lag})
    while feeds.at[LEAD] < 600 and feeds.at[OTHER] < 600:
        feeds.turn(LEAD, lead)
        feeds.turn(OTHER, other)

    furthest = max(feeds.at.values()) if feeds.placed(OTHER) else feeds.at[LEAD]
    assert feeds.sent == BROADCAST[: furthest * PACKET]
    assert feeds.placed(OTHER) or feeds.at[LEAD] < 200 + lag + RUN


def test_a_feed_ahead_brings_all_it_has_once_it_is_placed() -> None:
    feeds = Feeds(100, {LEAD: 100, OTHER: 150})
    feeds.turn(OTHER, 300)
    assert len(feeds.sent) == 100 * PACKET

    feeds.turn(LEAD, 60)

    assert feeds.sent == BROADCAST[: 450 * PACKET]
    assert feeds.merger.behind(LEAD) == 290 * PACKET


@given(st.integers(10, 60))
def test_a_feed_that_begins_before_the_memory_is_placed_when_it_reaches_it(step: int) -> None:
    feeds = Feeds(600, {LEAD: 600, OTHER: 200}, window=300 * PACKET)
    while feeds.at[OTHER] < 560:
        feeds.turn(OTHER, step)

    assert feeds.placed(OTHER)
    feeds.turn(OTHER, 200)
    assert feeds.sent == BROADCAST[: feeds.at[OTHER] * PACKET]


def test_another_content_stands_by() -> None:
    merger = Merger(BROADCAST[: 100 * PACKET], LEAD, window=WINDOW)
    strange = transport.broadcast(20, counters=3)

    assert merger.push(OTHER, strange) == b""
    assert (
        merger.push(LEAD, BROADCAST[100 * PACKET : 200 * PACKET])
        == (BROADCAST[100 * PACKET : 200 * PACKET])
    )
    assert merger.behind(OTHER) is None
    assert merger.held(OTHER) == strange
    assert merger.feeds == (LEAD, OTHER)


def test_a_feed_that_leaves_the_path_is_held_and_found_again() -> None:
    feeds = Feeds(300, {LEAD: 300, OTHER: 250})
    feeds.turn(OTHER, 40)
    assert feeds.placed(OTHER)

    feeds.at[OTHER] += 30  # it skips something
    feeds.turn(OTHER, 5)
    assert not feeds.placed(OTHER)
    for name in (OTHER, LEAD, OTHER):
        feeds.turn(name, 40)

    assert feeds.placed(OTHER)
    assert feeds.sent == BROADCAST[: feeds.at[OTHER] * PACKET]


def test_what_repeats_itself_is_not_placed_at_random() -> None:
    loop = BROADCAST[: 100 * PACKET]
    merger = Merger(loop * 3, LEAD, window=WINDOW)

    assert merger.push(OTHER, loop) == b""
    assert merger.behind(OTHER) is None


def test_what_is_held_is_bounded() -> None:
    window = 100 * PACKET
    merger = Merger(BROADCAST[:window], LEAD, window=window)
    for number in range(50):
        merger.push(OTHER, transport.broadcast(10, first=1000 + number, counters=5))

    assert len(merger.held(OTHER)) <= window


@given(st.lists(st.lists(st.binary(min_size=PACKET, max_size=PACKET)).map(b"".join), max_size=20))
def test_garbage_is_survived(blocks: list[bytes]) -> None:
    merger = Merger(BROADCAST[: 100 * PACKET], LEAD, window=64 * PACKET)

    for block, name in zip(blocks, itertools.cycle((OTHER, LEAD, THIRD)), strict=False):
        merger.push(name, block)
