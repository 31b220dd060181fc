"""Two AceDesks on one store: one carries a content, the other takes it from there."""

import dataclasses
from collections.abc import Collection
from typing import Any, cast

import pytest

from acedesk import clock, tasks
from acedesk.engines.pool import EnginePool
from acedesk.errors import EngineError, EngineRefused, EngineUnreachable
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, EngineSpec
from acedesk.model.event import EventKind
from acedesk.model.sharing.trouble import SharingTrouble, SharingUnavailable
from acedesk.proxy.files.file_playback import FilePlayback
from acedesk.proxy.shared import carriers, sharing
from acedesk.proxy.shared.proxy_entry import ProxyEntry, read_entry, write_entry
from acedesk.proxy.shared.redis_store import Answer, Beat, Carrier
from acedesk.proxy.shared.sharing import Sharing
from acedesk.proxy.streams.key_aliases import KeyAliases
from acedesk.proxy.streams.registry import StreamRegistry
from acedesk.settings import Settings
from acedesk.signals import Signal
from tests.fakes.notes import Notes

KEY = StreamKey(KeyKind.CONTENT_ID, "a" * 40)
SETTINGS = Settings(redis_url="redis://127.0.0.1")
ENGINE = EngineSpec(
    id=EngineId("e"), name="e", backend=BackendKind.STATIC, host="192.0.2.5", port=6878
)


class NoFiles(list[FilePlayback]):
    """Stands for the files: none is played."""

    @property
    def playbacks(self) -> "NoFiles":
        return self

    def files(self) -> set[StreamKey]:
        return set()


NO_FILES = NoFiles()


@dataclasses.dataclass
class Shared:
    """What is in the store."""

    away: bool = False
    owners: dict[str, str] = dataclasses.field(default_factory=dict)
    entries: dict[str, str] = dataclasses.field(default_factory=dict)


class MemoryStore:
    """Answers as `RedisStore` does."""

    def __init__(self, shared: Shared, me: str) -> None:
        self.shared, self.me = shared, me

    async def open(self) -> None:
        pass

    async def claim(self, name: str, meant: str = "", dead: str = "") -> Carrier:
        self._look()
        if self.me not in self.shared.entries:
            return Carrier("", "", name)
        owner = self.shared.owners.get(name)
        if owner in (None, self.me, dead):
            self.shared.owners[name] = self.me
            return Carrier(self.me, "", name)
        return Carrier(str(owner), self.shared.entries[str(owner)], name)

    async def beat(self, beat: Beat) -> Answer:
        self._look()
        known = self.me in self.shared.entries
        self.shared.entries[self.me] = beat.entry
        lost = []
        for name, under in beat.carried.items():
            if self.shared.owners.setdefault(name, self.me) != self.me:
                lost.append(under)
        for name in beat.freed:
            self.shared.owners.pop(name, None)
        others = tuple(one for name, one in self.shared.entries.items() if name != self.me)
        return Answer(known=known, lost=tuple(lost), others=others)

    async def meaning(self, name: str) -> str:
        return name

    async def local_host(self) -> str:
        return "192.0.2.7"

    async def close(self, freed: Collection[str]) -> None:
        await self.beat(Beat(entry="{}", freed=freed))

    def _look(self) -> None:
        if self.shared.away:
            raise SharingUnavailable(SharingTrouble.UNREACHABLE)


@dataclasses.dataclass
class _Supply:
    engines: tuple[object, ...] = ()
    lost_at: float | None = None
    first_at: float | None = 1.0
    left: list[str] = dataclasses.field(default_factory=list)

    @property
    def engine(self) -> EngineSpec:
        return ENGINE

    def engine_lost(self, engine_id: EngineId, error: EngineError) -> None:
        self.left.append(error.code)


@dataclasses.dataclass
class _Running:
    key: StreamKey = KEY
    leaving: bool = False
    clients: tuple[object, ...] = ()
    supply: _Supply = dataclasses.field(default_factory=_Supply)


class Streams(list[Any]):
    """Stands for a registry: the streams that run."""

    def __init__(self) -> None:
        super().__init__()
        self.changed: Signal[()] = Signal()
        self.files = NO_FILES
        self.aliases = KeyAliases()

    def find(self, key: StreamKey) -> object:
        return next((one for one in self if one.key == key), None)

    def is_running(self, key: StreamKey) -> bool:
        return self.find(key) is not None


