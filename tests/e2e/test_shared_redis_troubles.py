"""Whatever is wrong with Redis: no stream ends, it is said once and shown, and it comes back."""

import asyncio
import contextlib
import pathlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import pytest

from acedesk.demo.channels import channels
from acedesk.demo.engine import DemoEngine
from acedesk.signals import Signal
from tests.e2e.program import Server
from tests.e2e.reconnecting_player import ReconnectingPlayer
from tests.fakes.loop_steps import until_emitted
from tests.redis_server import RedisServer

pytestmark = [pytest.mark.timeout(180), pytest.mark.xdist_group("several-proxies")]

PASSWORD: Final = "secret"


@contextlib.asynccontextmanager
async def _password(server: RedisServer) -> AsyncIterator[None]:
    await server.ask("CONFIG", "SET", "requirepass", PASSWORD)
    await server.ask("CLIENT", "KILL", "TYPE", "normal", password=PASSWORD)
    yield
    await server.ask("CONFIG", "SET", "requirepass", "", password=PASSWORD)


@contextlib.asynccontextmanager
async def _read_only(server: RedisServer) -> AsyncIterator[None]:
    await server.ask("CONFIG", "SET", "replica-serve-stale-data", "yes")
    await server.ask("REPLICAOF", "127.0.0.1", "1")
    yield
    await server.ask("REPLICAOF", "NO", "ONE")


@contextlib.asynccontextmanager
async def _full(server: RedisServer) -> AsyncIterator[None]:
    await server.ask("CONFIG", "SET", "maxmemory", "1")
    yield
    await server.ask("CONFIG", "SET", "maxmemory", "0")


@contextlib.asynccontextmanager
async def _not_ours(server: RedisServer) -> AsyncIterator[None]:
    await server.ask("DEL", "acedesk:proxies")
    await server.ask("SET", "acedesk:proxies", "of another program")
    yield
    await server.ask("DEL", "acedesk:proxies")


@contextlib.asynccontextmanager
async def _not_allowed(server: RedisServer) -> AsyncIterator[None]:
    await server.ask("ACL", "SETUSER", "default", "-eval")
    yield
    await server.ask("ACL", "SETUSER", "default", "+eval")


@contextlib.asynccontextmanager
async def _frozen(server: RedisServer) -> AsyncIterator[None]:
    server.freeze()
    yield
    server.thaw()


@contextlib.asynccontextmanager
async def _ended(server: RedisServer) -> AsyncIterator[None]:
    await server.stop()
    yield
    await server.start()  # empty


TROUBLES: Final = (
    ("credentials", _password, "wants another user or password"),
    ("read_only", _read_only, "a copy that nothing can be written to"),
    ("full", _full, "memory of Redis is full"),
    ("not_ours", _not_ours, "Another program keeps something else"),
    ("forbidden", _not_allowed, "does not allow AceDesk what it needs"),
    ("silent", _frozen, "does not answer in time"),
    ("unreachable", _ended, "cannot be reached"),
)


async def shown(proxy: Server, holds: Callable[[dict[str, Any]], bool], what: str) -> None:
    """Wait until its snapshot says this of the sharing."""
    await asyncio.to_thread(
        proxy.wait_until, "/api/v2/snapshot", lambda seen: holds(seen["sharing"]), what, seconds=20
    )


async def test_no_trouble_of_redis_ends_a_stream(tmp_path: pathlib.Path) -> None:
    engine, server = DemoEngine(), RedisServer(tmp_path)
    await engine.start()
    await server.start()
    proxy = Server(
        *("serve", "--port", "0", "--data-dir", str(tmp_path / "data")),
        *("--engine", f"127.0.0.1:{engine.port}"),
        home=tmp_path / "home",
        environ={"ACEDESK_REDIS_URL": server.url},
    )
    changed: Signal[()] = Signal()
    players: list[ReconnectingPlayer] = []

    async def playing() -> None:
        for one in players:
            one.received = 0
        await until_emitted(
            changed, lambda: all(one.received > 50_000 for one in players), seconds=30
        )

    def play(number: int) -> None:
        content = channels()[number].id
        players.append(ReconnectingPlayer(content, proxy.base_url, pause=0.2, changed=changed.emit))

    try:
        await asyncio.to_thread(proxy.ready)
        play(0)
        await playing()
        for cause, trouble, said in TROUBLES:
            await _see(proxy, cause, trouble(server), said, playing)
        server.freeze()
        play(1)  # what begins while it hangs
        await playing()
        server.thaw()
        await shown(proxy, lambda seen: bool(seen["is_up"]), "that it is back")
        assert [one.reconnects for one in players] == [0, 0]
    finally:
        for one in players:
            await one.close()
        await asyncio.to_thread(proxy.end)
        await server.stop()
        await engine.close()


async def _see(
    proxy: Server,
    cause: str,
    trouble: contextlib.AbstractAsyncContextManager[None],
    said: str,
    playing: Callable[[], Awaitable[None]],
) -> None:
    """See one trouble come and go."""
    before = proxy.stderr.count(said)
    async with trouble:
        await shown(
            proxy,
            lambda seen: bool(seen["error"]) and said in seen["error"]["message"],
            f"the word of {cause}",
        )
        await playing()
    await shown(proxy, lambda seen: bool(seen["is_up"] and not seen["error"]), "that it is back")
    await playing()

    assert proxy.stderr.count(said) - before == 1
    events = (await asyncio.to_thread(proxy.get, "/api/v2/events"))[1]["events"]
    changes = [one for one in events if one["kind"] == "sharing_changed"]
    assert cause in [one["cause"] for one in changes]
    assert changes[-1]["data"]["up"] is True
