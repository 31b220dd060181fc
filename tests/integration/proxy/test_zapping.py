"""Storms of starts, half of them of dead links, with viewers who do not wait."""

import asyncio
import dataclasses

import psutil
import pytest
from aiohttp import web

from acedesk import tasks
from acedesk.proxy.delivery.client import Client
from acedesk.proxy.streams import failed_streams
from acedesk.proxy.streams.stream import Stream
from tests import transport
from tests.fakes.engine import FakeEngine
from tests.integration.proxy.conftest import MakeProxy, Proxy, RawPlayer
from tests.integration.proxy.laboratory import Laboratory
from tests.living import living, newer

PROGRAMME = transport.programme(20)
# What the engine does with a link is in its first digits.
LIVE, DEAD, SLOW, LATE = "0000", "dead", "510e", "1a7e"


def link(kind: str, number: int) -> str:
    """Return a link of this kind."""
    return f"{kind}{number:036x}"


def address(kind: str, number: int) -> str:
    """Return the request of a link."""
    return f"/ace/getstream?id={link(kind, number)}"


class BusyEngine(FakeEngine):
    """Plays live links, refuses dead ones; slow and late ones only when `resolved`.

    Attributes:
        asked_for: The links in the order they came.
        most: How many it was asked for at once.
    """

    def __init__(self) -> None:
        super().__init__()
        self.asked_for: list[str] = []
        self.most = 0
        self.resolved = asyncio.Event()
        self._answering = 0
        self._news = asyncio.Event()

    async def until_asked(self, count: int) -> None:
        """Wait until so many links were asked for."""
        async with asyncio.timeout(10):
            while len(self.asked_for) < count:
                self._news.clear()
                await self._news.wait()

    async def _getstream(self, request: web.Request) -> web.Response:
        content = request.query["id"]
        self.asked_for.append(content)
        self._news.set()
        self._answering += 1
        self.most = max(self.most, self._answering)
        try:
            if content.startswith((SLOW, LATE)):
                await self.resolved.wait()
            if content.startswith((SLOW, DEAD)):
                return web.json_response({"response": None, "error": "failed to load content"})
            return await super()._getstream(request)
        finally:
            self._answering -= 1


async def leave(*players: RawPlayer) -> None:
    """Hang up."""
    for player in players:
        player.leave()
    await asyncio.gather(
        *(player.writer.wait_closed() for player in players), return_exceptions=True
    )


def spawned() -> set[str]:
    """Return the names of AceDesk's tasks in this event loop."""
    loop = asyncio.get_running_loop()
    return {task.get_name() for task in tasks._tasks if task.get_loop() is loop}


@dataclasses.dataclass
class Base:
    """What there is before a storm."""

    tasks: set[asyncio.Task[object]] = dataclasses.field(default_factory=asyncio.all_tasks)
    files: int = dataclasses.field(default_factory=lambda: psutil.Process().num_fds())
    viewers: list[object] = dataclasses.field(default_factory=lambda: living(Client))


async def nothing_left(proxy: Proxy, base: Base) -> None:
    """Fail unless all that was begun has ended; what is on its way may take its time."""
    await proxy.until(lambda: len(proxy.streams) == 0)
    async with asyncio.timeout(20):
        while more := asyncio.all_tasks() - base.tasks:
            await asyncio.wait(more)
    assert all(s.stopped.is_set() for engine in proxy.engines for s in engine.sessions)
    assert [view.streams for view in proxy.pool.views()] == [0] * len(proxy.engines)
    sessions = proxy.streams._shared.sessions
    assert (sessions._ending, sessions._parked) == ({}, {})
    assert (sessions._start_slots._taken, sessions._start_slots._waiting) == ({}, {})
    assert proxy.streams._shared.budget.used == 0
    assert spawned() == set()
    # The second probe of a player that hung up is due a moment later.
    async with asyncio.timeout(20):
        while newer(Client, base.viewers):
            await tasks.sleep(0)
    # Fewer where a connection of the test before was closed only meanwhile.
    assert psutil.Process().num_fds() <= base.files


async def a_live_link_plays(proxy: Proxy) -> None:
    """Fail unless a link starts, plays, and ends with its viewer."""
    engines: list[FakeEngine] = proxy.engines
    numbers = [len(engine.sessions) for engine in engines]
    player = await proxy.play(address(LIVE, 4711))
    async with asyncio.timeout(5):
        asked = [
            tasks.spawn(e.body_of(n), name="body") for e, n in zip(engines, numbers, strict=True)
        ]
        await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        at = next(i for i, task in enumerate(asked) if task.done())
        await tasks.cancel(*asked)
        await engines[at].push(PROGRAMME, numbers[at])
        assert await player.head() == 200
        await player.expect(PROGRAMME)
    await leave(player)


async def test_fifty_starts_at_once_leave_nothing_behind(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=2, kind=BusyEngine, header_wait=5.0)
    base = Base()

    kinds = [(LIVE, DEAD, LIVE, SLOW, LATE, DEAD)[n % 6] for n in range(50)]
    players = [await proxy.play(address(kind, n)) for n, kind in enumerate(kinds)]
    await leave(*players[::3])
    for engine in proxy.engines:
        assert isinstance(engine, BusyEngine)
        await engine.until_asked(4)
    await leave(*players[1::3])
    for engine in proxy.engines:
        assert isinstance(engine, BusyEngine)
        engine.resolved.set()
    async with asyncio.timeout(20):
        heads = [await player.head() for player in players[2::3]]
    await leave(*players)

    assert heads == [200 if kind is LIVE else 502 for kind in kinds[2::3]]
    await nothing_left(proxy, base)
    await a_live_link_plays(proxy)
    await nothing_left(proxy, base)


