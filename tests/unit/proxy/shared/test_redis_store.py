"""Who carries a content is decided in a real Redis; one that is gone costs a moment only."""

import asyncio
import pathlib
import sys
from collections.abc import AsyncIterator

import pytest

from acedesk import clock
from acedesk.proxy.shared.redis_store import INSTALL, RedisStore, StoreAway
from tests.redis_server import RedisServer

pytestmark = pytest.mark.xdist_group("redis")


@pytest.fixture
async def url(tmp_path: pathlib.Path) -> AsyncIterator[str]:
    """Return the address of a Redis that ends with the test."""
    server = RedisServer(tmp_path)
    await server.start()
    yield server.url
    await server.stop()


async def test_of_many_who_ask_at_once_one_carries_the_content(url: str) -> None:
    stores = [RedisStore(url, f"proxy-{number}") for number in range(8)]
    for store in stores:
        await store.beat(f"entry of {id(store)}", (), ())

    found = await asyncio.gather(*(store.claim("content") for store in stores))

    assert len({one.id for one in found}) == 1
    assert sum(not one.entry for one in found) == 1  # the carrier itself
    for store in stores:
        await store.close(())


async def test_a_carrier_that_was_found_dead_loses_the_content_to_one(url: str) -> None:
    dead, one, two = (RedisStore(url, name) for name in ("dead", "one", "two"))
    for store, entry in ((dead, "d"), (one, "1"), (two, "2")):
        await store.beat(entry, (), ())
    await dead.claim("content")

    assert (await one.claim("content")).entry == "d"
    assert (await one.claim("content", "dead")).id == "one"
    second = await two.claim("content", "dead")
    assert (second.id, second.entry) == ("one", "1")
    assert await two.beat("2", (), ()) == ("1",)
    for store in (dead, one, two):
        await store.close(())


async def test_what_is_carried_is_renewed_and_what_ended_is_free(url: str) -> None:
    one, two = RedisStore(url, "one"), RedisStore(url, "two")
    await one.beat("1", ("first", "second"), ())
    await two.beat("2", ("first",), ("second",))  # neither takes nor frees what another has

    assert (await two.claim("first")).id == "one"
    assert (await two.claim("second")).id == "one"
    await one.beat("1", ("first",), ("second",))
    assert (await two.claim("second")).id == "two"
    await one.close(("first",))
    assert (await two.claim("first")).id == "two"
    assert await two.beat("2", (), ()) == ()
    await two.close(())


async def test_a_redis_that_is_not_there_is_told_without_its_password() -> None:
    store = RedisStore("redis://user:geheim@127.0.0.1:1/0", "one")
    with pytest.raises(StoreAway) as told:
        await store.claim("content")

    assert "geheim" not in str(told.value) + told.value.detail
    assert await store.local_host() == "127.0.0.1"
    await store.close(())


async def test_a_redis_that_is_silent_is_not_waited_for() -> None:
    gone = asyncio.Event()

    async def be_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()  # until the other end hangs up
        writer.close()
        gone.set()

    server = await asyncio.start_server(be_silent, "127.0.0.1", 0)
    store = RedisStore(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}", "one")
    began = clock.monotonic()
    with pytest.raises(StoreAway):
        await store.claim("content")

    assert clock.monotonic() - began < 5.0  # 0.3 s on an idle machine
    await store.close(())
    await gone.wait()
    server.close()


def test_without_the_library_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis.asyncio", None)
    with pytest.raises(StoreAway) as told:
        RedisStore("redis://127.0.0.1", "one")

    assert told.value.detail == INSTALL
