"""Who carries a content is decided in a real Redis; one that is gone costs a moment only."""

import asyncio
import pathlib
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest

from acedesk import clock
from acedesk.model.sharing.trouble import SharingTrouble, SharingUnavailable
from acedesk.proxy.shared.redis_store import Beat, RedisStore
from tests.redis_server import RedisServer

pytestmark = pytest.mark.xdist_group("redis")

MEANT = "infohash:" + "f" * 40


@pytest.fixture
async def server(tmp_path: pathlib.Path) -> AsyncIterator[RedisServer]:
    """Return a Redis that ends with the test."""
    made = RedisServer(tmp_path)
    await made.start()
    yield made
    await made.stop()


class Stores:
    """Those of several AceDesks on one Redis; closed with the test."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.all: list[RedisStore] = []

    async def open(self, *names: str) -> list[RedisStore]:
        """Open one for each, and tell its entry, which is its name in capitals."""
        made = []
        for name in names:
            store = RedisStore(self.url, name)
            await store.open()
            await store.beat(Beat(entry=name.upper()))
            made.append(store)
        self.all += made
        return made


@pytest.fixture
async def stores(server: RedisServer) -> AsyncIterator[Stores]:
    made = Stores(server.url)
    yield made
    for store in made.all:
        await store.close(())


async def test_of_many_who_ask_at_once_one_carries_the_content(stores: Stores) -> None:
    made = await stores.open(*(f"proxy-{number}" for number in range(8)))

    found = await asyncio.gather(*(store.claim("content") for store in made))

    assert len({one.id for one in found}) == 1
    assert sum(not one.entry for one in found) == 1  # the carrier itself


async def test_a_carrier_that_was_found_dead_loses_the_content_to_one(stores: Stores) -> None:
    dead, one, two = await stores.open("dead", "one", "two")
    await dead.claim("content")

    assert (await one.claim("content")).entry == "DEAD"
    assert (await one.claim("content", dead="dead")).id == "one"
    second = await two.claim("content", dead="dead")
    assert (second.id, second.entry) == ("one", "ONE")
    assert (await two.beat(Beat(entry="TWO"))).others == ("ONE",)


async def test_what_is_carried_is_renewed_and_what_ended_is_free(stores: Stores) -> None:
    one, two = await stores.open("one", "two")
    await one.beat(Beat(entry="ONE", carried={"first": "first", "second": "second"}))
    # It neither takes nor frees what another has, and is told of it.
    answer = await two.beat(Beat(entry="TWO", carried={"first": "first"}, freed=("second",)))

    assert answer.lost == ("first",)
    assert (await two.claim("first")).id == "one"
    assert (await two.claim("second")).id == "one"
    await one.beat(Beat(entry="ONE", carried={"first": "first"}, freed=("second",)))
    assert (await two.claim("second")).id == "two"
    await one.close(("first",))
    assert (await two.claim("first")).id == "two"
    assert (await two.beat(Beat(entry="TWO"))).others == ()


async def test_an_id_and_its_infohash_are_one_content(stores: Stores) -> None:
    one, two, three = await stores.open("one", "two", "three")
    await one.claim("id")
    carried, meanings = {"id": "id", MEANT: "id"}, {"id": MEANT}
    await one.beat(Beat(entry="ONE", carried=carried, meanings=meanings))

    assert (await two.claim(MEANT)).id == "one"
    assert (await three.claim("id")).meant == MEANT
    assert await two.meaning("id") == MEANT
    assert await two.meaning("other") == "other"


async def test_an_id_finds_what_plays_under_its_infohash(stores: Stores) -> None:
    one, two = await stores.open("one", "two")
    await one.beat(Beat(entry="ONE", meanings={"id": MEANT}))
    await one.claim(MEANT)

    found = await two.claim("id")

    assert (found.id, found.meant) == ("one", MEANT)


async def test_two_ids_with_one_infohash_stay_two_contents(stores: Stores) -> None:
    one, two = await stores.open("one", "two")
    await one.beat(Beat(entry="ONE", carried={"id": "id", MEANT: "id"}))

    found = await two.claim("other", meant=MEANT)
    carried = {"other": "other", MEANT: "other"}
    answer = await two.beat(Beat(entry="TWO", carried=carried))

    assert found.id == "two"
    assert answer.lost == ()
    assert (await two.claim(MEANT)).id == "one"


async def test_two_names_that_turn_out_to_be_one_content_are_told_to_the_later(
    stores: Stores,
) -> None:
    one, two = await stores.open("one", "two")
    await one.claim(MEANT)
    await two.claim("id")

    answer = await two.beat(Beat(entry="TWO", carried={"id": "id", MEANT: "id"}))

    assert answer.lost == ("id",)
    assert (await two.claim("id", MEANT)).id == "one"


async def test_a_redis_that_lost_everything_says_so(server: RedisServer, stores: Stores) -> None:
    (one,) = await stores.open("one")
    await server.stop()
    await server.start()

    assert (await one.claim("content")).id == ""
    assert not (await one.beat(Beat(entry="ONE"))).known
    assert (await one.claim("content")).id == "one"
    assert (await one.beat(Beat(entry="ONE"))).known


async def test_what_other_versions_keep_is_read_as_far_as_it_is_known(
    server: RedisServer, stores: Stores
) -> None:
    one, two = await stores.open("one", "two")
    await server.ask("SET", "acedesk:carried:early", "one")  # without the name it plays under
    await server.ask("SET", "acedesk:carried:late", "one late colour=blue")

    assert (await two.claim("early")).id == "one"
    assert (await two.claim("late")).id == "one"
    await one.beat(Beat(entry="ONE", freed=("early", "late")))
    assert (await two.claim("early")).id == "two"


async def test_events_reach_the_others_once_and_not_who_comes_later(stores: Stores) -> None:
    one, two = await stores.open("one", "two")
    since = (await two.beat(Beat(entry="TWO"))).since
    answer = await one.beat(Beat(entry="ONE", events=("first", "second")))

    heard = await two.beat(Beat(entry="TWO", since=since))
    (three,) = await stores.open("three")

    assert answer.events == ()  # its own
    assert heard.events == ("first", "second")
    assert (await two.beat(Beat(entry="TWO", since=heard.since))).events == ()
    assert (await three.beat(Beat(entry="THREE"))).events == ()


async def test_what_is_left_behind_ends_by_itself(server: RedisServer, stores: Stores) -> None:
    (one,) = await stores.open("one")
    await one.beat(Beat(entry="ONE", carried={"id": "id", MEANT: "id"}, meanings={"id": MEANT}))
    await one.close(("id", MEANT))

    assert await server.keys() == ["acedesk:means:id"]
    assert 0 < int(await server.ask("PTTL", "acedesk:means:id")) <= 3_600_000


async def test_a_redis_that_is_not_there_is_told_without_its_password() -> None:
    store = RedisStore("redis://user:geheim@127.0.0.1:1/0", "one")
    await store.open()
    with pytest.raises(SharingUnavailable) as told:
        await store.claim("content")

    assert told.value.trouble is SharingTrouble.UNREACHABLE
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
    await store.open()
    began = clock.monotonic()
    with pytest.raises(SharingUnavailable) as told:
        await store.claim("content")

    assert told.value.trouble is SharingTrouble.SILENT
    assert clock.monotonic() - began < 5.0  # 0.3 s on an idle machine
    await store.close(())
    await gone.wait()
    server.close()


async def test_without_the_library_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis.asyncio", None)
    with pytest.raises(SharingUnavailable) as told:
        await RedisStore("redis://127.0.0.1", "one").open()

    assert told.value.trouble is SharingTrouble.NOT_INSTALLED


async def test_what_is_no_address_is_said() -> None:
    with pytest.raises(SharingUnavailable) as told:
        await RedisStore("redis://127.0.0.1:port", "one").open()

    assert told.value.trouble is SharingTrouble.ADDRESS


def test_the_library_is_loaded_when_a_store_is_opened_and_not_on_the_loop() -> None:
    script = """
import asyncio, sys, threading
seen = []
class Look:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "redis":
            seen.append(threading.current_thread() is threading.main_thread())
sys.meta_path.insert(0, Look())
from acedesk.proxy.shared.redis_store import RedisStore
import acedesk.compose
store = RedisStore("redis://127.0.0.1", "one")
assert not seen, "before it is opened"
asyncio.run(store.open())
assert seen and not any(seen), "on the loop"
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=50)
