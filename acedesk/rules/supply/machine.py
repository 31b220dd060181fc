"""Which engines play a stream: who carries it, who is asked next, when it is given up.

One state machine decides all of this: `step` takes the state, an event, the limits and the time,
and returns the next state and commands. `state` has the values, `plan` says which engine is asked
and when, `doubt` when an engine is doubted; `acedesk.proxy.ingest.supply` carries the commands out.
No engine is excluded because it failed: the others are asked before it, and it is asked again
after `LONGEST_DELAY` at most. Tries are counted for one outage and end with it. Times are seconds
of the monotonic clock.
"""

import dataclasses
from typing import assert_never

from acedesk.errors import EngineError, EngineNoPicture, EngineRefused, EngineStalled
from acedesk.model.engine import EngineId
from acedesk.rules.supply import doubt
from acedesk.rules.supply.plan import (
    FORGET_FAILURE,
    PLACE_DELAY,
    SETTLED,
    SPARE_DELAY,
    ask,
    is_start_over,
    next_time,
    not_before,
    outage_end,
    start_end,
    target,
    waits_for_engine,
)
from acedesk.rules.supply.rhythm import Rhythm
from acedesk.rules.supply.state import (
    Accepted,
    Asked,
    AttemptPhase,
    AttemptState,
    Command,
    Delivers,
    Dismiss,
    DoubtReason,
    Event,
    Failed,
    Failures,
    GiveUp,
    Leads,
    Limits,
    NoPicture,
    NoPlace,
    NoteFailover,
    NoteOutage,
    NoteStart,
    Outage,
    Protect,
    Quiet,
    Reserved,
    Resumed,
    SetDoubt,
    Settle,
    Settled,
    Slow,
    Stop,
    SupplyState,
    Time,
    WakeAt,
)


def step(
    state: SupplyState, event: Event, limits: Limits, now: float
) -> tuple[SupplyState, tuple[Command, ...]]:
    """Take one event; return the next state and the commands, in the order to carry them out."""
    if state.ended:
        return state, (Dismiss(event.attempt),) if isinstance(event, Reserved) else ()
    one = _Step(state, limits, now)
    one.take(event)
    if one.state.doubt_reason is not state.doubt_reason:
        one.commands.append(SetDoubt(one.state.doubt_reason))
    if not one.state.ended:
        one.plan()
    return one.state, tuple(one.commands)


