"""Joining and leaving: whichever way a request ends, its viewer ends with it."""

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator

import pytest

from acedesk import clock
from acedesk.acestream_api.engine_client import EngineClient
from acedesk.engines.pool import EnginePool
from acedesk.errors import AceDeskError, Busy, BusyReason, EngineTooSlow, LoopingStream, NotFound
from acedesk.formats.getstream import PlayRequest, parse_query
from acedesk.model.event import Note, note_nothing
from acedesk.observe.reconnects import Reconnects
from acedesk.proxy.buffer.ring import MemoryBudget
from acedesk.proxy.delivery.client import Client, EndReason
from acedesk.proxy.ingest.engine_sessions import EngineSessions
from acedesk.proxy.ingest.read_ticker import ReadTicker
from acedesk.proxy.ingest.supply import SharedParts, Supply
from acedesk.proxy.streams.registry import StreamRegistry
from acedesk.proxy.streams.start_wait import wait_started
from acedesk.proxy.streams.stream import Stream
from acedesk.settings import Settings
from tests.living import living, newer


def play(number: int = 1) -> PlayRequest:
    """Return the request for a content."""
    return parse_query([("id", f"{number:040x}")])


def viewer() -> Client:
    """Return a player that has just asked."""
    return Client(address="10.0.0.2", user_agent="", now=clock.monotonic(), time=clock.utc_now())


@pytest.fixture
async def streams(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[StreamRegistry]:
    """Return streams whose engines never answer."""

    async def run(_self: Supply) -> None:
        await asyncio.get_running_loop().create_future()

    monkeypatch.setattr(Supply, "run", run)
    made = make_streams()
    yield made
    await made.close()


def make_streams(note: Note = note_nothing) -> StreamRegistry:
    """Return streams without a single engine."""
    settings = Settings().changed({"grace": 0.0})
    client = EngineClient()
    return StreamRegistry(
        SharedParts(
            pool=EnginePool(lambda: settings),
            client=client,
            sessions=EngineSessions(client, lambda: 0),
            read_ticker=ReadTicker(),
            budget=MemoryBudget(1 << 20),
            settings=lambda: settings,
            note=note,
        )
    )


async def until_ended(stream: Stream) -> None:
    """Wait until a stream is over."""
    over = asyncio.Event()
    stream.ending.connect(over.set)
    async with asyncio.timeout(5):
        if not stream.ended:
            await over.wait()


async def test_a_player_that_hangs_up_before_the_head_has_left(streams: StreamRegistry) -> None:
    client = viewer()

    with pytest.raises(asyncio.CancelledError), streams.join(play(), client):
        raise asyncio.CancelledError

    assert client.reason is EndReason.LEFT


async def test_who_waits_for_a_stream_that_ends_did_not_leave(streams: StreamRegistry) -> None:
    client = viewer()

    with pytest.raises(NotFound), streams.join(play(), client) as stream:
        await asyncio.gather(wait_started(stream, 30.0, client), stream.stop())

    assert client.reason is EndReason.STREAM_ENDED


async def test_who_waits_when_acedesk_ends_is_told_to_come_again(streams: StreamRegistry) -> None:
    client = viewer()

    with pytest.raises(Busy) as refused, streams.join(play(), client) as stream:
        await asyncio.gather(wait_started(stream, 30.0, client), streams.close())

    assert refused.value.reason is BusyReason.SHUTTING_DOWN
    assert client.reason is EndReason.STREAM_ENDED


async def test_who_is_disconnected_while_it_waits_was_closed(streams: StreamRegistry) -> None:
    client = viewer()

    with streams.join(play(), client):
        streams.close_client(client.id)

    assert client.reason is EndReason.CLOSED


async def test_a_fault_of_ours_is_not_told_as_the_players(streams: StreamRegistry) -> None:
    client = viewer()

    with pytest.raises(ZeroDivisionError), streams.join(play(), client):
        raise ZeroDivisionError

    assert client.reason is EndReason.ERROR


async def test_one_that_is_refused_has_ended_too(streams: StreamRegistry) -> None:
    client = viewer()
    await streams.close()

    with pytest.raises(Busy), streams.join(play(), client):
        pass

    assert client.reason is EndReason.STREAM_ENDED


async def test_nothing_of_many_early_leavers_is_held(streams: StreamRegistry) -> None:
    returns, clients, kept = Reconnects(), living(Client), living(Stream)

    async def zap(number: int) -> None:
        client = viewer()
        with contextlib.suppress(asyncio.CancelledError), streams.join(play(number), client) as on:
            returns.note(on.key.stream_id, client, clock.monotonic())
            raise asyncio.CancelledError

    for number in range(50):
        await zap(number)
    for stream in streams:
        await until_ended(stream)
    returns.sweep(clock.monotonic())
    del stream

    assert newer(Client, clients) == []
    assert newer(Stream, kept) == []


async def test_a_failed_stream_is_told_as_such_until_it_is_stopped_by_its_id() -> None:
    streams = make_streams()
    stream = streams.open(play())
    await until_ended(stream)
    assert streams.failed() == (stream,)

    await streams.stop(stream.key.stream_id)

    assert streams.failed() == ()
    await streams.close()


async def test_a_failed_stream_keeps_no_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(_self: Supply) -> None:
        raise EngineTooSlow("no media within 30 s") from TimeoutError()

    monkeypatch.setattr(Supply, "run", fail)
    streams, client = make_streams(), viewer()

    with pytest.raises(EngineTooSlow) as raised, streams.join(play(), client) as stream:
        await wait_started(stream, 30.0, client)

    error = stream.error
    assert isinstance(error, EngineTooSlow)
    assert (error.detail, raised.value.detail) == ("no media within 30 s",) * 2
    assert (error.__traceback__, error.__cause__, error.__context__) == (None, None, None)
    await streams.close()


@pytest.mark.expects_errors
async def test_a_stream_that_ends_by_a_fault_of_ours_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fail(_self: Supply) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Supply, "run", fail)
    streams, client = make_streams(), viewer()

    with pytest.raises(AceDeskError) as raised, streams.join(play(), client) as stream:
        await wait_started(stream, 30.0, client)

    assert raised.value.code == "error"
    await streams.close()


