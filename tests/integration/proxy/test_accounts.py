"""What is counted of a stream and its viewers, over real sockets."""

import asyncio

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from acedesk import clock
from acedesk.api.endpoints import routes_of
from acedesk.api.v2.stream_rows import StreamRows
from acedesk.api.v2.streams import StreamRoutes
from acedesk.application.reads import StreamReads
from acedesk.errors import NotFound
from acedesk.model.event import StopCause
from acedesk.model.history import LeftReason
from acedesk.model.snapshot import Snapshot, StreamView
from acedesk.proxy.views import stream_view
from acedesk.settings import Settings
from tests import transport
from tests.integration.proxy.conftest import CONTENT, MakeProxy, Proxy
from tests.integration.proxy.laboratory import Laboratory, play_slowly

PROGRAMME = transport.programme(40, gop=10)
GOP = len(transport.programme(10, gop=10))


def _view(proxy: Proxy) -> StreamView:
    return stream_view(proxy.streams.find_id(CONTENT))


async def test_the_phases_of_a_start_follow_each_other(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    player = await proxy.play()
    await proxy.engines[0].body_of()
    await proxy.until(lambda: _view(proxy).accepted is not None)
    starting = _view(proxy)
    assert (starting.first_byte, starting.first_keyframe) == (None, None)

    await proxy.engines[0].push(PROGRAMME[:GOP])
    await player.head()
    await player.media(GOP)

    view = _view(proxy)
    assert view.accepted is not None
    assert view.first_byte is not None
    assert view.first_keyframe is not None
    assert 0 < view.accepted <= view.first_byte <= view.first_keyframe < 5


async def test_a_viewer_knows_how_long_it_waited(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    player = await proxy.play()
    await proxy.engines[0].body_of()
    assert _view(proxy).clients[0].first_byte is None

    await proxy.engines[0].push(PROGRAMME[:GOP])
    await player.head()
    await player.media(GOP)

    (client,) = _view(proxy).clients
    assert client.first_byte is not None
    assert 0 < client.first_byte < 5


async def test_bytes_and_rates_are_those_of_the_stream_and_of_each_viewer(
    make_proxy: MakeProxy,
) -> None:
    proxy = await make_proxy(header_wait=0.0)
    players = [await proxy.play() for _ in range(2)]
    for player in players:
        assert await player.head() == 200
    await proxy.engines[0].push(PROGRAMME)
    for player in players:
        await player.expect(PROGRAMME)
    view = _view(proxy)
    assert view.received_bytes == len(PROGRAMME)
    assert [client.sent_bytes for client in view.clients] == [len(PROGRAMME)] * 2

    stream, now = proxy.streams.find_id(CONTENT), clock.monotonic() + 100.0
    for second in range(4):
        stream._second(now + second)
    assert {_view(proxy).bit_rate, *(client.rate for client in _view(proxy).clients)} == {0.0}
    await proxy.engines[0].push(PROGRAMME)
    for player in players:
        await player.expect(PROGRAMME)
    stream._second(now + 5)

    view = _view(proxy)
    rate = pytest.approx(len(PROGRAMME) * 8 / 4)  # over the last four looks
    assert view.bit_rate == rate
    assert [client.rate for client in view.clients] == [rate, rate]


async def test_viewers_that_left_are_told_with_their_reason(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    players = [await proxy.play(headers=f"User-Agent: p{n}\r\n") for n in range(3)]
    await proxy.engines[0].push(PROGRAMME[:GOP])
    for player in players:
        await player.head()
        await player.media(GOP)
    first = next(c for c in _view(proxy).clients if c.user_agent == "p0")

    proxy.streams.close_client(first.id)
    await proxy.until(lambda: len(_view(proxy).clients) == 2)
    players[1].leave()
    await proxy.until(lambda: len(_view(proxy).clients) == 1)

    closed, left = _view(proxy).left
    assert (closed.id, closed.reason) == (first.id, LeftReason.CLOSED)
    assert (left.user_agent, left.reason) == ("p1", LeftReason.LEFT)
    assert left.sent_bytes == GOP
    assert left.duration > 0
    assert left.left_time >= left.connected_time


async def test_a_stream_that_ends_takes_its_viewers_leave(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    player = await proxy.play()
    await proxy.engines[0].push(PROGRAMME[:GOP])
    await player.head()
    stream = proxy.streams.find_id(CONTENT)

    await stream.stop()

    async with asyncio.timeout(5):
        await player.rest()
    assert [view.reason for view in stream_view(stream).left] == [LeftReason.STREAM_ENDED]


async def test_rate_and_buffer_are_sampled_with_the_seconds(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    player = await proxy.play()
    await proxy.engines[0].push(PROGRAMME)
    await player.head()
    await player.media(len(PROGRAMME))
    stream = proxy.streams.find_id(CONTENT)
    before = len(stream.counters.meter.history)

    for _ in range(12):
        stream._second(stream.counters._sampled_at + 1.0)

    history = _view(proxy).history
    assert len(history.recent.rate) == len(history.recent.buffer) == before + 12
    assert len(history.hour.rate) == len(history.hour.buffer) == 1
    assert history.hour.buffer[0] == pytest.approx(stream.ring.duration, abs=0.1)
    assert (history.recent.interval, history.hour.interval) == (1.0, 12.0)


async def test_a_silence_of_the_engine_is_counted_when_it_goes_on(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    player = await proxy.play()
    await proxy.engines[0].push(PROGRAMME[:GOP])
    await player.head()
    await player.media(GOP)
    stream = proxy.streams.find_id(CONTENT)

    stream._delivered(clock.monotonic() + 3.0)

    assert _view(proxy).gaps.count == 1
    assert _view(proxy).gaps.longest == pytest.approx(3.0, abs=0.5)


async def test_a_viewer_that_takes_nothing_has_gaps_and_the_others_none(
    make_proxy: MakeProxy,
) -> None:
    lab = Laboratory(await make_proxy())
    reader = await lab.proxy.play()
    await lab.proxy.engines[0].body_of()
    await lab.proxy.until(lambda: lab.stream().supply.session is not None)
    await lab.live(2)
    await reader.head()
    slow = await play_slowly(lab)
    await lab.live(3)
    now = clock.monotonic()

    for second in range(1, 6):
        await lab.send(1.0, 0)
        lab.stream().clients.second(now + second, silent_for=0.0, settings=Settings())

    fast, stuck = _view(lab.proxy).clients
    assert fast.gaps.count == 0
    assert stuck.gaps.count == 1
    assert 3.0 <= stuck.gaps.longest <= 5.0
    assert stuck.gaps.total == stuck.gaps.longest
    slow.close()


def _rest() -> Snapshot:
    return Snapshot(time=clock.utc_now(), version="1", base_url="")


class _Control:
    """Does nothing with streams: it is not asked for here."""

    async def stop(self, stream_id: str, cause: StopCause) -> None:
        raise NotFound(stream_id)

    async def switch_engine(self, stream_id: str) -> None:
        raise NotFound(stream_id)


async def test_the_course_has_an_address_of_its_own(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    player = await proxy.play()
    await proxy.engines[0].push(PROGRAMME[:GOP])
    await player.head()
    stream = proxy.streams.find_id(CONTENT)
    for _ in range(24):
        stream._second(stream.counters._sampled_at + 1.0)
    reads = StreamReads(proxy.streams)
    routes = StreamRoutes(_rest, reads, StreamRows(reads.each), _Control())
    api = web.Application()
    api.add_routes(routes_of(routes.endpoints()))

    async with TestServer(api) as server, aiohttp.ClientSession() as session:
        address = server.make_url(f"/api/v2/streams/{stream.key.stream_id}")
        async with session.get(f"{address}/history") as answer:
            course = await answer.json()
        async with session.get(server.make_url("/api/v2/snapshot")) as answer:
            (listed,) = (await answer.json())["streams"]

    assert (course["recent"]["interval"], course["hour"]["interval"]) == (1.0, 12.0)
    assert len(course["recent"]["rate"]) == len(course["recent"]["buffer"]) >= 24
    assert len(course["hour"]["rate"]) == len(course["hour"]["buffer"]) == 2
    assert "history" not in listed
    assert {"accepted", "first_byte", "first_keyframe", "gaps", "left"} <= listed.keys()


async def test_the_totals_go_on_when_streams_and_viewers_are_gone(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    totals = proxy.streams._shared.totals
    for _ in range(2):
        player = await proxy.play()
        await proxy.engines[0].body_of(len(proxy.engines[0].sessions))
        await proxy.engines[0].push(PROGRAMME, len(proxy.engines[0].sessions) - 1)
        assert await player.head() == 200
        await player.expect(PROGRAMME)
        player.leave()
        await proxy.until(lambda: not len(proxy.streams))

    done = totals.view()

    assert (done.received_bytes, done.sent_bytes) == (2 * len(PROGRAMME), 2 * len(PROGRAMME))
    assert (done.streams, done.clients) == (2, 2)
    assert (done.starts, done.sessions, done.failed_starts) == (2, 2, 0)


async def test_starts_that_fail_are_counted_apart(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=1)
    proxy.engines[0].refusal = "no"
    player = await proxy.play()
    assert await player.head() >= 500
    totals = proxy.streams._shared.totals.view()

    assert totals.starts == totals.failed_starts >= 1
    assert (totals.sessions, totals.streams, totals.clients) == (0, 1, 1)
