"""Several AceDesks over a real Redis: one session for a content, a dead carrier, Redis gone.

The engine is a simulated one of this process, which counts the sessions that are opened on it.
"""

import asyncio
import contextlib
import pathlib
import subprocess
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest

from acedesk import tasks
from acedesk.demo.channels import channels
from acedesk.demo.engine import DemoEngine
from acedesk.demo.sessions import End
from tests.e2e.program import Server
from tests.needs import need_program

pytestmark = [pytest.mark.timeout(180), pytest.mark.xdist_group("several-proxies")]

CONTENTS = [one.id for one in channels()][:2]
PLAYERS = 20
RECONNECT = 0.2


class Player:
    """Plays one content for ever; when its response ends it asks the next address.

    Attributes:
        received: Bytes since it was connected anew.
        reconnects: How often that was.
    """

    def __init__(self, content: str, *addresses: str) -> None:
        self.received = self.reconnects = self.status = 0
        self._addresses = [f"{one}/ace/getstream?id={content}" for one in addresses]
        self._task = tasks.spawn(self._run(), name=f"player of {content[-4:]}")

    async def _run(self) -> None:
        async with aiohttp.ClientSession() as http:
            while True:
                url = self._addresses[self.reconnects % len(self._addresses)]
                with contextlib.suppress(aiohttp.ClientError):
                    async with http.get(url) as answer:
                        self.status = answer.status
                        async for data in answer.content.iter_any():
                            self.received += len(data) if answer.status == 200 else 0
                self.received = 0
                self.reconnects += 1
                await tasks.sleep(RECONNECT)

    async def close(self) -> None:
        await tasks.cancel(self._task)


class House:
    """A Redis, an engine, and AceDesks that share both."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.socket = folder / "redis.sock"
        self.engine = DemoEngine()
        self.redis: subprocess.Popen[bytes] | None = None
        self.proxies: list[Server] = []
        self.players: list[Player] = []

    async def start_redis(self) -> None:
        program = need_program("redis-server")
        options = (
            "--port",
            "0",
            "--unixsocket",
            str(self.socket),
            "--save",
            "",
            "--dir",
            str(self.folder),
        )
        self.redis = await asyncio.to_thread(
            subprocess.Popen, [program, *options], stdout=subprocess.DEVNULL, env={}
        )
        await until(self.socket.is_socket)

    async def stop_redis(self) -> None:
        if self.redis is not None:
            self.redis.terminate()
            await asyncio.to_thread(self.redis.wait)
            self.redis = None

    async def serve(self, name: str, *options: str) -> Server:
        arguments = ("serve", "--port", "0", "--data-dir", str(self.folder / name))
        server = Server(
            *(*arguments, "--engine", f"127.0.0.1:{self.engine.port}", *options),
            home=self.folder / "home",
            environ={"ACEDESK_REDIS_URL": f"unix://{self.socket}"},
        )
        self.proxies.append(server)
        await asyncio.to_thread(server.ready)
        return server

    def play(self, content: str, *proxies: Server) -> Player:
        player = Player(content, *(one.base_url for one in proxies))
        self.players.append(player)
        return player

    def all_play(self) -> bool:
        return all(one.received > 100_000 for one in self.players)

    async def playing(self, seconds: float = 40.0) -> None:
        """Wait until every player gets something from now on."""
        for player in self.players:
            player.received = 0
        await until(self.all_play, self.told, seconds=seconds)

    def told(self) -> str:
        players = [(one.received, one.reconnects, one.status) for one in self.players]
        return "\n".join([str(players), *(one.stderr[-3000:] for one in self.proxies)])

    @property
    def opened(self) -> int:
        """Return how many sessions were opened on the engine so far."""
        return self.engine.core.sessions.opened

    @property
    def asked_twice(self) -> int:
        return self.engine.core.sessions.ends[End.SUPERSEDED]

    async def close(self) -> None:
        for player in self.players:
            await player.close()
        for proxy in self.proxies:
            await asyncio.to_thread(proxy.end)
        await self.stop_redis()
        await self.engine.close()


async def until(
    holds: Callable[[], bool], told: Callable[[], str] = str, *, seconds: float = 40.0
) -> None:
    """Look again and again until it holds: there is no event in other programs."""
    try:
        async with asyncio.timeout(seconds):
            while not holds():
                await tasks.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"it never came: {told()}") from None


async def ask(proxy: Server, path: str) -> Any:
    async with aiohttp.ClientSession() as http, http.get(proxy.base_url + path) as answer:
        return await answer.json()


async def shares(proxy: Server) -> list[bool]:
    """Return what its events tell: it shares from now on, or not."""
    events = (await ask(proxy, "/api/v2/events"))["events"]
    return [one["data"]["up"] for one in events if one["kind"] == "sharing_changed"]


async def told(proxy: Server, wanted: list[bool]) -> None:
    """Wait until its events tell this."""
    found: list[bool] = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(20):
            while (found := await shares(proxy)) != wanted:
                await tasks.sleep(0.1)
    assert found == wanted, proxy.stderr[-3000:]


@pytest.fixture
async def house(tmp_path: pathlib.Path) -> AsyncIterator[House]:
    made = House(tmp_path)
    try:
        await made.engine.start()
        await made.start_redis()
        await made.serve("one")
        await made.serve("two")
        yield made
    finally:
        await made.close()


async def test_a_content_is_once_on_the_engine_and_goes_on_when_its_carrier_dies(
    house: House,
) -> None:
    one, two = house.proxies
    house.play(CONTENTS[0], one, two)
    await house.playing()
    for number in range(1, PLAYERS):
        house.play(CONTENTS[0], *((one, two) if number % 2 else (two, one)))
    await house.playing()
    assert house.opened == 1

    one.process.kill()
    await until(lambda: sum(bool(each.reconnects) for each in house.players) == PLAYERS // 2 + 1)
    await house.playing()

    assert house.opened == 2  # the one that died could not stop its session
    stayed = [each.reconnects for each in house.players[2::2]]
    assert set(stayed) == {0}  # those of the other one saw a change of engine, and no end


async def test_both_asked_at_once_open_one_session(house: House) -> None:
    one, two = house.proxies
    for content in CONTENTS:
        house.play(content, one)
        house.play(content, two)
    await house.playing()

    assert house.opened == len(CONTENTS)
    assert house.asked_twice == 0


async def test_without_redis_each_goes_on_alone_and_joins_again(house: House) -> None:
    one, two = house.proxies
    house.play(CONTENTS[0], one)
    await house.playing()
    house.play(CONTENTS[0], two)
    await house.playing()

    await house.stop_redis()
    for proxy in (one, two):
        await told(proxy, [True, False])
    house.play(CONTENTS[1], two)
    await house.playing(seconds=10)
    assert house.opened == 2

    await house.start_redis()
    for proxy in (one, two):
        await told(proxy, [True, False, True])
    house.play(CONTENTS[1], one)  # taken from the one that began it alone
    await house.playing()

    assert house.opened == 2
    assert [each.reconnects for each in house.players] == [0, 0, 0, 0]
