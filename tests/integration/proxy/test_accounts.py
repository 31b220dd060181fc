"""What is counted of a stream and its viewers, over real sockets."""

import asyncio

import pytest

from acedesk.model.accounts import LeftReason
from acedesk.model.snapshot import StreamView
from acedesk.proxy.views import stream_view
from tests import transport
from tests.integration.proxy.conftest import CONTENT, MakeProxy, Proxy

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
    before = len(stream.meter.history)

    for _ in range(12):
        stream._second(stream._sampled_at + 1.0)

    history = _view(proxy).history
    assert len(history.recent.rate) == len(history.recent.buffer) == before + 12
    assert len(history.hour.rate) == len(history.hour.buffer) == 1
    assert history.hour.buffer[0] == pytest.approx(stream.ring.duration, abs=0.1)
    assert (history.recent.interval, history.hour.interval) == (1.0, 12.0)
