"""Who carries a content, by its own name and that of its infohash."""

import dataclasses
import pathlib
from collections.abc import AsyncIterator
from typing import cast

import pytest

from acedesk.engines.pool import EnginePool
from acedesk.errors import EngineUnreachable
from acedesk.model.content import Infohash, KeyKind, StreamKey
from acedesk.model.engine import BackendKind, EngineSpec
from acedesk.proxy.shared.carriers import Carriers
from acedesk.proxy.shared.proxy_entry import ProxyEntry, write_entry
from acedesk.proxy.shared.redis_store import Beat, RedisStore
from acedesk.proxy.streams.key_aliases import KeyAliases
from acedesk.proxy.streams.registry import StreamRegistry
from tests.redis_server import RedisServer
from tests.unit.proxy.shared.conftest import ENGINE

pytestmark = pytest.mark.xdist_group("redis")

HASH = Infohash("f" * 40)
ID = StreamKey(KeyKind.CONTENT_ID, "a" * 40)
INFOHASH = StreamKey(KeyKind.INFOHASH, HASH)
MAGNET = StreamKey(KeyKind.MAGNET, f"magnet:?xt=urn:btih:{HASH}")


class Registry:
    """Stands for the streams: none runs; names are known as they are there."""

    def __init__(self) -> None:
        self.aliases = KeyAliases()
        self.files = self

    @property
    def playbacks(self) -> "Registry":
        return self

    def find(self, key: StreamKey) -> None:
        del key

    def is_running(self, key: StreamKey) -> bool:
        del key
        return False


class Proxy:
    """One AceDesk."""

    def __init__(self, url: str, number: int, pool: EnginePool, dead: set[int]) -> None:
        self._dead = dead
        self.store = RedisStore(url, f"proxy-{number}")
        self.entry = ProxyEntry(id=f"proxy-{number}", host="192.0.2.1", port=number)
        self.carriers = Carriers(pool, self._check, self.entry.id, lambda: None)
        self.carriers.streams = cast("StreamRegistry", Registry())

    async def _check(self, host: str, port: int, *, timeout: float) -> float:
        if port in self._dead:
            raise EngineUnreachable(host)
        return timeout

    async def settle(self, key: StreamKey) -> int:
        """Return the port of who carries it, 0 when that is this one."""
        await self.carriers.settle(self.store, key)
        carrier = self.carriers.others.carrier(key)
        return 0 if carrier is None else carrier.port


@pytest.fixture
async def proxies(tmp_path: pathlib.Path, pool: EnginePool) -> AsyncIterator[list[Proxy]]:
    server = RedisServer(tmp_path)
    await server.start()
    dead = set[int]()
    made = [Proxy(server.url, number, pool, dead) for number in (1, 2)]
    for one in made:
        await one.store.open()
        await one.store.beat(Beat(entry=write_entry(one.entry)))
    yield made
    for one in made:
        await one.store.close(())
    await server.stop()


async def test_a_magnet_link_and_its_infohash_are_one(proxies: list[Proxy]) -> None:
    one, two = proxies

    assert await one.settle(MAGNET) == 0
    assert await two.settle(INFOHASH) == 1
    assert one.carriers.names == {MAGNET.stream_id, INFOHASH.stream_id}
    assert two.carriers.names == set()


async def test_what_others_know_of_an_id_is_learned(proxies: list[Proxy]) -> None:
    one, two = proxies
    meanings = {ID.stream_id: INFOHASH.stream_id}
    await one.store.beat(Beat(entry=write_entry(one.entry), meanings=meanings))
    assert await one.settle(INFOHASH) == 0

    assert await two.settle(ID) == 1
    assert two.carriers.names_of(ID) == (ID.stream_id, INFOHASH.stream_id)
    one.carriers.learn(ID, await one.store.meaning(ID.stream_id))
    assert one.carriers.carries(ID)


async def test_a_carrier_that_died_is_followed_and_what_it_used_is_forgotten(
    proxies: list[Proxy],
) -> None:
    one, two = proxies
    await one.settle(ID)
    one._dead.add(1)

    assert await two.settle(ID) == 0
    assert two.carriers.carries(ID)
    assert two.carriers.settling == set()


async def test_who_takes_it_from_another_does_not_carry_it(proxies: list[Proxy]) -> None:
    one, two = proxies
    await one.settle(ID)
    await two.settle(ID)

    assert one.carriers.carries(ID)
    assert not two.carriers.carries(ID)
    two.carriers.close()
    assert two.carriers.others.contents() == ()


async def test_alone_a_carrier_is_kept_while_it_lives(proxies: list[Proxy]) -> None:
    one, two = proxies
    await one.settle(ID)
    await two.settle(ID)
    await two.carriers.go_on_alone(ID)
    assert ID in two.carriers.others

    one._dead.add(1)
    await two.carriers.go_on_alone(ID)
    assert ID not in two.carriers.others


async def test_a_session_that_another_uses_on_the_same_engine_is_not_to_be_stopped(
    proxies: list[Proxy],
) -> None:
    one, two = proxies
    engine = EngineSpec(
        id=ENGINE, name="e", backend=BackendKind.STATIC, host="192.0.2.5", port=6878
    )
    there = dataclasses.replace(one.entry, loads={"192.0.2.5:6878": (INFOHASH,)})
    two.carriers.loads.update([there])

    assert two.carriers.is_used_elsewhere(engine, MAGNET)
    assert not two.carriers.is_used_elsewhere(engine, ID)
    two.carriers.loads.forget(one.entry.id)
    assert not two.carriers.is_used_elsewhere(engine, MAGNET)


async def test_a_start_may_collide_with_another_acedesk_once_in_a_while(
    proxies: list[Proxy],
) -> None:
    one, two = proxies
    assert not two.carriers.may_collide(ID), "nobody else is there"

    two.carriers.loads.update([one.entry])
    assert [two.carriers.may_collide(ID) for _ in range(2)] == [True, False]
    assert two.carriers.may_collide(INFOHASH)


async def test_what_was_given_up_is_left_alone_while_it_is_not_told_where_it_plays(
    proxies: list[Proxy],
) -> None:
    one, two = proxies
    engine = EngineSpec(
        id=ENGINE, name="e", backend=BackendKind.STATIC, host="192.0.2.5", port=6878
    )
    await one.settle(ID)
    await two.settle(ID)
    two.carriers.hand_over(ID)
    assert two.carriers.is_used_elsewhere(engine, ID)

    elsewhere = dataclasses.replace(one.entry, loads={"192.0.2.9:6878": (INFOHASH,)})
    two.carriers.loads.update([elsewhere])
    await one.settle(MAGNET)
    await two.settle(MAGNET)
    two.carriers.hand_over(MAGNET)
    assert not two.carriers.is_used_elsewhere(engine, MAGNET)
