"""Several AceDesks as one: each content is on one engine once, whichever of them is asked.

Who starts a content becomes its carrier; the others take it from the carrier as from an engine.
Redis is asked when a stream begins, and once a second; never for a byte. Without it each AceDesk
goes on alone with what it has.
"""

import asyncio
import hmac
import platform
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from acedesk import __version__
from acedesk.engines.pool import EnginePool
from acedesk.errors import CarriedElsewhere, EngineRefused
from acedesk.model.content import StreamKey
from acedesk.model.engine import EngineId
from acedesk.model.event import Event, Note
from acedesk.model.host import is_unspecified
from acedesk.model.sharing.trouble import SharingUnavailable
from acedesk.model.sharing.view import SharingView
from acedesk.proxy.shared.carriers import Carriers, Check
from acedesk.proxy.shared.event_exchange import EventExchange
from acedesk.proxy.shared.loads import own_loads
from acedesk.proxy.shared.other_proxies import engine_id
from acedesk.proxy.shared.proxy_entry import ProxyEntry, proxy_name, read_entry, write_entry
from acedesk.proxy.shared.redis_store import LEASE_MS, Answer, Beat, RedisStore
from acedesk.proxy.shared.sharing_state import SharingState
from acedesk.proxy.streams.registry import StreamRegistry
from acedesk.proxy.streams.stream import Stream
from acedesk.settings import Settings, parse_address

# Seconds. A dead carrier is found within two of them.
BEAT: Final = 1.0
# So many of them a lease holds, and what others told of themselves counts.
LEASE_BEATS: Final = round(LEASE_MS / 1000 / BEAT)
# At most so long a start waits for the first answer of Redis.
OPEN_LIMIT: Final = 1.0

_BEARER: Final = "Bearer "


