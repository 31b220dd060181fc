"""The engine side of a stream: whichever engines play it, their packets end up in the ring.

What is to be done is decided by `acedesk.rules.supply.machine`. Here it is carried out: places are
reserved, attempts are started and ended, and the machine is sent what happens to them. What the
engines bring becomes one row of packets in `acedesk.proxy.ingest.feed_joiner`; packets do not pass
through the machine.
"""

import asyncio
import dataclasses
from collections import deque
from collections.abc import Awaitable, Callable
from typing import assert_never

from acedesk import clock
from acedesk.acestream_api.engine_client import EngineClient
from acedesk.engines.pool import EnginePool
from acedesk.errors import (
    Busy,
    EngineError,
)
from acedesk.formats.engine_reply import Session
from acedesk.formats.getstream import PlayRequest
from acedesk.model.content import StreamKey
from acedesk.model.engine import EngineId, EngineSpec
from acedesk.model.event import Note, note_nothing
from acedesk.model.failover import Failover
from acedesk.mpegts.scan import Scanner
from acedesk.proxy.buffer.ring import MemoryBudget, Ring
from acedesk.proxy.counters.picture_watch import PictureWatch
from acedesk.proxy.counters.totals import TotalCounters
from acedesk.proxy.ingest.attempt import Attempt
from acedesk.proxy.ingest.engine_sessions import EngineSessions
from acedesk.proxy.ingest.feed_reader import FeedReader, FeedReaderParts
from acedesk.proxy.ingest.read_ticker import ReadTicker
from acedesk.proxy.ingest.supply_log import SupplyLog
from acedesk.proxy.ingest.supply_runner import SupplyRunner
from acedesk.rules.retry import WARM_UP_FIRST, WARM_UP_LONGEST
from acedesk.rules.supply.doubt import stall_after
from acedesk.rules.supply.state import (
    Accepted,
    Asked,
    AskEngine,
    Command,
    Delivers,
    Dismiss,
    DoubtReason,
    Failed,
    GiveUp,
    NoPicture,
    NoPlace,
    NoteFailover,
    NoteOutage,
    NoteStart,
    Protect,
    Reserved,
    SetDoubt,
    Settle,
    Settled,
    Stop,
    SupplyState,
    Time,
    WakeAt,
)
from acedesk.settings import Settings
from acedesk.values import frozen_value


async def settle_nothing(_key: StreamKey) -> None:
    """Stand in where no other AceDesk has to be asked before a stream asks engines."""


@frozen_value
class SharedParts:
    """What all streams share.

    Attributes:
        settle: Awaited before a stream asks any engine; see `acedesk.proxy.shared.sharing`.
        may_collide: Tells whether another AceDesk may have begun the content at the same moment.
    """

    pool: EnginePool
    client: EngineClient
    sessions: EngineSessions
    read_ticker: ReadTicker
    budget: MemoryBudget
    settings: Callable[[], Settings]
    totals: TotalCounters = dataclasses.field(default_factory=TotalCounters)
    note: Note = note_nothing
    settle: Callable[[StreamKey], Awaitable[None]] = settle_nothing
    may_collide: Callable[[StreamKey], bool] = lambda _key: False


@frozen_value
class SupplyCallbacks:
    """What a supply tells its stream.

    Attributes:
        changed: Called when something of the state changed.
        delivered: Called when the ring grew, with the monotonic time.
        least_behind: Returns how many bytes the fastest client is behind, None without clients.
    """

    changed: Callable[[], None]
    delivered: Callable[[float], None]
    least_behind: Callable[[], int | None]


