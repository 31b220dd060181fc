"""Several AceDesks as one: each content is on one engine once, whichever of them is asked.

Who starts a content becomes its carrier; the others take it from the carrier as from an engine.
Redis is asked when a stream begins, and once a second; never for a byte. Without it each AceDesk
goes on alone with what it has.
"""

import asyncio
import hmac
import logging
import secrets
from collections.abc import Callable, Iterator
from typing import Final, Protocol

from acedesk.engines.pool import EnginePool
from acedesk.errors import EngineError, EngineRefused
from acedesk.model.content import StreamKey
from acedesk.model.engine import EngineId
from acedesk.model.event import EventKind, Note
from acedesk.model.host import is_unspecified
from acedesk.proxy.shared.loads import ForeignLoads, own_loads
from acedesk.proxy.shared.other_proxies import OtherProxies, engine_id
from acedesk.proxy.shared.proxy_entry import ProxyEntry, read_entry, write_entry
from acedesk.proxy.shared.redis_store import LEASE_MS, RedisStore, StoreAway
from acedesk.proxy.streams.registry import StreamRegistry
from acedesk.proxy.streams.stream import Stream
from acedesk.settings import Settings, parse_address

logger = logging.getLogger(__name__)

# Seconds. A dead carrier is found within two of them.
BEAT: Final = 1.0
# So many of them a lease holds, and what others told of themselves counts.
LEASE_BEATS: Final = round(LEASE_MS / 1000 / BEAT)
# How long a carrier may take to show that it lives; a start waits for it.
CHECK_LIMIT: Final = 0.5
# At most so long a start waits for the first answer of Redis.
OPEN_LIMIT: Final = 1.0
# A carrier may die while it is asked, and the next one, too.
MOST_CARRIERS: Final = 3

_BEARER: Final = "Bearer "


class Check(Protocol):
    """Asks whether an engine lives; `EngineClient.check` does."""

    async def __call__(self, host: str, port: int, *, timeout: float) -> float:
        """Return the seconds it took, or raise an `EngineError`."""
        ...


