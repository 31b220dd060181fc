"""Whatever happens to the engines of a stream: what must hold, over histories of many faults."""

import math
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from acedesk.errors import (
    Busy,
    BusyReason,
    EngineError,
    EngineRefused,
    EngineStalled,
    EngineTooSlow,
    EngineUnreachable,
)
from acedesk.model.engine import EngineId
from acedesk.rules.supply.doubt import doubt_after, stall_after
from acedesk.rules.supply.machine import step
from acedesk.rules.supply.plan import LONGEST_DELAY, SPARE_DELAY
from acedesk.rules.supply.rhythm import Silence
from acedesk.rules.supply.state import (
    Accepted,
    Asked,
    AskEngine,
    AttemptPhase,
    Command,
    Delivers,
    Dismiss,
    Event,
    Failed,
    GiveUp,
    Leads,
    NoPlace,
    NoteFailover,
    NoteOutage,
    Protect,
    Quiet,
    Reserved,
    Resumed,
    Settle,
    Settled,
    Slow,
    Stop,
    SupplyState,
    Time,
    WakeAt,
)
from tests.unit.rules.supply.test_state import KEY, LIMITS

ERRORS: tuple[EngineError, ...] = (
    EngineUnreachable("it ended the stream"),
    EngineStalled("no bytes for 6 s"),
    EngineRefused("failed to load content"),
    EngineTooSlow("no media within 5 s"),
)
# How late a question may be: the machine is asked when it wished, and floats are added up.
ROUNDING = 0.01