class Proxy:
    """One AceDesk's part in it."""

    def __init__(self, dead: set[int], port: int, settings: Settings = SETTINGS) -> None:
        self.pool = EnginePool(Settings)
        self.notes = Notes()
        self.streams = Streams()
        self.dead = dead
        self.port = port
        self.sharing = Sharing(
            self.pool, self._check, lambda: settings, lambda: ("0.0.0.0", port), self.notes
        )
        self.sharing.watch(cast("StreamRegistry", self.streams))

    async def _check(self, host: str, port: int, *, timeout: float) -> float:
        assert host == "192.0.2.7"  # what the store saw, because it listens everywhere
        if port in self.dead:
            raise EngineUnreachable("gone")
        return 0.0

    async def play(self) -> None:
        self.streams.append(_Running())
        await self.sharing.settle(KEY)

    async def beat(self) -> None:
        assert self.sharing._store is not None
        await self.sharing._beat(self.sharing._store)

    @property
    def takes(self) -> int:
        """The port of the one that it takes the content from, 0 for none."""
        carrier = self.sharing.carriers.others.carrier(KEY)
        return 0 if carrier is None else carrier.port


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> Shared:
    made = Shared()
    monkeypatch.setattr(sharing, "RedisStore", lambda _url, me: MemoryStore(made, me))
    return made


@pytest.fixture
async def proxies(shared: Shared) -> list[Proxy]:
    dead: set[int] = set()
    made = [Proxy(dead, port) for port in (1, 2, 3)]
    for one in made:
        await one.sharing.open()
    return made


async def test_the_first_carries_it_and_the_others_take_it_from_there(
    proxies: list[Proxy],
) -> None:
    for one in proxies:
        await one.play()

    assert [one.takes for one in proxies] == [0, 1, 1]


async def test_a_dead_carrier_is_followed_by_one_of_the_others(proxies: list[Proxy]) -> None:
    for one in proxies:
        await one.play()
    proxies[0].dead.add(1)
    for one in proxies[1:]:
        await one.beat()

    assert [one.takes for one in proxies[1:]] == [0, 2]


async def test_who_comes_after_the_carrier_died_need_not_wait_for_its_lease(
    proxies: list[Proxy],
) -> None:
    await proxies[0].play()
    proxies[0].dead.add(1)
    await proxies[1].play()

    assert proxies[1].takes == 0


async def test_what_ended_is_free_for_the_next(proxies: list[Proxy], shared: Shared) -> None:
    await proxies[0].play()
    await proxies[1].play()
    proxies[0].streams.clear()
    await proxies[0].beat()
    proxies[1].streams[0].supply.lost_at = 1.0
    await proxies[1].beat()

    assert proxies[1].takes == 0
    assert list(shared.owners.values()) == [proxies[1].sharing._id]


async def test_what_nobody_watches_is_not_taken_any_more(proxies: list[Proxy]) -> None:
    await proxies[0].play()
    await proxies[1].play()
    proxies[1].streams.clear()
    await proxies[1].beat()

    assert proxies[1].takes == 0
    assert proxies[1].pool.views() == ()


async def test_without_the_store_each_goes_on_and_what_it_began_is_shared_afterwards(
    proxies: list[Proxy], shared: Shared
) -> None:
    shared.away = True
    await proxies[0].play()
    for _ in range(2):
        await proxies[0].beat()
    assert proxies[0].takes == 0
    assert not proxies[0].sharing.state.is_up

    shared.away = False
    shared.owners.clear()
    for one in proxies[:2]:
        await one.beat()
    await proxies[1].play()

    told = [data["up"] for kind, _, _, data in proxies[0].notes.all]
    assert told == [True, False, True]
    assert set(proxies[0].notes.kinds) == {EventKind.SHARING_CHANGED}
    assert proxies[1].takes == 1


async def test_alone_a_dead_carrier_is_left_and_a_living_one_is_kept(
    proxies: list[Proxy], shared: Shared
) -> None:
    for one in proxies[:2]:
        await one.play()
    shared.away = True
    await proxies[1].beat()
    assert proxies[1].takes == 1

    proxies[0].dead.add(1)
    await proxies[1].beat()
    assert proxies[1].takes == 0


async def test_what_others_told_counts_no_longer_than_their_lease(
    proxies: list[Proxy], shared: Shared
) -> None:
    mine = proxies[0]
    spec = ENGINE
    mine.pool.add(spec, health=EngineHealth.READY)
    told = ProxyEntry(id="x", host="192.0.2.9", port=9, token="t", loads={"192.0.2.5:6878": (KEY,)})
    shared.entries["x"] = write_entry(told)
    await mine.beat()
    assert mine.pool.load(spec.id) == 1

    shared.away = True
    for _ in range(sharing.LEASE_BEATS - 1):
        await mine.beat()
    assert mine.pool.load(spec.id) == 1, "a short outage changes nothing"
    await mine.beat()
    assert mine.pool.load(spec.id) == 0

    shared.away = False
    await mine.beat()
    assert mine.pool.load(spec.id) == 1


