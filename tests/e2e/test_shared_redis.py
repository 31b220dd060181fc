"""Several AceDesks over a real Redis: one session for a content, a dead carrier, Redis gone.

The engine is a simulated one of this process, which counts the sessions that are opened on it.
"""

import asyncio
import pathlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest

from acedesk.demo.channels import channels
from acedesk.demo.engine import DemoEngine
from acedesk.demo.sessions import End
from acedesk.signals import Signal
from tests.e2e.program import Server, get_text, run, wait_until
from tests.e2e.reconnecting_player import ReconnectingPlayer
from tests.fakes.file_engine import FileEngine
from tests.fakes.loop_steps import until_emitted
from tests.redis_server import RedisServer

pytestmark = [pytest.mark.timeout(180), pytest.mark.xdist_group("several-proxies")]

CONTENTS = [one.id for one in channels()][:2]
INFOHASH = channels()[0].infohash
PLAYERS = 20
RECONNECT = 0.2


class House:
    """A Redis, an engine, and AceDesks that share both."""

    def __init__(
        self, folder: pathlib.Path, *, engine_port: int = 0, redis: RedisServer | None = None
    ) -> None:
        self.folder = folder
        self.engine = DemoEngine()
        self._engine_port = engine_port
        self.redis = redis or RedisServer(folder)
        self.proxies: list[Server] = []
        self.players: list[ReconnectingPlayer] = []
        self.changed: Signal[()] = Signal()

    async def serve(self, name: str, *options: str) -> Server:
        arguments = ("serve", "--port", "0", "--data-dir", str(self.folder / name))
        server = Server(
            *(
                *arguments,
                "--engine",
                f"127.0.0.1:{self._engine_port or self.engine.port}",
                *options,
            ),
            home=self.folder / "home",
            environ={"ACEDESK_REDIS_URL": self.redis.url},
        )
        self.proxies.append(server)
        await asyncio.to_thread(server.ready)
        return server

    def play(self, content: str, *proxies: Server) -> ReconnectingPlayer:
        addresses = [one.base_url for one in proxies]
        player = ReconnectingPlayer(content, *addresses, pause=RECONNECT, changed=self.changed.emit)
        self.players.append(player)
        return player

    def all_play(self) -> bool:
        return all(one.received > 100_000 for one in self.players)

    async def playing(self, seconds: float = 40.0) -> None:
        """Wait until every player gets something from now on."""
        for player in self.players:
            player.received = 0
        await self.until(self.all_play, seconds=seconds)

    async def until(self, holds: Callable[[], bool], *, seconds: float = 40.0) -> None:
        """Wait until it holds of the players."""
        try:
            await until_emitted(self.changed, holds, seconds=seconds)
        except TimeoutError:
            players = [(one.received, one.reconnects, one.status) for one in self.players]
            told = "\n".join(one.stderr[-3000:] for one in self.proxies)
            raise AssertionError(f"it never came; players: {players}\n{told}") from None

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
        await self.redis.stop()
        await self.engine.close()


def shares(events: Any) -> list[bool]:
    """Return what its events tell: it shares from now on, or not."""
    return [one["data"]["up"] for one in events["events"] if one["kind"] == "sharing_changed"]


async def told(proxy: Server, wanted: list[bool]) -> None:
    """Wait until its events tell this."""
    await asyncio.to_thread(
        proxy.wait_until,
        "/api/v2/events",
        lambda events: shares(events) == wanted,
        "the word that it shares, or not",
        seconds=20,
    )


@pytest.fixture
async def house(tmp_path: pathlib.Path) -> AsyncIterator[House]:
    made = House(tmp_path)
    try:
        await made.engine.start()
        await made.redis.start()
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
    await house.until(
        lambda: sum(bool(each.reconnects) for each in house.players) == PLAYERS // 2 + 1
    )
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

    await house.redis.stop()
    for proxy in (one, two):
        await told(proxy, [True, False])
    house.play(CONTENTS[1], two)
    await house.playing(seconds=10)
    assert house.opened == 2

    await house.redis.start()
    for proxy in (one, two):
        await told(proxy, [True, False, True])
    house.play(CONTENTS[1], one)  # taken from the one that began it alone
    await house.playing()

    assert house.opened == 2
    assert [each.reconnects for each in house.players] == [0, 0, 0, 0]


