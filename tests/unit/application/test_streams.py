"""What windows and API may ask about streams, against engines that really play."""

import asyncio

import pytest

from acedesk.application.streams import StreamControl
from acedesk.demo.channels import channels, demo_link
from acedesk.demo.fault_injection.faults import Fault, FaultKind, FaultPlace
from acedesk.errors import Busy, BusyReason, NotFound
from acedesk.model.content import KeyKind, Link, StreamKey
from acedesk.model.engine import EngineHealth, EngineSpec
from acedesk.proxy.streams import after_last_client as hold_module
from acedesk.proxy.streams.stream import Stream
from tests.unit.application.conftest import BASE_URL, Parts

LINK = demo_link()
SECOND = Link(key=StreamKey(KeyKind.CONTENT_ID, channels()[1].id), title="Second")
HASH = "94c2fd8fb9bc8f2fc71a2cbe9d4b866f227a0209"


async def _playing(parts: Parts, link: Link = LINK) -> Stream:
    """Prepare a stream and wait until an engine has taken it."""
    await parts.streams.prepare(link)
    stream = parts.plane.streams.find(link.key)
    assert stream is not None
    await parts.until(lambda: stream.supply.session is not None)
    return stream


# Addresses


@pytest.mark.parametrize(
    ("key", "query"),
    [
        (StreamKey(KeyKind.CONTENT_ID, HASH), f"id={HASH}"),
        (StreamKey(KeyKind.INFOHASH, HASH, 2), f"infohash={HASH}&_idx=2"),
        (StreamKey(KeyKind.URL, "http://a/x?y=1&z=2"), "url=http%3A%2F%2Fa%2Fx%3Fy%3D1%26z%3D2"),
    ],
)
async def test_an_address_plays_the_key_or_its_playlist(
    parts: Parts, key: StreamKey, query: str
) -> None:
    assert parts.streams.player_url(key) == f"{BASE_URL}/ace/getstream?{query}"
    assert parts.streams.player_url(key, hls=True) == f"{BASE_URL}/ace/manifest.m3u8?{query}"


async def test_an_address_begins_with_where_we_are_now(parts: Parts) -> None:
    base = "http://192.168.1.7:8080"
    control = StreamControl(parts.plane.streams, parts.engines, lambda: base)
    first = control.player_url(LINK.key)
    base = "http://192.168.1.8:8080"

    assert first.startswith("http://192.168.1.7:8080/ace/")
    assert control.player_url(LINK.key).startswith("http://192.168.1.8:8080/ace/")


# The test channel


async def test_the_test_channel_plays_without_any_engine(parts_without_engine: Parts) -> None:
    parts = parts_without_engine

    stream = await _playing(parts, parts.streams.test_link)

    await parts.until(lambda: stream.ring.total > 0)
    assert [view.name for view in parts.pool.views()] == ["Test engine"]
    assert parts.manager.provisions() == ()


async def test_the_engine_of_the_test_channel_gets_no_other_link(
    parts_without_engine: Parts,
) -> None:
    parts = parts_without_engine
    await _playing(parts, parts.streams.test_link)
    real = Link(key=StreamKey(KeyKind.CONTENT_ID, HASH))

    with pytest.raises(Busy) as caught:
        await parts.streams.prepare(real)

    assert caught.value.reason is BusyReason.NO_ENGINE


async def test_playing_the_test_channel_twice_makes_one_engine(
    parts_without_engine: Parts,
) -> None:
    parts = parts_without_engine
    second = parts.streams.prepare(SECOND)

    await asyncio.gather(parts.streams.prepare(parts.streams.test_link), second)

    assert len(parts.pool.views()) == 1


# Starting before anybody watches


async def test_a_prepared_stream_runs_and_waits_for_its_first_viewer(parts: Parts) -> None:
    spec = await parts.make_engine()

    stream = await _playing(parts)

    assert stream.title == LINK.title
    assert len(stream.clients) == 0
    assert parts.engine(spec).state()["opened"] == 1
    await parts.until(lambda: stream.ring.total > 0)
    assert not stream.ended  # although nobody watches and the grace is over at once


async def test_a_prepared_stream_nobody_comes_for_ends(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hold_module, "PREPARED_HOLD", 0.05)
    spec = await parts.make_engine()

    await parts.streams.prepare(LINK)

    await parts.until(lambda: len(parts.plane.streams) == 0)
    await parts.until(lambda: parts.pool.load(spec.id) == 0)
    assert parts.plane.streams.failed() == ()


async def test_preparing_again_starts_nothing_new(parts: Parts) -> None:
    spec = await parts.make_engine()
    stream = await _playing(parts)

    await parts.streams.prepare(LINK)

    assert parts.plane.streams.find(LINK.key) is stream
    assert parts.engine(spec).state()["opened"] == 1


async def test_without_an_engine_it_is_said_at_once(parts: Parts) -> None:
    with pytest.raises(Busy) as caught:
        await parts.streams.prepare(LINK)

    assert caught.value.reason is BusyReason.NO_ENGINE
    assert len(parts.plane.streams) == 0