async def test_who_leaves_while_redis_is_waited_for_is_no_fault(
    proxies: list[Proxy], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = proxies[0]

    async def leave(_store: MemoryStore) -> str:
        await mine.sharing.close()
        return "192.0.2.7"

    monkeypatch.setattr(MemoryStore, "local_host", leave)
    mine.sharing._host = ""
    await mine.beat()

    assert mine.sharing.state.is_up


async def test_another_acedesk_is_refused_what_is_not_carried_here(proxies: list[Proxy]) -> None:
    carrier, taker = proxies[:2]
    entry = read_entry(carrier.sharing._store.shared.entries[carrier.sharing._id])  # type: ignore[union-attr]
    assert entry is not None
    with pytest.raises(EngineRefused):
        await carrier.sharing.check_asked(f"Bearer {entry.token}", KEY)
    for one in proxies:
        await one.play()

    await carrier.sharing.check_asked(f"Bearer {entry.token}", KEY)
    await taker.sharing.check_asked("", KEY)  # a player
    await taker.sharing.check_asked("Bearer \udcff", KEY)  # as a byte that is no UTF-8 is read
    with pytest.raises(EngineRefused):
        await taker.sharing.check_asked(f"Bearer {taker.sharing.token}", KEY)


async def test_of_two_who_began_it_alone_one_goes_on_with_the_other(
    proxies: list[Proxy], shared: Shared
) -> None:
    shared.away = True
    for one in proxies[:2]:
        await one.play()
    shared.away = False
    for one in proxies[:2]:
        await one.beat()

    assert [one.takes for one in proxies[:2]] == [0, 1]
    assert proxies[0].streams[0].supply.left == []
    assert proxies[1].streams[0].supply.left == ["carried_elsewhere"]


async def test_a_carrier_that_changes_again_and_again_breaks_a_picture_off_once(
    proxies: list[Proxy], shared: Shared
) -> None:
    """Somebody writes into Redis; the other one does not carry it and refuses."""
    first, ids = proxies[0], list(shared.entries)
    await first.play()
    supply = first.streams[0].supply

    for turn in range(40):
        shared.owners[KEY.stream_id] = ids[turn % 2]
        supply.lost_at = 1.0 if first.takes else None
        await first.beat()

    assert supply.left == ["carried_elsewhere"]
    assert first.takes == 0
    assert not first.sharing.carriers.is_used_elsewhere(ENGINE, KEY)


async def test_after_redis_lost_everything_nothing_begins_before_all_told_again(
    proxies: list[Proxy], shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        await proxies[0].beat()  # it is one of them
        await proxies[1].beat()
        monkeypatch.setattr(clock, "monotonic", lambda: later)

    later = clock.monotonic() + 2 * carriers.CATCH_UP
    monkeypatch.setattr(tasks, "sleep", sleep)
    await proxies[0].play()
    shared.owners.clear()
    shared.entries.clear()
    await proxies[1].play()

    assert len(waited) == 1
    assert proxies[1].takes == 1


async def test_it_is_shown_who_the_others_are_and_what_is_taken(
    proxies: list[Proxy], shared: Shared
) -> None:
    for one in proxies[:2]:
        await one.play()
    await proxies[0].beat()
    await proxies[1].beat()
    view = proxies[1].sharing.view()
    assert view is not None
    assert view.is_up
    assert {(one.port, one.streams, one.taken) for one in view.others} == {(1, 1, 1), (3, 0, 0)}

    shared.away = True
    await proxies[1].beat()
    view = proxies[1].sharing.view()
    assert view is not None
    assert not view.is_up
    assert view.others == ()
    assert isinstance(view.error, SharingUnavailable)


async def test_without_the_setting_nothing_is_asked() -> None:
    alone = Proxy(set(), 1, Settings())
    await alone.sharing.open()
    await alone.play()
    await alone.sharing.run()
    await alone.sharing.close()

    assert alone.notes.all == []
    assert alone.sharing.view() is None


async def test_a_chosen_address_is_told_to_the_others(shared: Shared) -> None:
    settings = dataclasses.replace(SETTINGS, proxy_address="tv.example.org:9000")
    await Proxy(set(), 1, settings).sharing.open()

    entry = read_entry(next(iter(shared.entries.values())))
    assert entry is not None
    assert (entry.host, entry.port) == ("tv.example.org", 9000)