class Sharing:
    """What this AceDesk shares with others.

    Args:
        listening: Returns host and port that are listened on.

    Attributes:
        token: What others show that take a content from here.
        others: The other AceDesks as engines.
        loads: What they use of our engines.

    Closes: frees what it carries, by `close`.
    """

    def __init__(
        self,
        pool: EnginePool,
        check: Check,
        settings: Callable[[], Settings],
        listening: Callable[[], tuple[str, int]],
        note: Note,
    ) -> None:
        self._pool = pool
        self._check = check
        self._settings = settings
        self._listening = listening
        self._note = note
        self._id = secrets.token_hex(8)
        self.token = secrets.token_hex(16)
        self._streams: StreamRegistry | None = None
        self._store: RedisStore | None = None
        self._host = ""
        self._carried: set[str] = set()
        self._up: bool | None = None
        self._unheard = 0
        self._opened = asyncio.Event()
        self._woken = asyncio.Event()
        self.others = OtherProxies(pool)
        self.loads = ForeignLoads(pool)

    @property
    def is_up(self) -> bool:
        """Redis answered when it was asked last."""
        return bool(self._up)

    @property
    def is_wanted(self) -> bool:
        """The settings name a Redis."""
        return bool(self._settings().redis_url)

    def watch(self, streams: StreamRegistry) -> None:
        """Share these streams."""
        self._streams = streams
        streams.changed.connect(self._stream_changed)

    async def open(self) -> None:
        """Join the others, if Redis answers; called once it is known where players connect."""
        try:
            if self.is_wanted:
                self._store = RedisStore(self._settings().redis_url, self._id)
                await self._beat()
        except StoreAway as exc:
            self._tell(up=False, why=exc.detail)
        finally:
            self._opened.set()

    async def run(self) -> None:
        """Stay with the others until cancelled."""
        disconnect = self._pool.failed.connect(self._engine_failed)
        try:
            while self._store is not None:
                self._woken.clear()
                await self._beat()
                try:
                    async with asyncio.timeout(BEAT):
                        await self._woken.wait()
                except TimeoutError:
                    continue
        finally:
            disconnect()

    async def close(self) -> None:
        """Leave the others."""
        self.others.close()
        self.loads.close()
        store, self._store = self._store, None
        if store is not None:
            await store.close(tuple(self._carried))

    async def settle(self, key: StreamKey) -> None:
        """Become the carrier of a content, or take it from its carrier; never fails.

        Called before a stream asks any engine.
        """
        if not self.is_wanted:
            return
        if not self._opened.is_set():
            try:
                async with asyncio.timeout(OPEN_LIMIT):
                    await self._opened.wait()
            except TimeoutError:
                return
        if self._store is not None and self.is_up:
            try:
                await self._settle(self._store, key)
                return
            except StoreAway as exc:
                self._tell(up=False, why=exc.detail)
        await self._go_on_alone(key)

    def check_asked(self, authorization: str, key: StreamKey) -> None:
        """Refuse what another AceDesk believes that this one carries, and it does not.

        So none waits for one that waits for it.

        Raises:
            EngineRefused: The content is not carried here.
        """
        given = authorization.removeprefix(_BEARER)
        same = hmac.compare_digest(given.encode("utf-8", "surrogatepass"), self.token.encode())
        if not same or self._streams is None:
            return
        carried = key.stream_id in self._carried or self._streams.find(key) is not None
        if not carried or key in self.others:
            raise EngineRefused("this AceDesk does not carry the content")

    # ------------------------------------------------------------------ one content

    async def _settle(self, store: RedisStore, key: StreamKey) -> None:
        """Find or become the carrier of a content.

        Raises:
            StoreAway: Redis does not tell.
        """
        dead = ""
        for _ in range(MOST_CARRIERS):
            found = await store.claim(key.stream_id, dead)
            if dead and found.id != dead:
                self.loads.forget(dead)
            if found.id == self._id:
                self._carried.add(key.stream_id)
                self.others.drop(key)
                return
            entry = read_entry(found.entry)
            if entry is not None and entry.id == found.id and await self._lives(entry):
                self._carried.discard(key.stream_id)
                self.others.take_from(entry, key)
                return
            dead = found.id

    async def _go_on_alone(self, key: StreamKey) -> None:
        carrier = self.others.carrier(key)
        if carrier is not None and not await self._lives(carrier):
            self.loads.forget(carrier.id)
            self.others.drop(key)

    async def _lives(self, entry: ProxyEntry) -> bool:
        try:
            await self._check(entry.host, entry.port, timeout=CHECK_LIMIT)
        except EngineError:
            return False
        return True

    # ------------------------------------------------------------------ every second

    async def _beat(self) -> None:
        store = self._store  # `close` takes it away, perhaps while it is waited for here
        assert store is not None
        running = {stream.key: stream for stream in self._running()}
        for key in self.others.contents():
            if key not in running:
                self.others.drop(key)
        own = [one for one in running.values() if one.key not in self.others]
        carried = {one.key.stream_id for one in own}
        freed = self._carried - carried
        try:
            self._host = self._host or await store.local_host()
            entry = write_entry(self._entry(own))
            told = await store.beat(entry, sorted(carried), sorted(freed))
        except StoreAway as exc:
            self._tell(up=False, why=exc.detail)
            self._unheard += 1
            if self._unheard >= LEASE_BEATS:  # who told of them may be gone long since
                self.loads.update(())
        else:
            self._unheard = 0
            self._carried = (self._carried - freed) | carried
            self.loads.update(filter(None, map(read_entry, told)))
            self._tell(up=True)
        await self._look_after_taken(running)

    def _running(self) -> Iterator[Stream]:
        for stream in self._streams or ():
            if not stream.leaving:
                yield stream

    async def _look_after_taken(self, running: dict[StreamKey, Stream]) -> None:
        """Find another source for what comes from a carrier that died or has ended it."""
        taken = [key for key in self.others.contents() if key in running]
        carriers = {one.id: one for key in taken if (one := self.others.carrier(key)) is not None}
        lives = await asyncio.gather(*map(self._lives, carriers.values()))
        dead = {name for name, alive in zip(carriers, lives, strict=True) if not alive}
        for key in taken:
            carrier = self.others.carrier(key)
            supply = running[key].supply
            lost = supply.lost_at is not None or supply.first_at is None
            if carrier is not None and (lost or carrier.id in dead):
                await self.settle(key)

    def _stream_changed(self) -> None:
        """Free at once what has ended, so that others need not come here for it."""
        if self._store is not None and self._carried:
            running = {one.key.stream_id for one in self._running()}
            if not self._carried <= running:
                self._woken.set()

    def _engine_failed(self, failed: EngineId) -> None:
        carriers = map(self.others.carrier, self.others.contents())
        if failed in {engine_id(one) for one in carriers if one is not None}:
            self._woken.set()

    def _entry(self, own: list[Stream]) -> ProxyEntry:
        chosen, (host, port) = self._settings().proxy_address, self._listening()
        if chosen:
            host, port = parse_address(chosen)
        elif is_unspecified(host):
            host = self._host
        loads = own_loads(own)
        return ProxyEntry(id=self._id, host=host, port=port, token=self.token, loads=loads)

    def _tell(self, *, up: bool, why: str = "") -> None:
        """Note that we are with the others now, or alone; once."""
        if up is self._up:
            return
        self._up = up
        self._note(EventKind.SHARING_CHANGED, "", up=up, why=why)
        if up:
            logger.info("shares its streams with other AceDesks over Redis")
        else:
            logger.warning("goes on alone, without other AceDesks: %s", why)
