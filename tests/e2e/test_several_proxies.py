"""Two proxies behind a real nginx, one orchestrator: a proxy dies, and the orchestrator does.

The engines are simulated ones of this process, which tell when a content was asked of one twice.
"""

import asyncio
import contextlib
import dataclasses
import pathlib
import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import aiohttp
import pytest

from acedesk import tasks
from acedesk.demo.channels import channels
from acedesk.demo.engine import DemoEngine
from acedesk.demo.sessions import End
from acedesk.model.content import ContentId, Infohash
from tests.e2e.program import READY, Server
from tests.needs import need_program

# Seven programs on two busy cores.
pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("several-proxies")]

TOP = pathlib.Path(__file__).parents[2]
NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    {servers}
}}
"""
PLAYERS, CONTENTS, ENGINES = 20, 4, 3
CHANNELS = tuple(
    dataclasses.replace(
        channels()[number % 2],
        id=ContentId(f"{number + 1:040x}"),
        infohash=Infohash(f"{number + 0xF01:040x}"),
    )
    for number in range(CONTENTS)
)
CONTENT_IDS = [one.id for one in CHANNELS]
START_SECONDS = 120
# A player that comes back waits about so long; what it asks then must play.
RECONNECT = 0.5


class Player:
    """Plays one content for ever; comes back when its response ends.

    Attributes:
        received: Bytes since it was last connected anew.
        reconnects: How often it came back.
        status: Of the last answer, 0 before.
    """

    def __init__(self, base_url: str, content: str) -> None:
        self.received = 0
        self.reconnects = self.status = 0
        self._url = f"{base_url}/ace/getstream?id={content}"
        self._task = tasks.spawn(self._run(), name=f"player of {content[-4:]}")

    async def _run(self) -> None:
        async with aiohttp.ClientSession() as http:
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with http.get(self._url) as answer:
                        self.status = answer.status
                        if answer.status == 200:
                            async for data in answer.content.iter_any():
                                self.received += len(data)
                self.received = 0
                self.reconnects += 1
                await tasks.sleep(RECONNECT)

    async def close(self) -> None:
        await tasks.cancel(self._task)


class House:
    """Everything: engines, the orchestrator, two proxies, nginx."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.engines: list[DemoEngine] = []
        self.players: list[Player] = []
        self.started: list[Server] = []
        self.spare: DemoEngine | None = None
        self.nginx: subprocess.Popen[bytes] | None = None
        self.ports = list(free_ports(4))

    async def engine(self) -> DemoEngine:
        made = DemoEngine(CHANNELS)
        await made.start()
        return made

    def serve(self, name: str, port: int, *options: str) -> Server:
        """Start one AceDesk with a data folder of its name."""
        data = str(self.folder / name)
        server = Server(
            *("serve", "--port", str(port), "--data-dir", data, *options),
            home=self.folder / "home",
            environ={"ACEDESK_GRACE": "2"},  # a stream that nobody watches ends soon
        )
        self.started.append(server)
        return server

    def start_orchestrator(self) -> Server:
        addresses = [f"127.0.0.1:{one.port}" for one in self.engines]
        options = [word for one in addresses for word in ("--engine", one)]
        return self.serve("orchestrator", self.ports[0], *options)

    def start_proxy(self, name: str, port: int) -> Server:
        assert self.spare is not None
        orchestrator = f"http://127.0.0.1:{self.ports[0]}"
        fallback = f"127.0.0.1:{self.spare.port}"
        return self.serve(name, port, "--orchestrator", orchestrator, "--engine", fallback)

    async def ready(self, server: Server) -> None:
        """Wait until it listens."""
        line = await asyncio.to_thread(server.read_line, START_SECONDS)
        server.base_url = line.removeprefix(READY)

    def start_nginx(self) -> None:
        text = (TOP / "resources" / "nginx" / "several-proxies.conf").read_text("utf-8")
        for before, port in ((8080, 3), (8081, 1), (8082, 2)):
            text = text.replace(f":{before}", f":{self.ports[port]}")
            text = text.replace(f"listen {before}", f"listen 127.0.0.1:{self.ports[port]}")
        folder = self.folder / "nginx"
        folder.mkdir()
        configuration = folder / "nginx.conf"
        configuration.write_text(NGINX.format(folder=folder, servers=text))
        program = need_program("nginx")
        self.nginx = subprocess.Popen([program, "-p", folder, "-c", configuration], env={})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports[3]}"

    def play(self, count: int = PLAYERS) -> None:
        """Let so many players come, on all contents in turn."""
        for number in range(count):
            self.players.append(Player(self.url, CONTENT_IDS[number % CONTENTS]))

    def all_play(self) -> bool:
        return all(one.received > 100_000 for one in self.players)

    def asked_twice(self) -> int:
        """Return how often a content was asked of an engine that played it already."""
        engines = [*self.engines, *([self.spare] if self.spare is not None else [])]
        return sum(one.core.sessions.ends[End.SUPERSEDED] for one in engines)

    async def close(self) -> None:
        for player in self.players:
            await player.close()
        if self.nginx is not None:
            self.nginx.terminate()
            await asyncio.to_thread(self.nginx.wait)
        for server in self.started:
            await asyncio.to_thread(server.end)
        for engine in [*self.engines, *([self.spare] if self.spare is not None else [])]:
            await engine.close()


