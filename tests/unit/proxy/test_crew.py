"""Which engine is asked when one failed, and how soon."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import pytest

from acedesk import clock, tasks
from acedesk.engines.client import EngineClient
from acedesk.engines.pool import EnginePool
from acedesk.errors import EngineError
from acedesk.formats.getstream import parse_query
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, EngineSpec, VpnMembership
from acedesk.proxy.crew import Crew
from acedesk.proxy.lane import Lane, LaneLimits
from acedesk.proxy.sessions import Sessions
from acedesk.rules.failover import Span
from acedesk.settings import Settings


class Bench:
    """A crew of engines that are all away.

    Attributes:
        now: The crew's clock; it stands still unless moved.
    """

    def __init__(self, client: EngineClient, port: int) -> None:
        self.pool = EnginePool(Settings)
        self.now = 1000.0
        self._failed: asyncio.Queue[tuple[Lane, EngineError]] = asyncio.Queue()
        self._port = port
        self.crew = Crew(
            parse_query([("id", "a" * 40)]),
            self.pool,
            Sessions(client, lambda: 0),
            on_change=lambda _: None,
            on_failure=lambda lane, error: self._failed.put_nowait((lane, error)),
        )

    def add(self, name: str, *, forwarded: bool = False) -> None:
        """Add an engine; one with the forwarded port is preferred as long as it is not avoided."""
        spec = EngineSpec(
            id=EngineId(name),
            name=name,
            backend=BackendKind.STATIC,
            host="127.0.0.1",
            port=self._port,
        )
        self.pool.add(spec, health=EngineHealth.READY)
        if forwarded:
            only = frozenset({spec.id})
            self.pool.set_vpn(VpnMembership(container="gluetun", engines=only, forwarded=only))

    def hire(self) -> Lane:
        """Hire one."""
        limits = LaneLimits(
            accept=5.0,
            start=5.0,
            media_at=clock.monotonic() + 5.0,
            warm_up=1.0,
            stall=6.0,
            replaces=True,
        )
        lane = self.crew.hire(limits, self.now)
        assert lane is not None
        return lane

    async def fail(
        self, *, spare: bool = False, settled: bool = False, in_line: Span | None = None
    ) -> tuple[str, float]:
        """Hire one and let it fail; return its name, and how long the next is waited for."""
        lane = self.hire()
        async with asyncio.timeout(10):
            failed, error = await self._failed.get()
        assert failed is lane
        lane.in_line = in_line
        self.crew.lose(lane, error, self.now, spare=spare, settled=settled)
        return lane.engine.name, self.crew.retry_at - self.now


@pytest.fixture
def nobody() -> Iterator[int]:
    """Return a port where nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield int(sock.getsockname()[1])


@pytest.fixture
async def bench(nobody: int) -> AsyncIterator[Bench]:
    """Return a crew without engines."""
    client = EngineClient()
    made = Bench(client, nobody)
    yield made
    await made.crew.close()
    await client.close()


async def test_the_engine_that_failed_is_not_asked_as_long_as_there_are_others(
    bench: Bench,
) -> None:
    bench.add("best", forwarded=True)
    bench.add("second")
    bench.add("third")

    asked = [(await bench.fail())[0] for _ in range(3)]

    assert asked == ["best", "second", "third"]


async def test_an_engine_that_did_not_fail_yet_is_asked_at_once(bench: Bench) -> None:
    bench.add("one")
    bench.add("two")
    bench.add("three")

    assert [(await bench.fail())[1] for _ in range(2)] == [0.0, 0.0]


async def test_when_all_failed_the_best_is_asked_again(bench: Bench) -> None:
    bench.add("best", forwarded=True)
    bench.add("second")

    asked = [(await bench.fail())[0] for _ in range(4)]

    assert asked == ["best", "second", "best", "second"]


async def test_engines_that_failed_before_are_asked_less_and_less_often(bench: Bench) -> None:
    bench.add("only")

    delays = [(await bench.fail())[1] for _ in range(8)]

    assert delays == [0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0]


async def test_after_a_settled_picture_the_only_engine_is_asked_at_once(bench: Bench) -> None:
    bench.add("only")
    for _ in range(5):
        await bench.fail()

    assert await bench.fail(settled=True) == ("only", 0.0)


async def test_a_second_engine_is_looked_for_without_hurry(bench: Bench) -> None:
    bench.add("only")

    delays = [(await bench.fail(spare=True))[1] for _ in range(6)]

    assert delays == [0.0, 5.0, 10.0, 20.0, 40.0, 60.0]


async def test_time_in_line_counts_once_when_two_engines_were_waited_for(bench: Bench) -> None:
    for name in "abc":
        bench.add(name)
    for span in ((10.0, 13.0), (11.0, 14.0), (20.0, 21.0)):
        await bench.fail(in_line=span)

    assert bench.crew.waited == 5.0


async def test_all_are_let_go_of_even_when_the_closing_is_cancelled_at_once() -> None:
    loop, client = asyncio.get_running_loop(), EngineClient()
    with contextlib.ExitStack() as sockets:
        mute = sockets.enter_context(socket.create_server(("127.0.0.1", 0)))
        bench = Bench(client, mute.getsockname()[1])
        bench.add("one")
        bench.add("two")
        playing = [bench.hire()._task, bench.hire()._task]
        for _ in playing:  # both wait for an answer
            asking, _address = await loop.run_in_executor(None, mute.accept)
            sockets.enter_context(asking)

        closing = tasks.spawn(bench.crew.close(), name="close")
        loop.call_soon(closing.cancel)  # right after its first step
        await asyncio.wait({closing})

        done, _ = await asyncio.wait(playing, timeout=2)
        await tasks.cancel(*playing)
    await client.close()
    assert done == set(playing)
