"""Who carries a stream, who is asked next, and when it is given up: examples."""

import dataclasses
import itertools
import math

import pytest

from acedesk.errors import (
    Busy,
    BusyReason,
    EngineError,
    EngineNoPicture,
    EngineRefused,
    EngineStalled,
    EngineTooSlow,
    EngineUnreachable,
    NotLive,
)
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import EngineId
from acedesk.rules.supply.doubt import DOUBT_HOLD
from acedesk.rules.supply.machine import step
from acedesk.rules.supply.plan import SECOND_AFTER, SECOND_START_AFTER, START_TRIES
from acedesk.rules.supply.rhythm import Silence
from acedesk.rules.supply.state import (
    Accepted,
    Asked,
    AskEngine,
    Command,
    Delivers,
    Dismiss,
    DoubtReason,
    Event,
    Failed,
    GiveUp,
    Leads,
    NoPicture,
    NoPlace,
    NoteFailover,
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
from tests.unit.rules.supply.test_state import KEY, LIMITS

OTHER = StreamKey(KeyKind.CONTENT_ID, "b" * 40)
GONE = EngineUnreachable("it ended the stream")


class Script:
    """A stream whose engines do what the test says.

    Attributes:
        free: The engines with a place, the best first.
        coming: An engine is being started.
        due: It is about to be looked whether one more is needed.
        refusal: Why there is no place, where there is none.
        done: All commands but `WakeAt`, oldest first.
    """

    def __init__(
        self,
        *free: str,
        protected: bool = False,
        hedged: bool = False,
        contents: tuple[StreamKey, ...] = (KEY,),
        coming: bool = False,
        due: bool = False,
        refusal: BusyReason = BusyReason.MAX_CAPACITY,
    ) -> None:
        self.now = 100.0
        self.coming = coming
        self.due = due
        self.refusal = refusal
        self.free = list(free)
        self.done: list[Command] = []
        self.wake_at = math.inf
        self.state = SupplyState(
            contents=contents, started_at=self.now, protected=protected, hedged=hedged
        )
        self.send(Time())

    def send(self, event: Event) -> None:
        """Tell the machine; engines are reserved, and settled, as it wants."""
        events = [event]
        while events:
            limits = dataclasses.replace(LIMITS, coming=self.coming, due=self.due)
            self.state, commands = step(self.state, events.pop(0), limits, self.now)
            for command in commands:
                events += self._answer(command)

    def _answer(self, command: Command) -> list[Event]:
        if isinstance(command, WakeAt):
            self.wake_at = command.at
            return []
        self.done.append(command)
        if isinstance(command, GiveUp):
            self.wake_at = math.inf
        if isinstance(command, Settle):
            return [Settled()]
        if not isinstance(command, AskEngine):
            return []
        taken = {one.engine for one in self.state.attempts} | command.avoid
        fit = [EngineId(name) for name in self.free if name not in taken]
        if not fit:
            return [NoPlace(command.attempt, Busy(self.refusal))]
        return [Reserved(command.attempt, min(fit, key=lambda one: command.last.get(one, 0)))]

    def wait(self, seconds: float) -> None:
        """Let time pass; the machine looks when it wished to."""
        until = self.now + seconds
        while self.wake_at <= until:
            self.now = max(self.wake_at, self.now + 0.001)
            self.send(Time())
        self.now = until

    @property
    def engines(self) -> list[str]:
        """Who is asked or plays, the oldest first."""
        return [one.engine for one in self.state.attempts]

    def number(self, engine: str) -> int:
        """Return the id of an engine's attempt."""
        return next(one.id for one in self.state.attempts if one.engine == engine)

    def lead(self, engine: str, replaced_last_at: float | None = None) -> None:
        """Let an engine bring the stream."""
        self.send(Asked(self.number(engine)))
        self.send(Accepted(self.number(engine)))
        self.send(Delivers(self.number(engine)))
        self.send(Leads(self.number(engine), replaced_last_at))

    def fail(self, engine: str, error: EngineError = GONE) -> None:
        """Let an engine fail."""
        self.send(Failed(attempt=self.number(engine), error=error, last_at=self.now))

    def given_up(self) -> GiveUp | None:
        """Return how it ended."""
        return next((one for one in self.done if isinstance(one, GiveUp)), None)


def playing(*free: str, protected: bool = False) -> Script:
    """Return a stream that has played for a minute on the first engine."""
    script = Script(*free, protected=protected)
    script.lead(free[0])
    script.wait(60.0)
    return script


# ---------------------------------------------------------------------- at the start


def test_the_best_engine_is_asked() -> None:
    assert Script("one", "two").engines == ["one"]


def test_two_are_asked_at_a_hedged_start_and_one_stays() -> None:
    script = Script("one", "two", "three", hedged=True)
    assert script.engines == ["one", "two"]

    script.lead("two")

    assert script.engines == ["two"]


def test_without_a_place_it_is_over() -> None:
    assert isinstance(Script().given_up(), GiveUp)


def test_an_engine_that_failed_gives_way_to_another() -> None:
    script = Script("one", "two", "three")

    script.fail("one")

    assert script.engines == ["two"]


def test_an_engine_that_does_not_answer_is_not_waited_for_alone() -> None:
    script = Script("mute", "two")
    script.send(Asked(script.number("mute")))

    script.wait(SECOND_START_AFTER - 0.1)
    assert script.engines == ["mute"]
    script.wait(0.2)

    assert script.engines == ["mute", "two"]
    script.lead("two")
    assert script.engines == ["two"]


def test_an_engines_queue_is_no_silence_of_its_own() -> None:
    script = Script("busy", "two")

    script.wait(20.0)

    assert script.engines == ["busy"]


def test_a_start_is_not_tried_on_every_engine_of_the_house() -> None:
    script = Script("one", "two", "three", "four", "five")

    for engine in ("one", "two", "three"):
        script.fail(engine)

    assert script.given_up() == GiveUp(GONE)
    assert sum(isinstance(one, AskEngine) for one in script.done) == START_TRIES


def test_a_refused_content_is_tried_on_one_other_engine() -> None:
    script = Script("one", "two", "three")
    script.fail("one", EngineRefused("no"))
    assert script.engines == ["two"]

    script.fail("two", EngineRefused("no"))

    assert script.given_up() is not None


@pytest.mark.parametrize("error", [NotLive(), EngineTooSlow()])
def test_some_failures_end_a_start(error: EngineError) -> None:
    script = Script("one", "two")

    script.fail("one", error)

    assert script.given_up() == GiveUp(error)


def test_of_two_that_were_asked_one_failure_is_none() -> None:
    script = Script("one", "two", hedged=True)
    script.fail("one", NotLive())
    assert script.given_up() is None

    script.lead("two")
    script.wait(1.0)
    script.fail("two")

    assert script.given_up() is None
    assert script.engines == ["one"]


def test_another_content_is_asked_for_when_the_first_is_refused() -> None:
    script = Script("one", "two", contents=(KEY, OTHER))

    script.fail("one", EngineRefused("no"))

    asked = [one.content for one in script.done if isinstance(one, AskEngine)]
    assert asked == [KEY, OTHER]


# ---------------------------------------------------------------------- an outage


def test_another_engine_goes_on() -> None:
    script = playing("one", "two")

    script.fail("one")
    script.lead("two")

    assert script.engines == ["two"]
    (failover,) = (one for one in script.done if isinstance(one, NoteFailover))
    assert failover.outage.engine == "one"


def test_the_only_engine_is_asked_again_at_once() -> None:
    script = playing("one")

    script.fail("one")

    assert script.engines == ["one"]


def test_an_earlier_failure_never_bars_the_only_engine() -> None:
    script = playing("one", "two")
    script.fail("one")
    script.lead("two")
    script.wait(3.0)

    script.send(Quiet(script.now - 0.7))

    assert script.engines == ["two", "one"]


def test_an_engine_that_fails_again_and_again_is_asked_every_two_seconds() -> None:
    script = playing("one")
    for _ in range(8):
        script.fail("one")
        waited = 0.0
        while not script.engines:
            script.wait(0.05)
            waited += 0.05
        assert waited <= 2.1


def test_a_second_engine_is_asked_when_the_first_does_not_go_on() -> None:
    script = playing("one", "two", "three")
    script.fail("one")
    assert script.engines == ["two"]

    script.wait(SECOND_AFTER + 0.01)

    assert script.engines == ["two", "three"]
    script.lead("three")
    assert script.engines == ["three"]


def test_the_time_for_it_is_limited_and_told() -> None:
    script = playing("one")
    script.free.clear()
    script.fail("one", EngineStalled("no bytes"))

    script.wait(LIMITS.switch + 1.0)

    ended = script.given_up()
    assert ended is not None
    assert isinstance(ended.error, EngineStalled)
    assert "within 45 s" in ended.error.detail


# ---------------------------------------------------------------------- two at once


def test_a_protected_stream_has_two() -> None:
    assert playing("one", "two", protected=True).engines == ["one", "two"]


def test_it_asks_for_a_second_within_two_seconds_as_long_as_one_is_free() -> None:
    script = playing("one", "two", protected=True)
    for _ in range(20):
        script.fail("two")
        script.wait(2.1)
        assert script.engines == ["one", "two"]


def test_a_second_that_comes_later_is_taken() -> None:
    script = playing("one", protected=True)

    script.free.append("two")
    script.wait(2.1)

    assert script.engines == ["one", "two"]


def test_protection_ends() -> None:
    script = playing("one", "two", protected=True)

    script.send(Protect(on=False))

    assert script.engines == ["one"]
    assert isinstance(script.done[-1], Dismiss)


# ---------------------------------------------------------------------- doubt


def test_a_silent_engine_gets_a_second_beside_it_until_it_has_done_well() -> None:
    script = playing("one", "two")
    script.send(Quiet(script.now - 0.8))
    assert script.engines == ["one", "two"]
    assert SetDoubt(DoubtReason.SILENT) in script.done

    while script.state.doubt is not None:
        script.now += 1.0
        script.send(Time(lead_last_at=script.now))

    assert script.engines == ["one"]
    assert script.now - 160.0 == pytest.approx(DOUBT_HOLD, abs=1.1)


def test_one_that_stays_silent_is_replaced_by_the_other() -> None:
    script = playing("one", "two")
    script.send(Quiet(script.now - 0.8))

    script.lead("two", replaced_last_at=script.now - 1.0)

    assert script.engines == ["two"]
    assert script.state.doubt is None
    (failover,) = (one for one in script.done if isinstance(one, NoteFailover))
    assert isinstance(failover.outage.error, EngineStalled)


def test_a_slow_engine_is_doubted_ever_less_often() -> None:
    script = playing("one", "two")
    begun: list[float] = []
    for _ in range(300):
        before = script.state.doubt
        script.send(Slow(script.now))
        if script.state.doubt is not None and before is None:
            begun.append(script.now)
            script.now += DOUBT_HOLD
            script.send(Time(lead_last_at=script.now))
        script.now += 1.0

    pauses = [b - a for a, b in itertools.pairwise(begun)]
    assert pauses == sorted(pauses)
    assert pauses[0] >= 20.0
    assert pauses[-1] > 2 * pauses[0]


def test_a_promised_picture_that_does_not_come_is_asked_of_another_engine_once() -> None:
    script = playing("one", "two")
    script.send(NoPicture(script.now))
    assert script.engines == ["one", "two"]

    script.lead("two")

    assert script.engines == ["two"]
    (failover,) = (one for one in script.done if isinstance(one, NoteFailover))
    assert isinstance(failover.outage.error, EngineNoPicture)
    script.send(NoPicture(script.now))
    assert script.engines == ["two"]


def test_a_protected_stream_leaves_the_engine_without_a_picture_at_once() -> None:
    script = playing("one", "two", "three", protected=True)
    for event in (Asked, Accepted, Delivers):
        script.send(event(script.number("two")))

    script.send(NoPicture(script.now))

    assert "one" not in script.engines
    assert script.engines[0] == "two"
    script.send(Leads(script.number("two")))
    (failover,) = (one for one in script.done if isinstance(one, NoteFailover))
    assert isinstance(failover.outage.error, EngineNoPicture)


def test_the_sound_goes_on_where_no_other_engine_has_the_picture() -> None:
    script = playing("one", "two")
    script.send(NoPicture(script.now))
    script.fail("two", EngineRefused("no"))

    script.wait(60.0)

    assert script.engines == ["one"]


def test_bursts_that_are_usual_are_no_stall_later() -> None:
    script = playing("one", "two")
    for _ in range(4):
        silence = Silence(script.now, 10.0)
        script.now += 10.0
        script.send(Resumed(silence=silence, sessions=1, from_lead=True))
        script.now += 0.2

    assert script.state.rhythm.usual == 10.0


# ---------------------------------------------------------------------- the end


def test_stopping_lets_all_go_and_nothing_follows() -> None:
    script = playing("one", "two", protected=True)
    script.done.clear()

    script.send(Stop())
    script.send(Protect(on=True))
    script.send(Time())

    assert sorted(one.attempt for one in script.done if isinstance(one, Dismiss)) == [1, 2]
    assert len(script.done) == 2


def test_an_engine_reserved_too_late_is_let_go() -> None:
    state = SupplyState(contents=(KEY,), started_at=0.0)
    state, _ = step(state, Time(), LIMITS, 0.0)
    state, _ = step(state, Stop(), LIMITS, 0.0)

    _, commands = step(state, Reserved(1, EngineId("one")), LIMITS, 0.0)

    assert commands == (Dismiss(1),)
    assert dataclasses.replace(state).ended