def living(house: House) -> int:
    """Return how many sessions are open on the engine."""
    return len(list(house.engine.core.sessions))


async def test_an_id_its_infohash_and_a_magnet_link_are_one_content(house: House) -> None:
    one, two = house.proxies
    three = await house.serve("three")
    house.play(CONTENTS[0], one)
    await house.playing()
    house.play(f"infohash={INFOHASH}", two)
    house.play(f"magnet=magnet:?xt=urn:btih:{INFOHASH}", three)
    await house.playing()

    assert house.opened == 1
    seen = (await asyncio.to_thread(two.get, "/api/v2/snapshot"))[1]
    assert seen["streams"][0]["carried_by"].endswith(one.base_url.rpartition(":")[2])


async def test_an_id_finds_what_another_plays_under_its_infohash(house: House) -> None:
    one, two = house.proxies
    house.play(CONTENTS[0], one)  # so it is known what the id means
    await house.playing()
    await house.players.pop().close()
    house.play(f"infohash={INFOHASH}", one)
    await house.playing()
    before = house.opened
    house.play(CONTENTS[0], two)
    await house.playing()

    assert house.opened == before


async def test_two_names_begun_at_once_become_one_and_nobody_is_cut_off(house: House) -> None:
    one, two = house.proxies
    house.play(CONTENTS[0], one)
    house.play(f"infohash={INFOHASH}", two)
    await house.playing()
    await asyncio.to_thread(
        wait_until,
        lambda: [proxy.get("/api/v2/snapshot")[1]["streams"] for proxy in (one, two)],
        lambda seen: sum(bool(one["carried_by"]) for streams in seen for one in streams) == 1,
        "that one takes it from the other",
    )
    await house.playing()

    assert living(house) == 1
    told = "\n".join(proxy.stderr for proxy in house.proxies)
    assert [each.reconnects for each in house.players] == [0, 0], told


async def test_the_others_and_what_happens_there_are_shown(house: House) -> None:
    one, two = house.proxies
    house.play(CONTENTS[0], one)
    await house.playing()
    port = one.base_url.rpartition(":")[2]

    await asyncio.to_thread(
        two.wait_until,
        "/api/v2/events",
        lambda told: any(
            event["kind"] == "stream_began" and event["data"].get("proxy", "").endswith(f":{port}")
            for event in told["events"]
        ),
        "the beginning at the other one",
    )
    told = (await asyncio.to_thread(one.get, "/api/v2/events"))[1]["events"]
    assert [event["kind"] for event in told].count("stream_began") == 1
    await asyncio.to_thread(
        two.wait_until,
        "/api/v2/snapshot",
        lambda seen: [other["streams"] for other in seen["sharing"]["others"]] == [1],
        "the other one with its stream",
    )
    folder = str(house.folder / "two")
    status = await asyncio.to_thread(
        lambda: run("status", "--data-dir", folder, home=house.folder / "home")
    )
    assert f":{port} (1 stream, 1 viewer)" in status.stdout
    metrics = await asyncio.to_thread(get_text, two.base_url, "/metrics")
    assert "acedesk_redis_up 1.0" in metrics
    assert "acedesk_other_proxies 1.0" in metrics


async def test_a_file_is_carried_by_one_and_goes_on_when_that_dies(tmp_path: pathlib.Path) -> None:
    engine, redis = FileEngine(), RedisServer(tmp_path)
    engine.files = {0: bytes(range(256)) * 40_000}
    await engine.start()
    await redis.start()
    house = House(tmp_path, engine_port=engine.port, redis=redis)
    try:
        one, two = await house.serve("one"), await house.serve("two")
        async with aiohttp.ClientSession() as http:
            asked = f"/ace/getstream?id={CONTENTS[0]}"
            first = await http.get(one.base_url + asked)
            begin = await first.content.readexactly(1_000_000)
            second = await http.get(two.base_url + asked, headers={"Range": "bytes=0-"})
            assert await second.content.readexactly(1_000_000) == begin
            seen = (await asyncio.to_thread(two.get, "/api/v2/snapshot"))[1]["streams"]
            assert [bool(stream["carried_by"]) for stream in seen] == [True]

            one.process.kill()
            rest = await second.content.read()
            first.close()
            second.close()
        assert begin + rest == engine.files[0]
    finally:
        await house.close()
        await engine.close()