class SupplyMachine(RuleBasedStateMachine):
    """A stream on up to three engines, of which any may fail at any time."""

    names: ClassVar = ("one", "two", "three")

    @initialize(protected=st.booleans(), hedged=st.booleans(), count=st.integers(1, 3))
    def begin(self, protected: bool, hedged: bool, count: int) -> None:
        """Ask for a stream."""
        self.now = 100.0
        self.free = {EngineId(name) for name in self.names[:count]}
        self.wake_at = math.inf
        self.ended: GiveUp | None = None
        self.stopped = False
        self.reserved: list[int] = []
        self.dismissed: list[int] = []
        self.after_end = 0
        self.outages = self.failovers = 0
        self.lacking_since: float | None = None
        self.state = SupplyState(
            contents=(KEY,), started_at=self.now, protected=protected, hedged=hedged
        )
        self.send(Time())

    # ------------------------------------------------------------------ the world around it

    def send(self, event: Event) -> None:
        """Tell the machine, and do what it wants."""
        events = [event]
        while events:
            over = self.state.ended
            self.state, commands = step(self.state, events.pop(0), LIMITS, self.now)
            self.after_end += len(commands) if over else 0
            for command in commands:
                events += self.carry_out(command)
        self.look_for_lack()

    def carry_out(self, command: Command) -> list[Event]:
        """Do one thing; return what it is answered with."""
        match command:
            case WakeAt():
                assert command.at >= self.now
                self.wake_at = command.at
            case AskEngine():
                return [self.reserve(command)]
            case Dismiss():
                self.dismissed.append(command.attempt)
            case Settle():
                return [Settled()]
            case GiveUp():
                assert self.ended is None
                self.ended, self.wake_at = command, math.inf
            case NoteOutage():
                self.outages += 1
            case NoteFailover():
                self.failovers += 1
            case _:
                pass
        return []

    def reserve(self, command: AskEngine) -> Event:
        """Take the engine that failed least and is not taken."""
        assert command.accept > 0.0
        taken = {one.engine for one in self.state.attempts}
        fit = self.free - command.avoid - taken
        if not fit:
            return NoPlace(command.attempt, Busy(BusyReason.MAX_CAPACITY))
        self.reserved.append(command.attempt)
        return Reserved(command.attempt, min(fit, key=lambda one: (command.last.get(one, 0), one)))

    def look_for_lack(self) -> None:
        """Note since when a running stream has been without an engine that is free."""
        state = self.state
        playing = state.first_at is not None and not state.ended
        unused = self.free - {one.engine for one in state.attempts}
        wanted = 2 if state.protected and state.lead is not None else 1
        lacks = playing and len(state.attempts) < wanted and bool(unused)
        if not lacks:
            self.lacking_since = None
        elif self.lacking_since is None:
            self.lacking_since = self.now

    def some(self, number: int) -> int:
        """Return the id of one of the attempts."""
        return self.state.attempts[number % len(self.state.attempts)].id

    # ------------------------------------------------------------------ what may happen

    @rule(seconds=st.sampled_from([0.01, 0.1, 0.3, 1.0, 3.0, 10.0, 60.0]))
    def pass_time(self, seconds: float) -> None:
        """Let time pass; the machine looks when it wished to."""
        until = self.now + seconds
        while self.wake_at <= until:
            self.now = max(self.now, self.wake_at)
            before = self.wake_at
            self.send(Time(lead_last_at=self.now))
            assert self.wake_at > before or self.state.ended, "it asks to be woken in a loop"
            if self.state.ended:
                self.wake_at = math.inf
        self.now = until

    @precondition(lambda self: self.state.attempts)
    @rule(number=st.integers(0, 1))
    def come_further(self, number: int) -> None:
        """Let an engine answer, or bring packets."""
        attempt = self.state.attempts[number % len(self.state.attempts)]
        following: dict[AttemptPhase, Event] = {
            AttemptPhase.WAITS: Asked(attempt.id),
            AttemptPhase.ASKED: Accepted(attempt.id),
            AttemptPhase.ACCEPTED: Delivers(attempt.id),
        }
        if attempt.phase in following:
            self.send(following[attempt.phase])
        elif self.state.lead is None:
            self.send(Leads(attempt.id))

    @precondition(lambda self: self.state.attempts)
    @rule(number=st.integers(0, 1))
    def lead_at_once(self, number: int) -> None:
        """Let an engine that is asked bring the stream, if none does."""
        attempt = self.some(number)
        for event in (Asked(attempt), Accepted(attempt), Delivers(attempt)):
            self.send(event)
        if self.state.lead is None:
            self.send(Leads(attempt))

    @precondition(lambda self: self.state.attempts)
    @rule(number=st.integers(0, 1), error=st.sampled_from(ERRORS))
    def fail(self, number: int, error: EngineError) -> None:
        """Let an engine fail."""
        self.send(Failed(attempt=self.some(number), error=error, last_at=self.now))

    @rule(name=st.sampled_from(names), there=st.booleans())
    def come_or_go(self, name: str, there: bool) -> None:
        """Let an engine's place come free or be taken."""
        (self.free.add if there else self.free.discard)(EngineId(name))
        self.look_for_lack()

    @precondition(lambda self: self.state.lead is not None)
    @rule()
    def fall_silent(self) -> None:
        """Let the lead be silent for longer than is usual."""
        self.now += min(doubt_after(self.state, LIMITS, self.now), 60.0)
        self.look_for_lack()
        self.send(Quiet(self.now))

    @precondition(lambda self: self.state.lead is not None)
    @rule(seconds=st.floats(0.3, 20.0), sessions=st.integers(0, 2), from_lead=st.booleans())
    def go_on(self, seconds: float, sessions: int, from_lead: bool) -> None:
        """Let packets come after a silence."""
        silence = Silence(self.now - seconds, seconds)
        self.send(Resumed(silence=silence, sessions=sessions, from_lead=from_lead))

    @precondition(lambda self: self.state.doubt is not None)
    @rule(number=st.integers(0, 1))
    def replace(self, number: int) -> None:
        """Let the engine that was made ready take the other's place."""
        attempt = self.some(number)
        if attempt != self.state.lead:
            self.send(Delivers(attempt))
            self.send(Leads(attempt, self.now - 1.0))

    @precondition(lambda self: self.state.lead is not None)
    @rule()
    def fall_behind(self) -> None:
        """Let the lead be too slow."""
        self.send(Slow(self.now))

    @rule(on=st.booleans())
    def protect(self, on: bool) -> None:
        """Let somebody want two engines, or one."""
        self.send(Protect(on))

    @rule()
    @precondition(lambda self: self.now > 700.0)
    def stop(self) -> None:
        """Let the last viewer leave."""
        self.stopped = True
        self.send(Stop())

    # ------------------------------------------------------------------ what must hold

    @invariant()
    def there_is_one_lead_at_most(self) -> None:
        """The lead is one of the attempts, and no engine is asked twice."""
        state = self.state
        assert state.lead is None or state.attempt(state.lead) is not None
        assert len({one.engine for one in state.attempts}) == len(state.attempts) <= 2

    @invariant()
    def every_session_is_stopped_once(self) -> None:
        """Whatever was reserved is there, or was let go once."""
        assert len(set(self.dismissed)) == len(self.dismissed)
        alive = {one.id for one in self.state.attempts}
        assert set(self.reserved) == alive | set(self.dismissed)
        assert not alive & set(self.dismissed)

    @invariant()
    def nothing_follows_the_end(self) -> None:
        """After the end nothing is commanded."""
        assert self.after_end == 0
        if self.state.ended:
            assert not self.state.attempts
            assert self.stopped or self.ended is not None

    @invariant()
    def no_failure_bars_the_only_engine(self) -> None:
        """While an engine is free, a stream that lacks one asks it soon."""
        if self.lacking_since is not None:
            soon = max(LONGEST_DELAY, SPARE_DELAY) + ROUNDING
            assert self.now - self.lacking_since <= soon or self.wake_at <= self.now + ROUNDING

    @invariant()
    def the_wait_is_bounded(self) -> None:
        """A running stream without an engine ends in time, and never before."""
        state = self.state
        if state.outage is not None and not state.ended:
            assert self.now - state.outage.since <= LIMITS.switch + ROUNDING
        if self.ended is not None and state.first_at is not None:
            assert state.outage is not None
            assert self.now - state.outage.since >= LIMITS.switch - ROUNDING

    @invariant()
    def every_outage_is_told(self) -> None:
        """An outage ends in a failover, in the end of the stream, or it lasts."""
        lasts = 1 if self.state.outage is not None else 0
        assert self.outages == self.failovers + lasts

    @invariant()
    def a_rhythm_is_no_stall(self) -> None:
        """Neither a doubt nor a stall comes before the usual silence is over."""
        usual = self.state.rhythm.usual
        assert doubt_after(self.state, LIMITS, self.now) > usual
        assert LIMITS.stall + usual == stall_after(self.state, LIMITS)


SupplyMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=50)
TestSupplyMachine = pytest.mark.timeout(120)(SupplyMachine.TestCase)
