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

import pytest

from acedesk.demo.channels import channels
from acedesk.demo.engine import DemoEngine
from acedesk.demo.sessions import End
from acedesk.model.content import ContentId, Infohash
from acedesk.signals import Signal
from tests.e2e.program import READY, Server
from tests.e2e.reconnecting_player import ReconnectingPlayer
from tests.fakes.loop_steps import until_emitted
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


class House:
    """Everything: engines, the orchestrator, two proxies, nginx."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.engines: list[DemoEngine] = []
        self.players: list[ReconnectingPlayer] = []
        self.changed: Signal[()] = Signal()
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
            self.add_player(CONTENT_IDS[number % CONTENTS])

    def add_player(self, content: str) -> None:
        """Let one more player come."""
        changed = self.changed.emit
        self.players.append(ReconnectingPlayer(content, self.url, pause=RECONNECT, changed=changed))

    def all_play(self) -> bool:
        return all(one.received > 100_000 for one in self.players)

    async def until(self, holds: Callable[[], bool], *, seconds: float = 90.0) -> None:
        """Wait until it holds of the players."""
        try:
            await until_emitted(self.changed, holds, seconds=seconds)
        except TimeoutError:
            players = [(one.received, one.reconnects, one.status) for one in self.players]
            told = "\n".join(one.stderr[-2000:] for one in self.started)
            raise AssertionError(f"it never came; players: {players}\n{told}") from None

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


async def seen(
    server: Server, path: str, holds: Callable[[Any], bool], *, seconds: float = 90.0
) -> Any:
    """Ask again and again until the answer is as wanted; return it."""
    return await asyncio.to_thread(server.wait_until, path, holds, path, seconds=seconds)


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
            await seen(proxy, "/api/v2/snapshot", has_engines)
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
    await house.until(house.all_play)
    told = await seen(orchestrator, "/streams", lambda rows: playing(rows) == sorted(CONTENT_IDS))
    answers = [await asyncio.to_thread(proxy.get, "/streams") for proxy in (one, two)]
    shares = [set(playing(rows)) for _, rows in answers]
    victim = one if shares[0] else two
    fell = shares[0] or shares[1]

    victim.process.kill()
    cut_off = len(fell) * PLAYERS // CONTENTS
    await house.until(lambda: sum(each.reconnects > 0 for each in house.players) == cut_off)
    await house.until(house.all_play)

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
    await house.until(house.all_play)
    await seen(orchestrator, "/streams", lambda rows: len(rows) == 2)

    orchestrator.process.kill()
    for proxy in (one, two):
        await seen(proxy, "/api/v2/snapshot", lambda it: it["orchestrator"]["error"])
    house.add_player(CONTENT_IDS[2])
    await house.until(house.all_play)
    assert house.spare is not None
    assert house.spare.core.sessions.opened == 1  # our own engine stands in
    ended = house.players.pop(0)
    await ended.close()
    assert [player.reconnects for player in house.players] == [0, 0]

    again = house.start_orchestrator()
    await house.ready(again)
    for proxy in (one, two):
        await seen(
            proxy,
            "/api/v2/snapshot",
            lambda it: it["orchestrator"]["live"] and it["orchestrator"]["unsent"] == 0,
        )
    rows = await seen(
        again,
        "/streams",
        lambda rows: playing(rows) == sorted(CONTENT_IDS[1:3]),
    )

    engines = {row["key"]: row["container_id"] for row in rows}
    assert engines[CONTENT_IDS[2]] == f"127.0.0.1:{house.spare.port}"
    assert [player.reconnects for player in house.players] == [0, 0]
    assert house.asked_twice() == 0