class Sharing:
    """What this AceDesk shares with others.

    Args:
        listening: Returns host and port that are listened on.

    Attributes:
        token: What others show that take a content from here.
        carriers: Who carries what.
        state: How it is with the others.
        events: What happens here and there.

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
        self._settings = settings
        self._listening = listening
        self._id = secrets.token_hex(8)
        self.token = secrets.token_hex(16)
        self._store: RedisStore | None = None
        self._host = ""
        self._unheard = 0
        self._opened = asyncio.Event()
        self._woken = asyncio.Event()
        self.carriers = Carriers(pool, check, self._id, self._woken.set)
        self.state = SharingState(note)
        self.events = EventExchange(note, lambda: proxy_name(self._entry(())))

    @property
    def is_wanted(self) -> bool:
        """The settings name a Redis."""
        return bool(self._settings().redis_url)

    def view(self) -> SharingView | None:
        """Return how it is, None where no Redis is set."""
        others = self.carriers.others
        taken = map(others.carrier, others.contents())
        found = [one.id for one in taken if one is not None]
        return self.state.view(found) if self.is_wanted else None

    def tell(self, event: Event) -> None:
        """Let the others know what happened here."""
        if self.is_wanted:
            self.events.add(event)

    def watch(self, streams: StreamRegistry) -> None:
        """Share these streams."""
        self.carriers.streams = streams
        streams.changed.connect(self._stream_changed)

    async def open(self) -> None:
        """Join the others, if Redis answers; called once it is known where players connect."""
        try:
            if self.is_wanted:
                store = RedisStore(self._settings().redis_url, self._id)
                await store.open()
                self._store = store
                await self._beat(store)
        except SharingUnavailable as exc:
            self.state.set_down(exc)
        finally:
            self._opened.set()

    async def run(self) -> None:
        """Stay with the others until cancelled."""
        disconnect = self._pool.failed.connect(self._engine_failed)
        try:
            while (store := self._store) is not None:
                self._woken.clear()
                await self._beat(store)
                try:
                    async with asyncio.timeout(BEAT):
                        await self._woken.wait()
                except TimeoutError:
                    continue
        finally:
            disconnect()

    async def close(self) -> None:
        """Leave the others."""
        self.carriers.close()
        store, self._store = self._store, None
        if store is not None:
            await store.close(tuple(self.carriers.names))

    async def settle(self, key: StreamKey) -> None:
        """Become the carrier of a content, or take it from its carrier; never fails.

        Called before a stream or file asks any engine.
        """
        if not self.is_wanted:
            return
        if not self._opened.is_set():
            try:
                async with asyncio.timeout(OPEN_LIMIT):
                    await self._opened.wait()
            except TimeoutError:
                return
        if self._store is not None and self.state.is_up:
            try:
                await self.carriers.settle(self._store, key)
                return
            except SharingUnavailable as exc:
                self.state.set_down(exc)
        await self.carriers.go_on_alone(key)

    async def check_asked(self, authorization: str, key: StreamKey) -> None:
        """Refuse what another AceDesk believes that this one carries, and it does not.

        So none waits for one that waits for it.

        Raises:
            EngineRefused: The content is not carried here.
        """
        given = authorization.removeprefix(_BEARER)
        same = hmac.compare_digest(given.encode("utf-8", "surrogatepass"), self.token.encode())
        if not same or self.carriers.streams is None or self.carriers.carries(key):
            return
        if self._store is not None and self.state.is_up:
            try:  # it may play here under another name
                self.carriers.learn(key, await self._store.meaning(key.stream_id))
            except SharingUnavailable as exc:
                self.state.set_down(exc)
        if not self.carriers.carries(key):
            raise EngineRefused("this AceDesk does not carry the content")

    # ------------------------------------------------------------------ every second

    async def _beat(self, store: RedisStore) -> None:
        carriers, running = self.carriers, self.carriers.running()
        for key in carriers.others.contents():
            if key not in running:
                carriers.others.drop(key)
        known = running.keys() - carriers.settling - set(carriers.others.contents())
        own = {one.stream_id: one for one in known}
        carried = {name: one.stream_id for one in known for name in carriers.names_of(one)}
        busy = {name for one in carriers.settling for name in carriers.names_of(one)}
        freed = carriers.names - carried.keys() - busy
        try:
            self._host = self._host or await store.local_host()
            beat = self._told(own.values(), carried, freed)
            answer = await store.beat(beat)
        except SharingUnavailable as exc:
            self.state.set_down(exc)
            self._unheard += 1
            if self._unheard >= LEASE_BEATS:  # who told of them may be gone long since
                carriers.loads.update(())
        else:
            carriers.names = (carriers.names - freed) | carried.keys()
            self.events.told(len(beat.events))
            self._take(answer)
            for name in dict.fromkeys(answer.lost):
                await self._give_up(own[name], running[own[name]])
        await self._look_after_taken(running)

    def _told(
        self, own: Iterable[StreamKey], carried: Mapping[str, str], freed: Iterable[str]
    ) -> Beat:
        return Beat(
            entry=write_entry(self._entry(own)),
            carried=carried,
            freed=sorted(freed),
            meanings={own: name for name, own in carried.items() if name != own},
            events=self.events.waiting(self._id),
            since=self.events.since,
        )

    def _take(self, answer: Answer) -> None:
        self._unheard = 0
        if not answer.known and self.state.is_up:  # it was emptied, or we were away for long
            self.carriers.begin_anew()
        self.events.since = answer.since
        self.events.hear(answer.events)
        others = list(filter(None, map(read_entry, answer.others)))
        self.carriers.loads.update(others)
        self.state.set_up(others)

    async def _give_up(self, key: StreamKey, stream: Stream | None) -> None:
        """Go on with what another AceDesk carries, too: both began it when they did not know."""
        if not self.carriers.may_give_up(key):
            return
        if key not in self.carriers.others:
            await self.settle(key)
        engine = None if stream is None else stream.supply.engine
        if stream is None or engine is None or engine.carried_by:
            return
        if key in self.carriers.others:
            self.carriers.hand_over(key)
            stream.supply.engine_lost(engine.id, CarriedElsewhere("another AceDesk carries it"))

    async def _look_after_taken(self, running: Mapping[StreamKey, Stream | None]) -> None:
        """Find another source for what comes from a carrier that died or has ended it."""
        others = self.carriers.others
        taken = [key for key in others.contents() if key in running]
        found = {one.id: one for key in taken if (one := others.carrier(key)) is not None}
        lives = await asyncio.gather(*map(self.carriers.lives, found.values()))
        dead = {name for name, alive in zip(found, lives, strict=True) if not alive}
        for key in taken:
            carrier, stream = others.carrier(key), running[key]
            if carrier is not None and (carrier.id in dead or _is_lost(stream)):
                await self.settle(key)

    def _stream_changed(self) -> None:
        """Tell at once what has ended or began, and its names when they are known.

        So others need not come here for what is over, and find what two names mean.
        """
        if self._store is not None and self.state.is_up:
            others = self.carriers.others
            own = self.carriers.running().keys() - set(others.contents())
            names = {name for key in own for name in self.carriers.names_of(key)}
            if names != self.carriers.names and not self.carriers.settling:
                self._woken.set()

    def _engine_failed(self, failed: EngineId) -> None:
        others = self.carriers.others
        carriers = map(others.carrier, others.contents())
        if failed in {engine_id(one) for one in carriers if one is not None}:
            self._woken.set()

    def _entry(self, own: Iterable[StreamKey]) -> ProxyEntry:
        chosen, (host, port) = self._settings().proxy_address, self._listening()
        if chosen:
            host, port = parse_address(chosen)
        elif is_unspecified(host):
            host = self._host
        streams = self.carriers.streams
        return ProxyEntry(
            id=self._id,
            host=host,
            port=port,
            token=self.token,
            name=platform.node(),
            version=__version__,
            streams=len(self.carriers.running()),
            viewers=self.carriers.count_viewers(),
            loads={} if streams is None else own_loads(streams, set(own)),
        )


def _is_lost(stream: Stream | None) -> bool:
    """Tell whether a stream gets nothing; files find another source themselves."""
    return stream is not None and (
        stream.supply.lost_at is not None or stream.supply.first_at is None
    )