# ------------------------------------------------------------------ stopped before it began


async def test_a_stream_stopped_before_its_first_step_ends(streams: StreamRegistry) -> None:
    client = viewer()
    with streams.join(play(), client) as stream:
        await stream.stop()

    assert stream.ended
    assert client.reason is EndReason.STREAM_ENDED
    assert (len(streams), streams._shared.read_ticker._seconds.next_at()) == (0, None)


async def test_who_waits_for_a_stream_that_never_began_is_told(streams: StreamRegistry) -> None:
    client = viewer()

    with pytest.raises(NotFound), streams.join(play(), client) as stream:
        waiting = wait_started(stream, 30.0, client)
        async with asyncio.timeout(5):
            await asyncio.gather(waiting, streams.stop(stream.key.stream_id))


async def test_all_are_stopped_even_if_nobody_waits_for_it(streams: StreamRegistry) -> None:
    opened = [streams.open(play(number)) for number in range(3)]

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0):
            await streams.stop_all()

    for stream in opened:
        await until_ended(stream)
    assert len(streams) == 0


async def test_a_stream_that_is_refused_later_ends_at_once(streams: StreamRegistry) -> None:
    client = viewer()

    with pytest.raises(LoopingStream), streams.join(play(), client) as stream:
        stream.fail(LoopingStream("it repeats itself"))
        await wait_started(stream, 30.0, client)


async def test_a_stream_that_ended_has_its_title_when_a_player_asks_for_the_id_alone(
    streams: StreamRegistry,
) -> None:
    first = streams.open(dataclasses.replace(play(), title="Evening news"))
    await streams.stop(first.key.stream_id)
    await until_ended(first)

    again = streams.open(play())

    assert again is not first
    assert again.title == "Evening news"
    assert streams.open(play(2)).title == ""
