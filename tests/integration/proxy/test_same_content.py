"""A content asked for by its id, its infohash or a magnet link is one stream, in any order."""

import asyncio
import base64
import contextlib
import itertools

import pytest
from aiohttp import web

from acedesk import tasks
from acedesk.model.content import StreamKey
from acedesk.proxy.streams.stream import Stream
from tests import transport
from tests.fakes.engine import FakeEngine, FakeSession
from tests.fakes.loop_steps import until
from tests.integration.proxy.conftest import CONTENT, MakeProxy, Proxy

INFOHASH = "b" * 40
BASE32 = base64.b32encode(bytes.fromhex(INFOHASH)).decode()
NAMES = {
    "id": f"id={CONTENT}",
    "infohash": f"infohash={INFOHASH}",
    "magnet": f"magnet=magnet:%3Fxt=urn:btih:{INFOHASH}",
    "base32": f"magnet=magnet:%3Fdn=x%26xt=urn:btih:{BASE32}",
    "url": "url=http://example.org/a.acelive",
}
MEDIA = transport.broadcast(100)
HALF = len(transport.broadcast(50))


class TakenOver(FakeEngine):
    """An engine with one reader for each content: a new session ends the one before."""

    async def _getstream(self, request: web.Request) -> web.Response:
        answer = await super()._getstream(request)
        for session in self.sessions[:-1]:
            session.over.set()
        return answer


class Nameless(TakenOver):
    """One that never tells an infohash; each session has the same media, the rest once let."""

    def __init__(self) -> None:
        super().__init__("")
        self.let = asyncio.Event()

    async def _getstream(self, request: web.Request) -> web.Response:
        answer = await super()._getstream(request)
        tasks.spawn(self._begin(self.sessions[-1]), name="media")
        return answer

    async def _begin(self, session: FakeSession) -> None:
        await session.body.wait()
        assert session.response is not None
        with contextlib.suppress(ConnectionError):
            await session.response.write(MEDIA[:HALF])
            await self.let.wait()
            if not session.over.is_set():
                await session.response.write(MEDIA[HALF:])


