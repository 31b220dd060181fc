"""How often the control server is asked."""

import asyncio

import pytest

from acedesk.vpn.control_cache import INTERVAL, PORT_AGE, ControlCache
from acedesk.vpn.gluetun import ControlReport, GluetunControl

URLS = ("http://127.0.0.1:8000",)


class _Server(GluetunControl):
    """Answers without a network, and counts what is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.asked_port = 0
        self.address, self.port, self.status = "185.1.2.3", 51234, "running"
        self.gate = asyncio.Event()
        self.gate.set()

    async def read(
        self, base_url: str, api_key: str, *, before: ControlReport | None = None
    ) -> ControlReport:
        self.asked.append(base_url)
        await self.gate.wait()
        answered = not base_url.endswith(":1")
        port = before.forwarded_port if before is not None else None
        same = before is not None and (before.public_ip, before.status) == (
            self.address,
            self.status,
        )
        if port is None or not same:
            self.asked_port += 1
            port = self.port or None
        return ControlReport(
            public_ip=self.address, status=self.status, forwarded_port=port, answered=answered
        )


class _Cached:
    def __init__(self) -> None:
        self.server = _Server()
        self.now = 100.0
        self.cache = ControlCache(self.server, now=lambda: self.now)

    async def read(self, state: object = "run", urls: tuple[str, ...] = URLS) -> ControlReport:
        return await self.cache.read(state, urls, "")


async def _open(gate: asyncio.Event) -> None:
    gate.set()


@pytest.fixture
def cached() -> _Cached:
    return _Cached()


async def test_whoever_asks_within_an_interval_gets_the_same_answer(cached: _Cached) -> None:
    answers = [await cached.read() for _ in range(10)]

    assert len(cached.server.asked) == 1
    assert set(answers) == {answers[0]}

    cached.now += INTERVAL
    await cached.read()
    assert len(cached.server.asked) == 2


async def test_all_who_ask_at_once_wait_for_one_answer(cached: _Cached) -> None:
    cached.server.gate.clear()
    async with asyncio.TaskGroup() as group:
        for _ in range(20):
            group.create_task(cached.read())
        group.create_task(_open(cached.server.gate))

    assert len(cached.server.asked) == 1


async def test_the_forwarded_port_is_asked_for_once_a_minute(cached: _Cached) -> None:
    until = cached.now + 2 * PORT_AGE
    while cached.now < until:
        await cached.read()
        cached.now += INTERVAL

    assert len(cached.server.asked) == 2 * PORT_AGE / INTERVAL
    assert cached.server.asked_port == 2


async def test_a_port_that_is_not_known_is_asked_for_each_time(cached: _Cached) -> None:
    cached.server.port = 0
    assert (await cached.read()).forwarded_port is None

    cached.server.port = 6000
    cached.now += INTERVAL

    assert (await cached.read()).forwarded_port == 6000


@pytest.mark.parametrize("state", ["another run", "unhealthy"])
async def test_a_change_of_the_container_drops_everything(cached: _Cached, state: str) -> None:
    await cached.read()
    cached.server.port = 6000

    assert (await cached.read(state)).forwarded_port == 6000


async def test_another_address_drops_the_port(cached: _Cached) -> None:
    await cached.read()
    cached.server.address, cached.server.port = "185.9.9.9", 6000
    cached.now += INTERVAL

    assert (await cached.read()).forwarded_port == 6000


async def test_the_next_address_is_asked_only_when_the_first_is_silent(cached: _Cached) -> None:
    await cached.read(urls=("http://127.0.0.1:1", "http://127.0.0.1:8000", "http://127.0.0.1:9"))

    assert cached.server.asked == ["http://127.0.0.1:1", "http://127.0.0.1:8000"]