def free_ports(count: int) -> Iterator[int]:
    """Yield ports that are free now."""
    with contextlib.ExitStack() as held:
        taken = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        yield from (one.getsockname()[1] for one in taken)


async def ask(url: str, path: str) -> Any:
    """Return the JSON of one answer, None while nothing answers."""
    with contextlib.suppress(aiohttp.ClientError):
        async with aiohttp.ClientSession() as http, http.get(url + path) as answer:
            return await answer.json()
    return None


async def seen(url: str, path: str, holds: Callable[[Any], bool], *, seconds: float = 90.0) -> Any:
    """Ask again and again until the answer is as wanted; return it."""
    found: Any = None
    try:
        async with asyncio.timeout(seconds):
            while (found := await ask(url, path)) is None or not holds(found):
                await tasks.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"{path} never was as wanted; last: {found!r:.3000}") from None
    return found


async def until(holds: Callable[[], bool], house: House, *, seconds: float = 90.0) -> None:
    """Look again and again until it holds: there is no event in other programs."""
    try:
        async with asyncio.timeout(seconds):
            while not holds():
                await tasks.sleep(0.1)
    except TimeoutError:
        players = [(one.received, one.reconnects, one.status) for one in house.players]
        told = "\n".join(one.stderr[-2000:] for one in house.started)
        raise AssertionError(f"it never came; players: {players}\n{told}") from None


@pytest.fixture
async def house(tmp_path: pathlib.Path) -> AsyncIterator[House]:
    """Return all of it, running, its engines ready in both proxies."""
    made = House(tmp_path)
    try:
        made.engines = [await made.engine() for _ in range(ENGINES)]
        made.spare = await made.engine()
        made.start_orchestrator()
        proxies = [made.start_proxy(name, made.ports[n]) for n, name in ((1, "one"), (2, "two"))]
        made.start_nginx()
        for server in made.started:
            await made.ready(server)
        for proxy in proxies:
            await seen(proxy.base_url, "/api/v2/snapshot", has_engines)
        yield made
    finally:
        await made.close()


def has_engines(snapshot: Any) -> bool:
    ready = [one for one in snapshot["engines"] if one["health"] == "ready"]
    return len(ready) == ENGINES + 1 and bool(snapshot["orchestrator"]["live"])


def playing(streams: Any) -> list[str]:
    return sorted(row["key"] for row in streams)


async def test_a_proxy_dies_under_twenty_players_and_all_play_again(house: House) -> None:
    orchestrator, one, two = house.started
    house.play()
    await until(house.all_play, house)
    told = await seen(
        orchestrator.base_url, "/streams", lambda rows: playing(rows) == sorted(CONTENT_IDS)
    )
    shares = [{row["key"] for row in await ask(proxy.base_url, "/streams")} for proxy in (one, two)]
    victim = one if shares[0] else two
    fell = shares[0] or shares[1]

    victim.process.kill()
    await until(
        lambda: (
            sum(player.reconnects > 0 for player in house.players)
            == len(fell) * PLAYERS // CONTENTS
        ),
        house,
    )
    await until(house.all_play, house)

    assert shares[0] | shares[1] == set(CONTENT_IDS)
    assert not shares[0] & shares[1]  # a content is always at the same proxy
    assert len(told) == CONTENTS
    assert max(player.reconnects for player in house.players) <= 2
    assert house.asked_twice() == 0
    assert house.spare is not None
    assert house.spare.core.sessions.opened == 0  # the orchestrator's engines were enough


async def test_the_orchestrator_dies_and_hears_what_happened_when_it_is_back(
    house: House,
) -> None:
    orchestrator, one, two = house.started
    house.play(2)
    await until(house.all_play, house)
    await seen(orchestrator.base_url, "/streams", lambda rows: len(rows) == 2)

    orchestrator.process.kill()
    for proxy in (one, two):
        await seen(proxy.base_url, "/api/v2/snapshot", lambda it: it["orchestrator"]["error"])
    house.players.append(Player(house.url, CONTENT_IDS[2]))
    await until(house.all_play, house)
    assert house.spare is not None
    assert house.spare.core.sessions.opened == 1  # our own engine stands in
    ended = house.players.pop(0)
    await ended.close()
    assert [player.reconnects for player in house.players] == [0, 0]

    again = house.start_orchestrator()
    await house.ready(again)
    for proxy in (one, two):
        await seen(
            proxy.base_url,
            "/api/v2/snapshot",
            lambda it: it["orchestrator"]["live"] and it["orchestrator"]["unsent"] == 0,
        )
    rows = await seen(
        again.base_url,
        "/streams",
        lambda rows: playing(rows) == sorted(CONTENT_IDS[1:3]),
    )

    engines = {row["key"]: row["container_id"] for row in rows}
    assert engines[CONTENT_IDS[2]] == f"127.0.0.1:{house.spare.port}"
    assert [player.reconnects for player in house.players] == [0, 0]
    assert house.asked_twice() == 0
