"""Of two feeds at the start the first with a picture wins."""

import pytest

from acedesk.mpegts.packets import PACKET
from acedesk.proxy.ingest.engine_body import EngineBody
from acedesk.proxy.ingest.feed import Feed
from acedesk.proxy.ingest.start_contest import CONTEST_BYTES, CONTEST_TIME, StartContest
from tests import transport

BROADCAST = transport.broadcast(100)
SOUND = b"G\x01\x00\x10" + bytes(PACKET - 4)


def feed() -> Feed:
    """Return a feed that is not read here."""
    return Feed(EngineBody.__new__(EngineBody), now=0.0)


def test_the_first_with_a_picture_wins_and_what_it_brought_is_kept() -> None:
    contest, one, two = StartContest(), feed(), feed()
    assert not contest.take(one, SOUND * 10, 0.0)
    assert not contest.take(two, SOUND, 0.1)

    assert contest.take(two, BROADCAST, 0.2)

    assert contest.end(two) == SOUND + BROADCAST
    assert one not in contest
    assert two not in contest


def test_without_a_picture_time_decides_for_one_that_brought_something() -> None:
    contest, one, two = StartContest(), feed(), feed()
    contest.take(one, SOUND, 0.0)
    contest.take(two, b"", 0.0)

    assert not contest.take(one, b"", CONTEST_TIME - 0.1)
    assert contest.take(one, b"", CONTEST_TIME)
    assert not contest.take(two, b"", 10 * CONTEST_TIME)


def test_without_a_picture_enough_bytes_decide() -> None:
    contest, one = StartContest(), feed()

    assert contest.take(one, SOUND * (CONTEST_BYTES // PACKET + 1), 0.0)


@pytest.mark.parametrize("gone", [0, 1])
def test_one_that_is_left_alone_is_known(gone: int) -> None:
    contest, feeds = StartContest(), (feed(), feed())
    assert contest.last_one is None
    for one in feeds:
        contest.take(one, SOUND, 0.0)
    assert contest.last_one is None

    contest.leave(feeds[gone])

    assert contest.last_one is feeds[1 - gone]