class Supply:
    """Fills one ring with one content.

    Attributes:
        accepted_at: When an engine accepted the content, None before.
        engine, session: Of the attempt that carries the stream, or else the first that is asked.
        read_throttle: How fast the engines are read.
        runner: Knows which engines failed.
        picture: Whether the promised video comes.
    """

    def __init__(
        self, request: PlayRequest, shared: SharedParts, ring: Ring, callbacks: SupplyCallbacks
    ) -> None:
        settings = shared.settings()
        self.key = request.key
        self.started_at = clock.monotonic()
        self.accepted_at: float | None = None
        self.session: Session | None = None
        self.engine: EngineSpec | None = None
        state = SupplyState(
            contents=(request.key,),
            started_at=self.started_at,
            protected=settings.protect_streams if request.protect is None else request.protect,
            hedged=settings.hedged_start,
        )
        self.runner = self._machine = SupplyRunner(
            state,
            shared.settings,
            carry_out=self._carry_out,
            changed=self._step_done,
            coming=shared.pool.placement.is_any_coming,
            due=shared.pool.placement.is_look_due,
        )
        self._send = self._machine.send
        self._extra = request.extra
        self._shared = shared
        self._callbacks = callbacks
        self._attempts: dict[int, Attempt] = {}
        self._reader = FeedReader(
            ring,
            FeedReaderParts(
                attempts=self._attempts,
                read_ticker=shared.read_ticker,
                settings=shared.settings,
                state=lambda: self._state,
                limits=self._machine.limits,
                send=self._send,
                failed=self._fail,
                delivered=callbacks.delivered,
                least_behind=callbacks.least_behind,
            ),
            now=self.started_at,
        )
        self._joiner = self._reader.joiner
        self.read_throttle = self._reader.read_throttle
        self.picture = PictureWatch(ring, self.started_at)
        self._log = SupplyLog(request.key, shared.pool, shared.totals, shared.note)

    @property
    def _state(self) -> SupplyState:
        return self._machine.state

    @property
    def scanner(self) -> Scanner:
        """What is known of the stream's tables."""
        return self._joiner.scanner

    @property
    def engines(self) -> tuple[EngineSpec, ...]:
        """All engines that play it or are asked to; two for a protected stream."""
        return tuple(attempt.engine for attempt in self._attempts.values())

    @property
    def switches(self) -> int:
        """How often the stream had to go on with another engine."""
        return self._log.switches

    @property
    def failovers(self) -> deque[Failover]:
        """The last changes of engine, oldest first."""
        return self._log.failovers

    @property
    def last_at(self) -> float:
        """When the ring grew last, monotonic seconds."""
        return self._reader.last_at

    @property
    def first_at(self) -> float | None:
        """When the first media byte came, None before."""
        return self._state.first_at

    @property
    def lost_at(self) -> float | None:
        """When the engine was lost, None while one delivers."""
        return self._state.outage.since if self._state.outage is not None else None

    @property
    def protected(self) -> bool:
        """Two engines are to play at once."""
        return self._state.protected

    def protect(self, on: bool) -> None:
        """Play on two engines at once from now on, or on one."""
        self._send(Protect(on))

    def engine_lost(self, engine_id: EngineId, error: EngineError, *, doubt: bool = False) -> None:
        """Go on with another engine; where this one is only in doubt, not if it just sent media."""
        for attempt in tuple(self._attempts.values()):
            spared = doubt and attempt.is_flowing(clock.monotonic())
            if attempt.engine.id == engine_id and not spared:
                self._fail(attempt, error)

    def client_progressed(self) -> None:
        """Read on if the engine was held back for the clients."""
        if self.read_throttle.is_fast:
            self._reader.tick(clock.monotonic())

    async def run(self) -> None:
        """Play until no engine can.

        Raises:
            Busy: No engine was free at the start.
            EngineError: What the last engine failed with.

        On cancel: the sessions are stopped in the background, their places released.
        """
        try:
            while self._machine.error is None:
                self._send(Time(lead_last_at=self._reader.lead_last_at))
                await self._machine.sleep()
            raise self._log.explain_end(self._machine.error, self._state.outage)
        finally:
            self._reader.stop()
            attempts = tuple(self._attempts.values())
            self._send(Stop())  # cancels all before one is waited for
            self.session = None
            await asyncio.gather(*(attempt.wait_closed() for attempt in attempts))

    # ------------------------------------------------------------------ the machine

    def _carry_out(self, command: Command) -> None:
        match command:
            case AskEngine():
                self._ask(command)
            case Dismiss():
                self._dismiss(command.attempt)
            case Settle():
                self._joiner.settle_lead()
                self._reader.look_for_lead(clock.monotonic())
                self._send(Settled())
            case SetDoubt():
                self._joiner.doubt = command.reason is DoubtReason.SILENT
                self._joiner.slow = command.reason is DoubtReason.SLOW
                if command.reason is not None and self.engine is not None:
                    self._log.doubted(self.engine, command.reason.value)
            case NoteStart():
                self._log.played(clock.monotonic() - self.started_at)
            case NoteOutage():
                self._log.lost(self.engine)
            case NoteFailover():
                engine = self._attempts[command.attempt].engine
                self._log.failed_over(command.outage, engine, self._joiner.splice)
            case WakeAt() | GiveUp():
                pass  # done by `SupplyRunner`
            case _:
                assert_never(command)

    def _ask(self, command: AskEngine) -> None:
        try:
            reservation = self._shared.pool.reserve(
                command.content, avoid=command.avoid, failures=command.last
            )
        except Busy as busy:
            self._send(NoPlace(command.attempt, busy))
            return
        quick = self._state.outage is not None
        self._attempts[command.attempt] = Attempt(
            reservation,
            self._shared.sessions,
            command,
            warm_up=WARM_UP_FIRST if quick else WARM_UP_LONGEST,
            extra=self._extra,
            on_change=self._attempt_changed,
            on_failure=self._fail,
        )
        self._send(Reserved(command.attempt, reservation.engine.id))

    def _dismiss(self, number: int) -> None:
        attempt = self._attempts.pop(number, None)
        if attempt is None:
            return
        attempt.close()
        if attempt.feed is not None:
            self._reader.leave(attempt.feed, clock.monotonic())
        if not any(attempt.feed for attempt in self._attempts.values()):
            self._reader.stop()

    def _step_done(self, before: SupplyState) -> None:
        """Do what follows from the new state."""
        self._reader.stall_after = stall_after(self._state, self._machine.limits())
        self._reader.settle_contest()
        self._show(before)

    def _show(self, before: SupplyState) -> None:
        """Note who carries the stream now, and tell the stream of what changed."""
        state = self._state
        oldest = next(iter(self._attempts.values()), None)
        carrier = self._attempts.get(state.lead) if state.lead is not None else oldest
        if carrier is not None:
            self.engine = carrier.engine
        for attempt in self._attempts.values():
            attempt.note_role(standby=attempt is not carrier)
        self.session = carrier.session if carrier is not None else None
        if _shown(before) != _shown(state):
            self._callbacks.changed()

    def _attempt_changed(self, attempt: Attempt) -> None:
        """Tell the machine how far an attempt is."""
        if self._attempts.get(attempt.number) is not attempt:
            return
        if attempt.feed is not None:
            now = clock.monotonic()
            self._log.delivered(attempt, now)
            self._send(Delivers(attempt.number))
            self._reader.start()
            self._reader.tick(now)
        elif attempt.session is not None:
            if self.accepted_at is None:
                self.accepted_at = clock.monotonic()
            self._send(Accepted(attempt.number))
        else:
            self._send(Asked(attempt.number))

    def _fail(self, attempt: Attempt, error: EngineError) -> None:
        """Tell the machine that an attempt has failed."""
        if self._attempts.get(attempt.number) is not attempt:
            return
        self._log.failed(attempt, error)
        number, waited, last_at = attempt.number, attempt.waited, self.last_at
        self._send(Failed(attempt=number, error=error.bare(), waited=waited, last_at=last_at))

    def look_for_picture(self, now: float) -> None:
        """Ask another engine where the promised video does not come; to be called once a second."""
        if self.picture.look(self.scanner, now) and not self._state.picture_tried:
            self._send(NoPicture(self.last_at))


def _shown(state: SupplyState) -> tuple[object, ...]:
    """Return what others see of a state."""
    return state.attempts, state.lead, state.outage, state.protected
