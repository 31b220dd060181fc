"""The data plane as it is put together: what watches the streams is wired to them."""

import asyncio
import logging
import pathlib
from collections.abc import AsyncIterator

import pytest

from acedesk import clock, tasks
from acedesk.acestream_api.engine_client import EngineClient
from acedesk.engines.pool import EnginePool
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.diagnosis import Cause, Diagnosis, MachineFacts
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, EngineSpec, VpnMembership
from acedesk.model.snapshot import VpnState, VpnView
from acedesk.observe.diagnostics import Diagnostics
from acedesk.proxy.data_plane import DataPlane
from acedesk.proxy.http.listener import Listener
from acedesk.proxy.streams.stream import Stream
from acedesk.proxy.views import stream_view
from acedesk.rules.stat_schedule import StatSchedule
from acedesk.settings import MIB, Settings
from tests import transport
from tests.fakes.engine import FakeEngine
from tests.integration.proxy.conftest import CONTENT, Proxy

KEY = StreamKey(KeyKind.CONTENT_ID, CONTENT)


class Wired:
    """A data plane over one engine, behind its listener.

    Attributes:
        settings, vpn, facts: May be changed while it runs.
    """

    def __init__(self, folder: pathlib.Path) -> None:
        self.settings = Settings().changed({"grace": 0.0})
        self.vpn = VpnView()
        self._client = EngineClient()
        pool = EnginePool(lambda: self.settings)
        self.plane = DataPlane(
            pool,
            self._client,
            lambda: self.settings,
            data_dir=folder,
        )
        self.facts = MachineFacts()
        self.diagnostics = Diagnostics(
            self.plane.streams,
            pool,
            self.plane.blacklist,
            lambda: self.settings,
            vpn=lambda: self.vpn,
            machine=lambda: self.facts,
            ahead=self.plane.sessions.ahead,
        )
        listener = Listener(self.plane.routes())
        self.proxy = Proxy(listener, self.plane.streams, pool, [FakeEngine()], [])

    async def open(self) -> None:
        """Start all of it."""
        (engine,) = self.proxy.engines
        await engine.start()
        spec = EngineSpec(
            id=EngineId("engine-0"),
            name="engine-0",
            backend=BackendKind.STATIC,
            host="127.0.0.1",
            port=engine.port,
        )
        self.proxy.pool.add(spec, health=EngineHealth.READY)
        await self.plane.open()
        await self.proxy.listener.open("127.0.0.1", 0)

    async def close(self) -> None:
        """Stop all of it."""
        for player in self.proxy.players:
            player.leave()
        await self.plane.close()
        await self.proxy.listener.close()
        await self._client.close()
        await self.proxy.engines[0].close()

    async def play(self) -> Stream:
        """Return a stream that runs and has a viewer."""
        player = await self.proxy.play()
        await self.proxy.engines[0].push(transport.broadcast(50))
        assert await player.head() == 200
        (stream,) = self.plane.streams
        return stream

    def looks(self, stream: Stream, count: int = 6) -> Diagnosis:
        """Look so often, a second apart, and return what is found."""
        now = clock.monotonic()
        for second in range(count):
            self.diagnostics.observe(now + second, clock.utc_now())
        assert stream.verdict is not None
        return stream.verdict.diagnosis


@pytest.fixture
async def wired(tmp_path: pathlib.Path) -> AsyncIterator[Wired]:
    """Return a data plane that runs."""
    made = Wired(tmp_path)
    await made.open()
    yield made
    await made.close()


async def test_what_was_refused_stays_refused_after_a_restart(
    wired: Wired, tmp_path: pathlib.Path
) -> None:
    wired.plane.blacklist.add(KEY, why="it repeats itself")
    await wired.plane.close()
    again = Wired(tmp_path)
    await again.open()

    player = await again.proxy.play()

    assert await player.head() == 422
    await again.close()


async def test_what_is_refused_is_not_played(wired: Wired) -> None:
    wired.plane.blacklist.add(KEY, why="it repeats itself")

    assert await (await wired.proxy.play()).head() == 422

    wired.plane.blacklist.clear()
    await wired.play()


async def test_the_retention_is_that_of_the_settings(wired: Wired) -> None:
    wired.plane.blacklist.add(KEY, why="it repeats itself")
    wired.plane.blacklist._utc_now = lambda: clock.utc_now().replace(year=2999)
    assert len(wired.plane.blacklist.entries()) == 1

    wired.settings = wired.settings.changed({"blacklist_minutes": 60})

    assert wired.plane.blacklist.entries() == ()


async def test_a_changed_limit_of_memory_counts_at_once(wired: Wired) -> None:
    stream = await wired.play()
    wired.settings = wired.settings.changed({"memory_mib": 32})

    wired.plane.apply_settings()

    assert stream.ring.budget.limit == 32 * MIB


async def test_the_streams_are_looked_at_while_diagnostics_run(wired: Wired) -> None:
    stream = await wired.play()
    told = asyncio.Event()
    wired.diagnostics.changed.connect(lambda _: told.set())

    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        looking = group.create_task(wired.diagnostics.run())
        await told.wait()
        looking.cancel()

    assert stream.verdict is not None
    assert stream_view(stream).diagnosis == stream.verdict.diagnosis


async def test_the_computers_state_reaches_the_verdict(wired: Wired) -> None:
    stream = await wired.play()

    wired.facts = MachineFacts(cpu=10.0, memory_free=50.0, disk_free=1000)

    assert wired.looks(stream).cause is Cause.HOST_DISK


async def test_the_vpns_state_reaches_the_verdict(wired: Wired) -> None:
    stream = await wired.play()

    wired.vpn = VpnView(state=VpnState.STOPPED)
    inside = frozenset({EngineId("engine-0")})
    wired.proxy.pool.set_vpn(VpnMembership(container="gluetun", engines=inside))

    assert wired.looks(stream).cause is Cause.VPN_DOWN


async def test_a_stream_asks_at_its_own_moment_and_not_after_its_end(wired: Wired) -> None:
    stream = await wired.play()
    stream.stat_poller._schedule = StatSchedule(1)
    now = clock.monotonic()
    stream._second(now)
    async with asyncio.timeout(10):
        while not stream.stat_poller.queries.answered or stream.stat_poller._task:
            await tasks.sleep(0.01)

    for second in (1, 2, 3):  # its share of the four seconds is 0.618: due at 3.47
        stream._second(now + second)
    question = stream.stat_poller._timer
    assert question is not None
    assert 0.3 < question.when() - asyncio.get_running_loop().time() < 0.5

    await stream.stop()
    assert question.cancelled()


async def test_a_broadcast_that_is_not_live_is_told_once(
    wired: Wired, caplog: pytest.LogCaptureFixture
) -> None:
    stream = await wired.play()
    yesterday = int(clock.utc_now().timestamp()) - 86_400
    wired.proxy.engines[0].stat = {"status": "dl", "livepos": {"live_last": str(yesterday)}}
    assert stream.supply.session is not None
    await stream.stat_poller.ask(stream.supply.session)

    with caplog.at_level(logging.WARNING, "acedesk"):
        assert wired.looks(stream, 25).cause is Cause.SOURCE_LOOPING

    (record,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert stream.key.short in record.getMessage()
