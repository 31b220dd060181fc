"""Which AceDesk carries which content: this one, or another one from which it is taken.

A content has a name of its own, and that of its infohash once an engine has told that; whoever
carries it has both. So an id, a magnet link and an infohash are one content over all of them.
"""

from collections.abc import Callable
from typing import Final, Protocol

from acedesk import clock, tasks
from acedesk.engines.pool import EnginePool
from acedesk.errors import EngineError
from acedesk.formats.stream_key import infohash_of_name
from acedesk.model.content import StreamKey
from acedesk.model.engine import EngineSpec
from acedesk.proxy.shared.loads import ForeignLoads
from acedesk.proxy.shared.other_proxies import OtherProxies
from acedesk.proxy.shared.proxy_entry import ProxyEntry, read_entry
from acedesk.proxy.shared.redis_store import RedisStore
from acedesk.proxy.streams.registry import StreamRegistry
from acedesk.proxy.streams.stream import Stream

# Seconds a carrier may take to show that it lives; a start waits for it.
CHECK_LIMIT: Final = 0.5
# A carrier may die while it is asked, and the next one, too.
MOST_CARRIERS: Final = 3
# Seconds. Redis lost what it knew: before anything new is begun, all have told again what they
# carry, which they do once a second.
CATCH_UP: Final = 1.3
# Seconds. By then the carrier of what was given up has told on which engine it plays.
HAND_OVER: Final = 5.0
COLLISION: Final = 10.0
# Seconds in which a content that plays is given up to another carrier once only.
GIVEN_UP: Final = 60.0


class Check(Protocol):
    """Asks whether an engine lives; `EngineClient.check` does."""

    async def __call__(self, host: str, port: int, *, timeout: float) -> float:
        """Return the seconds it took, or raise an `EngineError`."""
        ...