async def test_two_hundred_starts_in_a_row_leave_nothing_behind(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=2, kind=BusyEngine, header_wait=1.0)
    base = Base()

    for number in range(200):
        kind = (LIVE, DEAD, LIVE, DEAD, LATE, SLOW)[number % 6]
        player = await proxy.play(address(kind, number))
        if (number % 5 and kind is DEAD) or (number % 20 == 0 and kind is LIVE):
            assert await player.head() == (200 if kind is LIVE else 502)
        await leave(player)
    for engine in proxy.engines:
        assert isinstance(engine, BusyEngine)
        engine.resolved.set()

    await nothing_left(proxy, base)
    await a_live_link_plays(proxy)
    await nothing_left(proxy, base)


async def test_dead_links_are_forgotten_even_if_nobody_looks(
    make_proxy: MakeProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failed_streams, "FAILED_KEPT", 0.0)
    proxy = await make_proxy(kind=BusyEngine)

    for number in range(10):
        assert await (await proxy.play(address(DEAD, number))).head() == 502

    await proxy.until(lambda: not proxy.streams.failed())


async def test_starts_that_are_stopped_at_once_are_all_told(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(kind=BusyEngine, starts_per_engine=0)
    stopped = 0

    def stop_what_began() -> None:
        nonlocal stopped
        for stream in proxy.streams:
            if not stream.leaving:
                stopped += 1
                stream.close()

    proxy.streams.changed.connect(stop_what_began)
    async with asyncio.timeout(20):
        for number in range(50):
            assert await (await proxy.play(address(LATE, number))).head() == 404

    assert (stopped, len(proxy.streams)) == (50, 0)


async def test_zaps_that_the_watch_saw_leave_no_viewer_and_no_stream(
    make_proxy: MakeProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failed_streams, "FAILED_KEPT", 0.0)
    proxy = await make_proxy(engines=2, kind=BusyEngine, header_wait=0.0)
    laboratory, base, before = Laboratory(proxy), Base(), living(Stream)

    for number in range(100):
        kind = (LIVE, DEAD, LATE, SLOW)[number % 4]
        player = await proxy.play(address(kind, number))
        await proxy.until(lambda: any(len(stream.clients) for stream in proxy.streams))
        laboratory.look()
        if number % 8 < 2:
            await player.head()
        await leave(player)
    for engine in proxy.engines:
        assert isinstance(engine, BusyEngine)
        engine.resolved.set()

    await proxy.until(lambda: len(proxy.streams) == 0)
    laboratory.look()  # what it saw last is forgotten at its next look

    await nothing_left(proxy, base)
    assert newer(Stream, before) == []


async def test_an_engine_is_asked_for_so_many_at_once_and_the_rest_in_order(
    make_proxy: MakeProxy,
) -> None:
    proxy = await make_proxy(kind=BusyEngine, starts_per_engine=3, header_wait=3.0)
    (engine,) = proxy.engines
    assert isinstance(engine, BusyEngine)
    players = [await proxy.play(address(LATE, n)) for n in range(10)]
    await proxy.until(lambda: len(proxy.streams) == 10)
    await engine.until_asked(3)

    engine.resolved.set()
    heads = await asyncio.gather(*(player.head() for player in players))

    assert heads == [200] * 10
    assert engine.most == 3
    assert len(engine.asked_for) == 10


async def test_a_start_that_nobody_waits_for_leaves_the_line(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(kind=BusyEngine, starts_per_engine=1, header_wait=3.0)
    (engine,) = proxy.engines
    assert isinstance(engine, BusyEngine)
    first = await proxy.play(address(LATE, 1))
    await engine.until_asked(1)
    impatient = [await proxy.play(address(LATE, n)) for n in range(2, 20)]
    patient = await proxy.play(address(LIVE, 99))
    await proxy.until(lambda: len(proxy.streams) == 20)

    await leave(*impatient)
    await proxy.until(lambda: len(proxy.streams) == 2)
    assert engine.asked_for == [link(LATE, 1)]
    await leave(first)

    assert await patient.head() == 200
    assert engine.asked_for == [link(LATE, 1), link(LIVE, 99)]
    engine.resolved.set()


async def test_the_time_in_the_line_is_not_the_engines(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(
        kind=BusyEngine, starts_per_engine=1, accept_timeout=1.0, start_timeout=1.0
    )
    (engine,) = proxy.engines
    assert isinstance(engine, BusyEngine)
    slow = await proxy.play(address(SLOW, 1))
    await engine.until_asked(1)
    waiting = await proxy.play(address(LIVE, 2))

    assert await slow.head() == 504  # after as long as the other one has for everything
    await engine.push(PROGRAMME)
    assert await waiting.head() == 200
    engine.resolved.set()


async def test_after_the_line_a_refused_link_is_still_asked_of_a_second_engine(
    make_proxy: MakeProxy,
) -> None:
    proxy = await make_proxy(
        engines=2, kind=BusyEngine, starts_per_engine=1, accept_timeout=1.0, start_timeout=1.0
    )
    engines = [engine for engine in proxy.engines if isinstance(engine, BusyEngine)]
    slow = [await proxy.play(address(SLOW, n)) for n in range(2)]
    for engine in engines:
        await engine.until_asked(1)

    dead = await proxy.play(address(DEAD, 3))
    assert [await player.head() for player in (*slow, dead)] == [504, 504, 502]

    assert [engine.asked_for.count(link(DEAD, 3)) for engine in engines] == [1, 1]
    for engine in engines:
        engine.resolved.set()