class Late(FakeEngine):
    """An engine that answers starts when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.let = asyncio.Event()

    async def _getstream(self, request: web.Request) -> web.Response:
        await self.let.wait()
        return await super()._getstream(request)


def target(name: str) -> str:
    return f"/ace/getstream?{NAMES[name]}"


def only(proxy: Proxy) -> Stream:
    (stream,) = proxy.streams
    return stream


@pytest.mark.parametrize(("first", "second"), list(itertools.permutations(NAMES, 2)))
async def test_any_two_names_of_a_content_are_one_stream(
    make_proxy: MakeProxy, first: str, second: str
) -> None:
    proxy = await make_proxy(engines=2)
    player = await proxy.play(target(first))
    await proxy.engines[0].push(MEDIA[:HALF])
    assert await player.head() == 200
    await player.expect(MEDIA[:HALF])

    other = await proxy.play(target(second))
    await proxy.until(lambda: len(proxy.streams) == 1 and len(only(proxy).clients) == 2)
    await proxy.engines[0].push(MEDIA[HALF:])

    assert await other.head() == 200
    await player.expect(MEDIA[HALF:])
    await proxy.until(lambda: sum(engine.streams for engine in proxy.pool.views()) == 1)
    assert only(proxy).supply.switches == 0


@pytest.mark.parametrize(("first", "second"), [("magnet", "id"), ("infohash", "id"), ("id", "url")])
async def test_on_one_engine_the_second_name_takes_it_over_once_and_no_more(
    make_proxy: MakeProxy, first: str, second: str
) -> None:
    proxy = await make_proxy(kind=TakenOver)
    (engine,) = proxy.engines
    player = await proxy.play(target(first))
    await engine.push(MEDIA[:HALF])
    assert await player.head() == 200
    await player.expect(MEDIA[:HALF])

    await proxy.play(target(second))
    await proxy.until(lambda: len(proxy.streams) == 1 and len(only(proxy).clients) == 2)
    newest = engine.sessions
    await until(lambda: newest[-1].body.is_set() and not newest[-1].over.is_set())
    await engine.push(MEDIA, len(engine.sessions) - 1)  # what was sent already is known again

    await player.expect(MEDIA[HALF:])
    assert len(engine.sessions) <= 4
    assert only(proxy).supply.switches == 1


async def test_what_was_learned_is_known_when_the_content_is_played_again(
    make_proxy: MakeProxy,
) -> None:
    proxy = await make_proxy()
    player = await proxy.play(target("id"))
    await proxy.engines[0].body_of()
    player.leave()
    await proxy.until(lambda: len(proxy.streams) == 0)

    await proxy.play(target("infohash"))
    await proxy.engines[0].body_of(1)
    await proxy.play(target("id"))
    await proxy.until(lambda: len(only(proxy).clients) == 2)

    assert len(proxy.engines[0].sessions) == 2


async def test_two_ids_are_two_contents_whatever_infohash_they_have(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    other = "c" * 40

    await proxy.play(target("id"))
    await proxy.engines[0].body_of(0)
    await proxy.play(f"/ace/getstream?id={other}")
    await proxy.engines[0].body_of(1)

    keys: list[StreamKey] = [stream.key for stream in proxy.streams]
    assert [key.value for key in keys] == [CONTENT, other]


@pytest.mark.parametrize(
    ("first", "second"), [("id", "magnet"), ("magnet", "id"), ("url", "infohash")]
)
async def test_who_has_a_head_already_is_moved_to_the_running_stream(
    make_proxy: MakeProxy, first: str, second: str
) -> None:
    proxy = await make_proxy(engines=2, kind=Late, header_wait=0.05)
    one, late = (engine for engine in proxy.engines if isinstance(engine, Late))
    one.let.set()
    player = await proxy.play(target(first))
    await one.push(MEDIA[:HALF])
    assert await player.head() == 200
    await player.expect(MEDIA[:HALF])
    other = await proxy.play(target(second))
    assert await other.head() == 200  # its engine has not answered yet

    late.let.set()
    await proxy.until(lambda: len(proxy.streams) == 1 and len(only(proxy).clients) == 2)
    await one.push(MEDIA[HALF:])

    await player.expect(MEDIA[HALF:])
    assert await other.media(len(MEDIA) - HALF)
    assert all(client.reason is None for client in only(proxy).clients)
    assert only(proxy).supply.switches == 0


@pytest.mark.parametrize(
    ("first", "second"), [("id", "infohash"), ("magnet", "id"), ("id", "url"), ("infohash", "url")]
)
async def test_an_engine_that_never_tells_the_infohash_is_not_fought_over(
    make_proxy: MakeProxy, first: str, second: str
) -> None:
    proxy = await make_proxy(kind=Nameless)
    (engine,) = (engine for engine in proxy.engines if isinstance(engine, Nameless))
    player = await proxy.play(target(first))
    assert await player.head() == 200
    await player.expect(MEDIA[:HALF])

    other = await proxy.play(target(second))  # the engine ends the first one's body
    assert await other.head() == 200
    await proxy.until(lambda: len(proxy.streams) == 1 and len(only(proxy).clients) == 2)
    asked = len(engine.sessions)
    engine.let.set()

    await player.expect(MEDIA[HALF:])
    assert len(engine.sessions) <= asked + 1
    third = await proxy.play(target(first))
    await proxy.until(lambda: len(only(proxy).clients) == 3)
    third.leave()


async def test_streams_that_run_become_one_when_it_is_told_late_that_they_are(
    make_proxy: MakeProxy,
) -> None:
    proxy = await make_proxy(engines=2)
    one, two = proxy.engines
    one.infohash = ""
    player = await proxy.play(target("id"))
    await one.push(MEDIA[:HALF])
    assert await player.head() == 200
    await player.expect(MEDIA[:HALF])
    other = await proxy.play(target("infohash"))
    await two.push(MEDIA[:HALF])
    assert await other.head() == 200
    await other.expect(MEDIA[:HALF])

    one.infohash = INFOHASH
    one.end()
    await proxy.until(lambda: len(proxy.streams) == 1 and len(only(proxy).clients) == 2)
    await two.push(MEDIA[HALF:])

    await other.expect(MEDIA[HALF:])
    assert await player.media(len(MEDIA) - HALF)
    sent = only(proxy).clients.sent_bytes
    assert 0 < sent < sum(client.sent_bytes for client in only(proxy).clients)  # the rest: there
    assert all(client.reason is None for client in only(proxy).clients)


async def test_a_playlist_that_waits_is_given_the_running_stream(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=2)
    player = await proxy.play(target("magnet"))
    await proxy.engines[0].push(transport.broadcast(500))
    assert await player.head() == 200

    playlist = await proxy.play(f"/ace/manifest.m3u8?{NAMES['id']}")

    assert await playlist.head() == 200
    await proxy.until(lambda: len(proxy.streams) == 1 and len(only(proxy).clients) == 2)