class Carriers:
    """Who carries what plays here.

    Args:
        me: The id of this AceDesk.
        wake: Lets all be told again at once.

    Attributes:
        streams: The streams and files that are shared, None before they are known.
        names: The names of contents that this AceDesk carries, or is about to.
        settling: The contents of which it is not known yet who carries them.
        others: The other AceDesks as engines.
        loads: What they use of our engines.
    """

    def __init__(self, pool: EnginePool, check: Check, me: str, wake: Callable[[], None]) -> None:
        self._check = check
        self._me = me
        self._wake = wake
        self._settle_after = 0.0
        self._handed_over: dict[StreamKey, float] = {}
        self._collided: dict[StreamKey, float] = {}
        self._given_up: dict[StreamKey, float] = {}
        self.streams: StreamRegistry | None = None
        self.names: set[str] = set()
        self.settling: set[StreamKey] = set()
        self.others = OtherProxies(pool)
        self.loads = ForeignLoads(pool)

    def names_of(self, key: StreamKey) -> tuple[str, ...]:
        """Return the name of a content, and that by its infohash where it is another one."""
        assert self.streams is not None
        meant = self.streams.aliases.identity(key).stream_id
        return (key.stream_id,) if meant == key.stream_id else (key.stream_id, meant)

    def carries(self, key: StreamKey) -> bool:
        """Tell whether others can take a content from here."""
        streams = self.streams
        if streams is None:
            return False
        stream = streams.find(key)
        if key in self.others or (stream is not None and stream.key in self.others):
            return False
        return not self.names.isdisjoint(self.names_of(key)) or streams.is_running(key)

    def learn(self, key: StreamKey, meant: str) -> None:
        """Remember which infohash others found that a content has.

        Args:
            meant: Its name by its infohash, or its own where none is known.
        """
        infohash = infohash_of_name(meant)
        if infohash is not None and self.streams is not None:
            self.streams.aliases.learn(key, infohash)

    async def settle(self, store: RedisStore, key: StreamKey) -> None:
        """Become the carrier of a content, or take it from its carrier.

        Raises:
            SharingUnavailable: Redis does not tell.
        """
        if key.stream_id in self.names:
            await self._settle(store, key)
            return
        self.settling.add(key)
        try:
            await self._catch_up()
            await self._settle(store, key)
        finally:
            self.settling.discard(key)

    async def _settle(self, store: RedisStore, key: StreamKey) -> None:
        dead = ""
        for _ in range(MOST_CARRIERS):
            names = self.names_of(key)
            had = self.names.issuperset(names)
            # At once: if this is cancelled, it may be ours nevertheless.
            self.names.update(names)
            found = await store.claim(key.stream_id, names[1] if names[1:] else "", dead)
            self.learn(key, found.meant)
            if dead and found.id != dead:
                self.loads.forget(dead)
            if found.id == self._me:
                self.names.update(self.names_of(key))
                self._handed_over.pop(key, None)
                self.others.drop(key)
                return
            if not found.id:
                self.begin_anew()
                self._wake()
                await self._catch_up()
                continue
            if not had:
                self.names.difference_update(names)
            entry = read_entry(found.entry)
            if entry is not None and entry.id == found.id and await self.lives(entry):
                self.names.difference_update(names)
                self.others.take_from(entry, key)
                return
            dead = found.id

    def hand_over(self, key: StreamKey) -> None:
        """Let a content go on at its carrier: our session on the engine may be its session, too.

        Which engine it uses may not be told yet.
        """
        self._given_up[key] = clock.monotonic() + GIVEN_UP
        carrier = self.others.carrier(key)
        if carrier is not None and not self.loads.are_told(carrier.id, self.names_of(key)):
            self._handed_over[key] = clock.monotonic() + HAND_OVER

    def may_give_up(self, key: StreamKey) -> bool:
        """Tell whether a content that plays here may be left to another carrier.

        That is settled at once. A Redis that says something else each time, because somebody writes
        into it, does not break the picture off again and again.
        """
        now = clock.monotonic()
        self._given_up = {one: at for one, at in self._given_up.items() if at > now}
        return key not in self._given_up

    def is_used_elsewhere(self, engine: EngineSpec, key: StreamKey) -> bool:
        """Tell whether another AceDesk plays a content on this engine.

        All sessions of one content are one inside an engine, and the stop of one ends it for all.
        """
        now = clock.monotonic()
        self._handed_over = {one: at for one, at in self._handed_over.items() if at > now}
        if key in self._handed_over:
            return True
        names = set() if self.streams is None else set(self.names_of(key))
        found = self.loads.on_engine(engine)
        return any(not names.isdisjoint(self.names_of(one)) for one in found)

    def may_collide(self, key: StreamKey) -> bool:
        """Tell whether a start may have failed because another AceDesk began the content, too.

        It is known by another name there, and no engine had told yet that both mean one. Said once
        in a while only: the next try finds the other one, or fails for another reason.
        """
        now = clock.monotonic()
        self._collided = {one: at for one, at in self._collided.items() if at > now}
        if not self.loads.others or key in self._collided:
            return False
        self._collided[key] = now + COLLISION
        return True

    def begin_anew(self) -> None:
        """Begin nothing before all have told again what they carry: Redis has lost it."""
        self._settle_after = clock.monotonic() + CATCH_UP

    async def _catch_up(self) -> None:
        left = self._settle_after - clock.monotonic()
        if left > 0:
            await tasks.sleep(left)

    async def go_on_alone(self, key: StreamKey) -> None:
        """Take a content from its carrier as before if that lives; else play it on engines."""
        carrier = self.others.carrier(key)
        if carrier is not None and not await self.lives(carrier):
            self.loads.forget(carrier.id)
            self.others.drop(key)

    async def lives(self, entry: ProxyEntry) -> bool:
        """Tell whether another AceDesk answers."""
        try:
            await self._check(entry.host, entry.port, timeout=CHECK_LIMIT)
        except EngineError:
            return False
        return True

    def running(self) -> dict[StreamKey, Stream | None]:
        """Return what plays here, each with its stream; None for files."""
        streams = self.streams
        if streams is None:
            return {}
        files: dict[StreamKey, Stream | None] = dict.fromkeys(streams.files.playbacks.files())
        return files | {one.key: one for one in streams if not one.leaving}

    def count_viewers(self) -> int:
        """Return how many players are connected here, those of files included."""
        if self.streams is None:
            return 0
        files = sum(one.reading is not None for one in self.streams.files.playbacks)
        return sum(len(one.clients) for one in self.streams) + files

    def close(self) -> None:
        """Take nothing from others, and count nothing of them."""
        self.others.close()
        self.loads.close()