class _Step:
    """One step: the state as it changes, and the commands so far."""

    def __init__(self, state: SupplyState, limits: Limits, now: float) -> None:
        self.state = state
        self.commands: list[Command] = []
        self._limits = limits
        self._now = now

    def _set(self, **changes: object) -> None:
        self.state = dataclasses.replace(self.state, **changes)  # type: ignore[arg-type]

    # ------------------------------------------------------------------ what happened

    def take(self, event: Event) -> None:
        """Change the state by one event."""
        match event:
            case Time():
                self.state = doubt.look(self.state, event.lead_last_at, self._now)
            case Reserved() | NoPlace():
                self._answered(event)
            case Asked() | Accepted() | Delivers():
                self._came_further(event)
            case Failed():
                self._failed(event)
            case Leads():
                self._leads(event)
            case Settled():
                self._settled()
            case Protect():
                self._set(protected=event.on, retry_at=self._now)
            case Stop():
                self._end()
            case _:
                self._seen(event)

    def _seen(self, event: Quiet | Resumed | Slow | NoPicture) -> None:
        """Change the state by what the packets show."""
        match event:
            case Quiet():
                silent = DoubtReason.SILENT
                self.state = doubt.begin(self.state, silent, event.since, self._now)
            case Resumed():
                self.state = doubt.resumed(self.state, event, self._now)
            case Slow():
                self.state = doubt.slow(self.state, event.last_at, self._now)
            case NoPicture():
                self.state = doubt.no_picture(self.state, event.last_at, self._now)
                self._leave_for_picture()
            case _:
                assert_never(event)

    def _answered(self, event: Reserved | NoPlace) -> None:
        asked = self.state.asking
        if asked is None or asked.attempt != event.attempt:
            return
        self._set(asking=None)
        if isinstance(event, NoPlace):
            self._no_place(event)
            return
        attempt = AttemptState(
            id=event.attempt,
            engine=event.engine,
            content=asked.content,
            phase=AttemptPhase.ASKED if asked.replaces else AttemptPhase.WAITS,
            asked_at=self._now,
            since=self._now,
        )
        self._set(attempts=(*self.state.attempts, attempt))

    def _no_place(self, event: NoPlace) -> None:
        state = self.state
        starts = state.first_at is None and not state.attempts
        waits = starts and waits_for_engine(state, event.error, self._limits, self._now)
        if starts and not waits:
            self._give_up(GiveUp(state.failure or event.error))
            return
        later = self._now + (SPARE_DELAY if state.attempts else PLACE_DELAY)
        again = [at for at in map(not_before, state.failures.values()) if at > self._now]
        retry_at = min([later, *again])
        spans = ((self._now, retry_at),) if waits else ()
        self._set(retry_at=retry_at, placeless=(*state.placeless, *spans))

    def _came_further(self, event: Asked | Accepted | Delivers) -> None:
        match event:
            case Asked():
                phase = AttemptPhase.ASKED
            case Accepted():
                phase = AttemptPhase.ACCEPTED
            case Delivers():
                phase = AttemptPhase.DELIVERS
            case _:
                assert_never(event)
        self._set(
            attempts=tuple(
                dataclasses.replace(one, phase=phase, since=self._now)
                if one.id == event.attempt
                else one
                for one in self.state.attempts
            )
        )
        if phase is AttemptPhase.DELIVERS:
            self._leave_for_picture()

    def _leave_for_picture(self) -> None:
        """Give up a lead without a picture as soon as another attempt delivers."""
        state = self.state
        if state.lead is None or state.doubt_reason is not DoubtReason.NO_PICTURE:
            return
        others = [one for one in state.attempts if one.id != state.lead]
        if any(one.phase is AttemptPhase.DELIVERS for one in others):
            error = EngineNoPicture("its stream has sound and no picture")
            self._failed(Failed(attempt=state.lead, error=error, last_at=self._now))

    def _failed(self, event: Failed) -> None:
        attempt = self.state.attempt(event.attempt)
        if attempt is None:
            return
        led = attempt.id == self.state.lead
        if event.waited is not None:
            self._set(waits=(*self.state.waits, event.waited))
        self._lose(attempt, event.error)
        if self.state.first_at is None:
            self._start_failed(event.error)
        elif led:
            self._begin_outage(attempt.engine, event.error, event.last_at)
        elif self.state.outage is not None:
            self._set(failure=event.error)
        self._set(retry_at=self._now)

    def _start_failed(self, error: EngineError) -> None:
        tries = self.state.tries + 1
        left = start_end(self.state, self._limits) - self._now
        hopeless = self.state.hopeless or is_start_over(error, tries=tries, left=left)
        self._set(tries=tries, failure=error, hopeless=hopeless)

    def _lose(self, attempt: AttemptState, error: EngineError) -> None:
        """Drop an attempt that failed, and count the failure."""
        state, now = self.state, self._now
        before = state.failures.get(attempt.engine)
        settled = attempt.id == state.lead and now - state.led_since >= SETTLED
        if settled or before is None or now - before.at > FORGET_FAILURE:
            before = Failures(count=0, at=now)
        failures = {**state.failures, attempt.engine: Failures(count=before.count + 1, at=now)}
        refused = dict(state.content_failures)
        if isinstance(error, EngineRefused):
            refused[attempt.content] = refused.get(attempt.content, 0) + 1
        self._set(
            attempts=tuple(one for one in state.attempts if one is not attempt),
            lead=None if attempt.id == state.lead else state.lead,
            failures=failures,
            content_failures=refused,
        )
        self.commands.append(Dismiss(attempt.id))

    def _begin_outage(self, engine: EngineId, error: EngineError, silent_since: float) -> None:
        doubted = self.state.doubt
        outage = Outage(
            since=self._now,
            silent_since=silent_since,
            bridged=doubted.bridged if doubted is not None else 0.0,
            error=error,
            engine=engine,
        )
        self._set(outage=outage, failure=None, doubt=None)
        self.commands.append(NoteOutage(outage))

    def _leads(self, event: Leads) -> None:
        attempt = self.state.attempt(event.attempt)
        if attempt is None or attempt.id == self.state.lead:
            return
        former = self.state.attempt(self.state.lead)
        if former is not None and event.replaced_last_at is not None:
            self._replace(former, event.replaced_last_at)
        self._set(lead=attempt.id, led_since=self._now, retry_at=self._now, failure=None)
        if self.state.first_at is None:
            self._set(first_at=self._now, hopeless=False, rhythm=Rhythm(since=self._now))
            self.commands.append(NoteStart(attempt.id))
        outage = self.state.outage
        if outage is not None:
            self._set(outage=None)
            self.commands.append(NoteFailover(outage, attempt.id))

    def _replace(self, former: AttemptState, last_at: float) -> None:
        """Give up an engine that another one replaced while it was doubted."""
        doubted = self.state.doubt
        if self.state.doubt_reason is DoubtReason.SLOW:
            error = EngineStalled("it was too slow for the picture")
        else:
            error = EngineStalled(f"no bytes for {self._now - last_at:.1f} s")
        self._lose(former, error)
        since = doubted.silent_since if doubted is not None else last_at
        self._begin_outage(former.engine, error, since)

    def _settled(self) -> None:
        state = self.state
        self._set(settling=False)
        excess = len(state.attempts) - target(self.state, self._now)
        if state.lead is None or excess <= 0:
            return
        others = [one for one in state.attempts if one.id != state.lead]
        gone = others[-excess:]
        self._set(attempts=tuple(one for one in state.attempts if one not in gone))
        self.commands += [Dismiss(one.id) for one in gone]

    # ------------------------------------------------------------------ what is to be done

    def plan(self) -> None:
        """Add the commands that the state calls for: end, settle, ask, wait."""
        if self._limits.coming and self.state.outage is not None:
            self._set(outage=dataclasses.replace(self.state.outage, coming_at=self._now))
        elif self._limits.coming and self.state.first_at is None:
            self._set(coming_at=self._now)
        state, now = self.state, self._now
        if state.hopeless and not state.attempts and state.failure is not None:
            self._give_up(GiveUp(state.failure))
            return
        if state.outage is not None and now >= outage_end(state.outage, self._limits):
            self._give_up(GiveUp(_final(state.outage, state.failure, self._limits.switch)))
            return
        wanted = target(state, now)
        if state.lead is not None and len(state.attempts) > wanted and not state.settling:
            self._set(settling=True)
            self.commands.append(Settle())
        self._ask(wanted)
        self.commands.append(WakeAt(next_time(self.state, self._limits, self._now)))

    def _ask(self, wanted: int) -> None:
        state = self.state
        few = len(state.attempts) < wanted and not state.hopeless
        if not few or state.asking is not None or self._now < state.retry_at:
            return
        question = ask(state, self._limits, self._now)
        self._set(next_id=state.next_id + 1, asking=question)
        self.commands.append(question)

    def _give_up(self, command: GiveUp) -> None:
        self._end()
        self.commands.append(command)

    def _end(self) -> None:
        self.commands += [Dismiss(one.id) for one in self.state.attempts]
        self._set(ended=True, attempts=(), lead=None, asking=None)


def _final(outage: Outage, failure: EngineError | None, budget: float) -> EngineError:
    """Return the error of a stream that no engine went on with in time."""
    text = outage.error.detail
    if failure is not None and failure.detail != text:
        text = f"{text}; then: {failure.detail}"
    return type(outage.error)(f"{text}; no engine went on with it within {budget:g} s")
