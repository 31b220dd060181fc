"""Looks at every stream once a second and keeps its verdict: why it plays well or badly.

Gathers what `acedesk.rules.diagnosis.verdict` needs from the stream's counters, its engine, the VPN
and this computer. A look costs some ten microseconds for each stream and next to nothing for a
client whose connection is free.
"""

import datetime
import logging
from collections.abc import Callable, Iterator
from typing import Final

from acedesk import clock, tasks
from acedesk.engines.pool import EnginePool
from acedesk.errors import LoopingStream
from acedesk.model.diagnosis import BroadcastState, Cause, Diagnosis, MachineFacts, Severity
from acedesk.model.snapshot import VpnView
from acedesk.observe.engine_observer import EngineObserver
from acedesk.observe.neighbours import Neighbours
from acedesk.observe.reconnects import Reconnects
from acedesk.observe.stream_observer import Ahead, StreamEnvironment, StreamObserver
from acedesk.observe.vpn_observer import VpnObserver
from acedesk.proxy.streams.registry import StreamRegistry
from acedesk.proxy.streams.stream import Stream
from acedesk.rules.diagnosis import verdict
from acedesk.settings import Settings
from acedesk.signals import Signal
from acedesk.store.blacklist import Blacklist
from acedesk.words.diagnosis import describe

logger = logging.getLogger(__name__)

INTERVAL: Final = 1.0
# Streams that are looked at in one go: a millisecond.
AT_ONCE: Final = 10


class Diagnostics:
    """Keeps `Stream.verdict` and `Stream.broadcast` of all streams while `run` runs.

    Args:
        vpn: Returns the VPN as last seen.
        machine: Returns the last readings of this computer.
        ahead: Returns, for each start of a content that waits for a slot, how many are before it.
        blacklist: Where a stopped looping content goes.

    Signals:
        changed: A stream has another cause than before.
    """

    def __init__(
        self,
        streams: StreamRegistry,
        pool: EnginePool,
        blacklist: Blacklist,
        settings: Callable[[], Settings],
        *,
        vpn: Callable[[], VpnView] = VpnView,
        machine: Callable[[], MachineFacts] = MachineFacts,
        ahead: Ahead = lambda _: (),
    ) -> None:
        self.changed: Signal[Stream] = Signal()
        self._streams = streams
        self._pool = pool
        self._blacklist = blacklist
        self._settings = settings
        self._vpn = vpn
        self._machine_load = machine
        self._ahead = ahead
        self._observers: dict[Stream, StreamObserver] = {}
        self._engine_observer = EngineObserver()
        self._vpn_observer = VpnObserver()
        self._reconnects = Reconnects()

    async def run(self) -> None:
        """Look once a second until cancelled."""
        while True:
            await tasks.sleep(INTERVAL)
            for _ in self._looks(clock.monotonic(), clock.utc_now()):
                await tasks.sleep(0)  # a hundred streams are not judged in one go

    def observe(self, now: float, time: datetime.datetime) -> None:
        """Look at everything once.

        Args:
            now: Monotonic time of this look.
            time: The wall clock.
        """
        for _ in self._looks(now, time):
            pass

    def _looks(self, now: float, time: datetime.datetime) -> Iterator[None]:
        """Look at everything, a few streams at each step."""
        engines = self._pool.views()
        self._engine_observer.look(engines)
        self._vpn_observer.look(self._vpn(), engines, now)
        kept, observers = self._observers, dict[Stream, StreamObserver]()
        threshold = self._settings().loop_threshold
        for number, stream in enumerate(self._streams, 1):
            observer = observers[stream] = kept.get(stream) or StreamObserver(
                stream, now, self._ahead
            )
            observer.look(now, time.timestamp(), threshold)
            for client in observer.newcomers:
                self._reconnects.note(stream.key.stream_id, client, now)
            if number % AT_ONCE == 0:
                yield
        self._observers = observers
        self._reconnects.sweep(now)
        neighbours = Neighbours(observers, now)
        for number, (stream, observer) in enumerate(observers.items(), 1):
            environment = self._environment(stream, now, neighbours)
            if not stream.ended:
                self._judge(stream, observer, environment, now)
            if number % AT_ONCE == 0:
                yield

    def _environment(self, stream: Stream, now: float, neighbours: Neighbours) -> StreamEnvironment:
        engine = stream.supply.engine
        engine_id = engine.id if engine is not None else None
        view = self._engine_observer.view(engine_id)
        return StreamEnvironment(
            engine=self._engine_observer.facts(engine_id, engine.name if engine else ""),
            vpn=self._vpn_observer.facts(view, now),
            machine=self._machine_load(),
            others=neighbours.others(stream),
            others_short=neighbours.others_short(stream),
            engine_streams=neighbours.playing_on[engine_id],
            engine_silent_streams=neighbours.silent_on[engine_id],
            short_engines=neighbours.short_engines,
            reconnects=self._reconnects.of(stream.key.stream_id, now),
        )

    def _judge(
        self, stream: Stream, observer: StreamObserver, environment: StreamEnvironment, now: float
    ) -> None:
        before = stream.verdict
        after = stream.verdict = verdict.step(before, observer.facts(environment, now), now)
        if before is not None and before.short and not after.short:
            observer.shortage_over()
        known = before.diagnosis.cause if before is not None else Cause.STARTING
        if after.diagnosis.cause is not known:
            self._log_cause(stream, after.diagnosis)
            self.changed.emit(stream)
        if stream.broadcast.state is BroadcastState.LOOPING and self._settings().stop_looping:
            self._stop_looping(stream, after.diagnosis)

    @staticmethod
    def _log_cause(stream: Stream, found: Diagnosis) -> None:
        source = found.cause in (Cause.SOURCE_LOOPING, Cause.SOURCE_FROZEN)
        quiet = found.severity in (Severity.GOOD, Severity.WORKING)
        level = logging.WARNING if source else logging.DEBUG if quiet else logging.INFO
        logger.log(level, "stream %s: %s", stream.key.short, describe(found).sentence)

    def _stop_looping(self, stream: Stream, found: Diagnosis) -> None:
        if isinstance(stream.error, LoopingStream):
            return  # it is being stopped already
        if found.cause is not Cause.SOURCE_LOOPING:
            return  # the verdict has not followed yet
        why = describe(found).sentence
        self._blacklist.add(*self._streams.names(stream), why=why)
        logger.warning("stream %s is stopped and refused from now on", stream.key.short)
        stream.fail(LoopingStream(why))
