"""What is noted of a stream: its begin and end once each, and its clients."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from acedesk.errors import AceDeskError, Busy, BusyReason, EngineTooSlow
from acedesk.model.event import EventKind, StopCause
from acedesk.proxy.delivery.client import EndReason
from acedesk.proxy.ingest.supply import Supply
from acedesk.proxy.streams.registry import StreamRegistry
from tests.fakes.notes import Notes
from tests.unit.proxy.streams.test_registry import make_streams, play, until_ended, viewer

BEGAN, ENDED = EventKind.STREAM_BEGAN, EventKind.STREAM_ENDED
JOINED, LEFT = EventKind.CLIENT_JOINED, EventKind.CLIENT_LEFT


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
async def streams(monkeypatch: pytest.MonkeyPatch, notes: Notes) -> AsyncIterator[StreamRegistry]:
    """Return streams whose engines never answer."""

    async def run(_self: Supply) -> None:
        await asyncio.get_running_loop().create_future()

    monkeypatch.setattr(Supply, "run", run)
    made = make_streams(notes)
    yield made
    await made.close()


async def test_a_stream_nobody_watches_any_more(streams: StreamRegistry, notes: Notes) -> None:
    client = viewer()

    with streams.join(play(), client) as stream:
        pass
    await until_ended(stream)

    assert notes.causes == [(BEGAN, ""), (JOINED, ""), (LEFT, "left"), (ENDED, "nobody_watched")]
    assert {subject for _, subject, *_ in notes.all} == {play().key.stream_id, client.id}
    assert all(data["stream"] == play().key.stream_id for *_, data in notes.all[1:3])


async def test_a_stream_that_is_stopped(streams: StreamRegistry, notes: Notes) -> None:
    with contextlib.suppress(AceDeskError), streams.join(play(), viewer()):
        await streams.stop(play().key.stream_id)

    assert notes.causes[2:] == [(ENDED, "stopped"), (LEFT, "stream_ended")]


async def test_a_stream_that_a_program_stopped(streams: StreamRegistry, notes: Notes) -> None:
    streams.open(play()).hold()

    await streams.stop(play().key.stream_id, StopCause.PROGRAM)

    assert notes.causes == [(BEGAN, ""), (ENDED, "stopped_by_program")]


async def test_streams_that_end_with_acedesk_were_stopped_by_nobody(
    streams: StreamRegistry, notes: Notes
) -> None:
    streams.open(play(1)).hold()
    streams.open(play(2)).hold()

    await asyncio.gather(streams.stop(play(2).key.stream_id), streams.close())

    ended = {subject: cause for kind, subject, cause, _ in notes.all if kind is ENDED}
    assert ended == {
        play(1).key.stream_id: "shutdown",
        play(2).key.stream_id: "stopped",
    }


async def test_a_stream_that_fails(streams: StreamRegistry, notes: Notes) -> None:
    stream = streams.open(play())
    stream.fail(EngineTooSlow("no media"))
    await until_ended(stream)

    assert notes.causes == [(BEGAN, ""), (ENDED, "engine_too_slow")]


async def test_each_stream_ends_once_at_the_end_of_all(
    streams: StreamRegistry, notes: Notes
) -> None:
    for number in range(3):
        streams.open(play(number)).hold()

    await streams.stop_all()

    assert notes.kinds.count(ENDED) == 3
    assert {cause for kind, cause in notes.causes if kind is ENDED} == {"stopped"}


async def test_a_client_that_is_refused_never_joined(streams: StreamRegistry, notes: Notes) -> None:
    await streams.close()

    with pytest.raises(Busy) as refused, streams.join(play(), viewer()):
        pass

    assert refused.value.reason is BusyReason.SHUTTING_DOWN
    assert notes.all == []


async def test_why_a_client_left(streams: StreamRegistry, notes: Notes) -> None:
    client = viewer()

    with streams.join(play(), client):
        client.close(EndReason.STUCK)

    assert (LEFT, "stuck") in notes.causes
