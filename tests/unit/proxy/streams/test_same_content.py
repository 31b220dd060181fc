"""Two streams of one content become one: which stays, and where its players are then."""

from collections.abc import AsyncIterator

import pytest

from acedesk import clock
from acedesk.errors import SameContent
from acedesk.model.content import KeyKind, StreamKey
from acedesk.proxy.delivery.client import Client
from acedesk.proxy.streams.same_content import make_one
from acedesk.proxy.streams.stream import Stream
from tests import transport
from tests.fakes.idle_stream import make_stream
from tests.fakes.running_stream import RunningStream, running_stream

OTHER = StreamKey(KeyKind.INFOHASH, "b" * 40)


@pytest.fixture
async def running() -> AsyncIterator[RunningStream]:
    """Return a stream that plays."""
    async with running_stream() as made:
        await made.play(transport.broadcast(20))
        yield made


def start() -> Stream:
    """Return a stream without media, asked for by another name."""
    stream = make_stream()
    stream.key = OTHER
    return stream


def waiting() -> Client:
    """Return a player without a response head."""
    return Client(address="10.0.0.2", user_agent="", now=clock.monotonic(), time=clock.utc_now())


async def test_the_start_gives_way_whoever_is_told_first(running: RunningStream) -> None:
    for pair in (running.stream, start()), (start(), running.stream):
        assert make_one(*pair) is running.stream

    assert not running.stream.leaving


async def test_a_request_without_a_head_is_told_and_not_moved(running: RunningStream) -> None:
    begun = start()
    begun.add(waiting())

    make_one(begun, running.stream)

    assert isinstance(begun.error, SameContent)
    assert len(running.stream.clients) == 0


async def test_what_is_no_other_stream_or_ends_anyway_is_left_alone(running: RunningStream) -> None:
    ending, same_kind = start(), make_stream()
    ending.leaving = True
    same_kind.key = StreamKey(running.stream.key.kind, "c" * 40)

    for other in (running.stream, ending, same_kind):
        assert make_one(other, running.stream) is None
        assert other.error is None


async def test_a_start_that_nobody_waits_for_leaves_its_title(running: RunningStream) -> None:
    begun = start()
    begun.title, running.stream.title = "News", ""

    make_one(begun, running.stream)

    assert running.stream.title == "News"