async def test_an_engine_on_its_way_is_told_and_not_waited_for(parts: Parts) -> None:
    await parts.make_engine(health=EngineHealth.STARTING)

    with pytest.raises(Busy) as caught:
        await parts.streams.prepare(LINK)

    assert caught.value.reason is BusyReason.STARTING
    assert len(parts.plane.streams) == 0


async def test_a_prepared_stream_is_told_by_its_id(parts: Parts) -> None:
    await parts.make_engine()

    assert await parts.streams.prepare(LINK) == LINK.key.stream_id
    assert await parts.streams.prepare(LINK) == LINK.key.stream_id


async def test_nothing_is_prepared_while_acedesk_closes(parts: Parts) -> None:
    await parts.make_engine()
    await parts.plane.streams.close()

    with pytest.raises(Busy) as caught:
        await parts.streams.prepare(LINK)

    assert caught.value.reason is BusyReason.SHUTTING_DOWN


# Stopping and moving


async def test_a_stopped_stream_is_told_to_its_engine(parts: Parts) -> None:
    spec = await parts.make_engine()
    stream = await _playing(parts)

    await parts.streams.stop(LINK.key.stream_id)

    await parts.until(lambda: parts.engine(spec).state()["ended"] == {"stop": 1})
    await parts.until(lambda: parts.pool.load(spec.id) == 0)
    assert stream.ended
    assert len(parts.plane.streams) == 0


async def test_all_streams_are_stopped_at_once(parts: Parts) -> None:
    spec = await parts.make_engine()
    await _playing(parts)
    await _playing(parts, SECOND)

    await parts.streams.stop_all()

    assert len(parts.plane.streams) == 0
    await parts.until(lambda: parts.engine(spec).state()["stopped"] == 2)
    await parts.streams.stop_all()  # nothing left to stop is no error


async def test_a_stream_moves_to_another_engine_and_goes_on(parts: Parts) -> None:
    first = await parts.make_engine("engine-1")
    stream = await _playing(parts)
    await parts.until(lambda: stream.ring.total > 0)
    second = await parts.make_engine("engine-2")

    await parts.streams.switch_engine(LINK.key.stream_id)

    await parts.until(lambda: parts.engine(second).state()["opened"] == 1)
    await parts.until(lambda: stream.supply.engine is not None and stream.supply.engine == second)
    await parts.until(lambda: parts.pool.load(first.id) == 0)
    assert not stream.ended
    assert parts.plane.streams.find(LINK.key) is stream


async def test_a_stream_with_nowhere_to_go_stays_where_it_is(parts: Parts) -> None:
    spec = await parts.make_engine()
    stream = await _playing(parts)

    with pytest.raises(Busy) as caught:
        await parts.streams.switch_engine(LINK.key.stream_id)

    assert caught.value.reason is BusyReason.MAX_CAPACITY
    assert stream.supply.engine == spec
    assert parts.engine(spec).state()["stopped"] == 0


async def test_what_does_not_run_can_neither_be_stopped_nor_moved_nor_closed(parts: Parts) -> None:
    for wanted in (
        parts.streams.stop("nothing"),
        parts.streams.switch_engine("nothing"),
        parts.streams.close_client("nobody"),
    ):
        with pytest.raises(NotFound):
            await wanted


# A stream that failed


async def _failed(parts: Parts) -> EngineSpec:
    """Let the only engine fail the stream once; return it."""
    spec = await parts.make_engine()
    parts.engine(spec).order_fault(Fault(kind=FaultKind.ERROR, where=FaultPlace.GETSTREAM))
    await parts.streams.prepare(LINK)
    await parts.until(lambda: bool(parts.plane.streams.failed()))
    return spec


async def test_a_failed_stream_begins_anew_with_an_engine_that_did_not_fail_it(
    parts: Parts,
) -> None:
    first = await _failed(parts)
    second = await parts.make_engine("engine-2")
    opened = parts.engine(first).state()["opened"]

    await parts.streams.start_elsewhere(LINK.key.stream_id)

    stream = parts.plane.streams.find(LINK.key)
    assert stream is not None
    await parts.until(lambda: stream.ring.total > 0)
    assert stream.supply.engine is not None
    assert stream.supply.engine.id == second.id
    assert stream.title == LINK.title
    assert parts.engine(first).state()["opened"] == opened
    assert parts.plane.streams.failed() == ()


async def test_without_another_engine_that_is_said_and_the_stream_stays_failed(
    parts: Parts,
) -> None:
    await _failed(parts)

    with pytest.raises(Busy, match="No other engine"):
        await parts.streams.start_elsewhere(LINK.key.stream_id)

    assert len(parts.plane.streams.failed()) == 1
    assert len(parts.plane.streams) == 0


async def test_only_what_failed_is_started_elsewhere(parts: Parts) -> None:
    await parts.make_engine()
    await _playing(parts)

    with pytest.raises(NotFound):
        await parts.streams.start_elsewhere(LINK.key.stream_id)
