"""A viewer waits for media, for the end, or for as long as the head may be held back."""

import asyncio

import pytest

from acedesk import clock, tasks
from acedesk.errors import EngineTooSlow, NotFound, SameContent
from acedesk.proxy.delivery.client import Client, EndReason
from acedesk.proxy.streams.start_wait import MOST_JOINS, follow_content, wait_started
from acedesk.proxy.streams.stream import Stream
from tests.fakes.idle_stream import make_stream


@pytest.fixture
async def stream() -> Stream:
    return make_stream()


def viewer() -> Client:
    """Return a player that has just asked."""
    return Client(address="10.0.0.2", user_agent="", now=clock.monotonic(), time=clock.utc_now())


async def test_what_the_start_failed_with_is_raised(stream: Stream) -> None:
    stream.error = EngineTooSlow("no media within 30 s")

    with pytest.raises(EngineTooSlow, match="no media"):
        await wait_started(stream, 30.0, viewer())


async def test_a_stream_that_was_stopped_is_not_found(stream: Stream) -> None:
    stream.ended = True

    with pytest.raises(NotFound):
        await wait_started(stream, 30.0, viewer())


async def test_a_viewer_that_was_disconnected_meanwhile_is_told(stream: Stream) -> None:
    client = viewer()

    async def disconnect() -> None:
        client.close(EndReason.CLOSED)
        stream._changed()

    with pytest.raises(NotFound):
        await asyncio.gather(wait_started(stream, 30.0, client), disconnect())


async def test_a_change_within_the_time_is_told(stream: Stream) -> None:
    waiting = tasks.spawn(stream.wait_change(5.0), name="a viewer")
    await asyncio.wait({waiting}, timeout=0)

    stream._changed()

    assert await waiting
    assert not await stream.wait_change(0.0)


async def test_the_head_is_not_held_back_longer_than_it_may(stream: Stream) -> None:
    before = clock.monotonic()

    await wait_started(stream, 0.05, viewer())

    assert stream.supply.first_at is None
    assert clock.monotonic() - before >= 0.05


async def test_the_wait_counts_from_the_request_whatever_the_engine_does(stream: Stream) -> None:
    client = viewer()
    client.connected_at -= 30.0
    stream.supply.accepted_at = None

    async with asyncio.timeout(1.0):
        await wait_started(stream, 30.0, client)

    stream.supply.accepted_at = clock.monotonic()
    async with asyncio.timeout(1.0):
        await wait_started(stream, 30.0, client)


async def test_who_is_told_that_it_is_another_stream_asks_again() -> None:
    answers = [SameContent(), SameContent(), None]

    async def answer() -> str:
        error = answers.pop(0)
        if error is not None:
            raise error
        return "the other one"

    assert await follow_content(answer) == "the other one"


async def test_nobody_is_sent_from_stream_to_stream_for_ever() -> None:
    asked = list[int]()

    async def answer() -> None:
        asked.append(1)
        raise SameContent

    with pytest.raises(SameContent):
        await follow_content(answer)
    assert len(asked) == MOST_JOINS
