"""What a single answer does to the pool; whole courses are in the manager's tests."""

import asyncio
import dataclasses
import datetime

import pytest

from acedesk import tasks
from acedesk.engines import prober as module
from acedesk.engines.pool import EnginePool
from acedesk.engines.prober import (
    FAILING_INTERVAL,
    LONG_UNHEALTHY,
    LONG_UNHEALTHY_INTERVAL,
    UNHEALTHY_INTERVAL,
    Prober,
)
from acedesk.errors import (
    Busy,
    BusyReason,
    EngineAnswerInvalid,
    EngineError,
    EngineRefused,
    EngineSilent,
    EngineTooSlow,
    EngineUnreachable,
    NotAnEngine,
)
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import (
    BackendKind,
    EngineHealth,
    EngineId,
    EngineIntent,
    EngineSpec,
    EngineState,
)
from acedesk.model.engine_record import AttemptRecord, StallRecord
from acedesk.rules.engines.health import STRIKES, SUSPICIOUS_STARTS
from acedesk.settings import Settings
from tests.fakes.loop_steps import let_others_run, until

SPEC = EngineSpec(
    id=EngineId("e"), name="engine-1", backend=BackendKind.DOCKER, host="127.0.0.1", port=6878
)
MADE = datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.UTC)


@dataclasses.dataclass
class _Version:
    version: str = "3.2.11"


class AnsweringClient:
    """Answers as it is told, and when it is told."""

    def __init__(self) -> None:
        self.error: EngineError | None = None
        self.version_error: EngineError | None = None
        self.asked: list[int] = []
        self.called = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def check(self, host: str, port: int, *, timeout: float = 5.0) -> float:
        self.asked.append(port)
        self.called.set()
        await self.go_on.wait()
        if self.error is not None:
            raise self.error
        return 0.01

    async def fetch_version(self, host: str, port: int, *, timeout: float = 3.0) -> _Version:
        if self.version_error is not None:
            raise self.version_error
        return _Version()


def _make(health: EngineHealth) -> tuple[EnginePool, AnsweringClient, Prober]:
    pool, client = EnginePool(Settings), AnsweringClient()
    pool.add(SPEC, health=health)
    return pool, client, Prober(pool, client, Settings)


async def test_a_good_probe_notes_time_and_version() -> None:
    pool, _, prober = _make(EngineHealth.READY)

    await prober.probe_all()

    (view,) = pool.views()
    assert (view.version, view.answer_time) == ("3.2.11", 0.01)
    assert view.last_check_time is not None
    assert view.last_check_time.tzinfo is datetime.UTC


async def test_a_version_that_is_refused_is_asked_for_again() -> None:
    pool, client, prober = _make(EngineHealth.READY)
    client.version_error = EngineRefused("not now")
    await prober.probe_all()
    assert pool.views()[0].version == ""

    client.version_error = None
    await prober.probe_all()

    assert pool.views()[0].version == "3.2.11"


async def test_an_engine_on_which_streams_fail_falls_at_the_first_failed_probe() -> None:
    pool, client, prober = _make(EngineHealth.READY)
    for _ in range(SUSPICIOUS_STARTS):
        pool.report_attempt(SPEC.id, AttemptRecord(asked_at=1.0, error_code="engine_refused"))
    client.error = EngineUnreachable("refused")

    await prober.probe_all()

    assert pool.views()[0].state is EngineState.UNHEALTHY


async def test_a_draining_engine_that_is_well_goes_on_draining() -> None:
    pool, _, prober = _make(EngineHealth.READY)
    pool.intents.set(SPEC.id, EngineIntent.DRAIN)
    await prober.probe_all()
    assert pool.views()[0].state is EngineState.DRAINING


@pytest.mark.parametrize(
    ("error", "health"),
    [
        (EngineUnreachable("connection refused"), EngineHealth.UNREACHABLE),
        (EngineTooSlow("no answer within 5 s"), EngineHealth.HUNG),
        (EngineAnswerInvalid("this is a web page"), EngineHealth.UNREACHABLE),
    ],
)
async def test_how_probes_fail_tells_a_hung_engine_from_one_that_is_not_there(
    error: EngineError, health: EngineHealth
) -> None:
    pool, client, prober = _make(EngineHealth.READY)
    client.error = error

    for _ in range(STRIKES - 1):
        await prober.probe_all()
    assert pool.views()[0].health is EngineHealth.READY
    await prober.probe_all()

    found = pool.views()[0]
    assert (found.health, found.error is not None) == (health, True)
    assert error.detail in str(found.error)
    client.error = None
    await prober.probe_all()
    assert pool.views()[0].health is EngineHealth.READY


async def test_stopped_and_starting_engines_are_left_to_others() -> None:
    pool, client, prober = _make(EngineHealth.STOPPED)
    await prober.probe_all()
    pool.set_health(SPEC.id, EngineHealth.STARTING)
    await prober.probe_all()
    assert client.asked == []


async def test_the_answer_of_an_earlier_life_counts_for_nothing() -> None:
    pool, client, prober = _make(EngineHealth.READY)
    client.go_on.clear()
    probing = tasks.spawn(prober.probe_all(), name="probe")
    await client.called.wait()

    pool.add(dataclasses.replace(SPEC, port=7000))
    client.go_on.set()
    await probing

    (view,) = pool.views()
    assert (view.state, view.last_check_time) == (EngineState.STARTING, None)


async def test_a_starting_engine_becomes_ready_when_it_answers_at_its_new_port() -> None:
    pool, client, prober = _make(EngineHealth.STARTING)
    client.error = EngineUnreachable("refused")
    changed = asyncio.Event()
    pool.changed.connect(changed.set)
    running = tasks.spawn(prober.run(), name="prober")
    await client.called.wait()

    pool.add(dataclasses.replace(SPEC, port=7000))
    client.error = None
    async with asyncio.timeout(5):
        while pool.views()[0].state is not EngineState.READY:
            await changed.wait()
            changed.clear()

    assert client.asked[-1] == 7000
    await tasks.cancel(running)


async def test_a_drained_engine_that_fails_and_recovers_gets_no_new_streams() -> None:
    pool, client, prober = _make(EngineHealth.READY)
    pool.intents.set(SPEC.id, EngineIntent.DRAIN)
    client.error = EngineUnreachable("refused")
    for _ in range(STRIKES):
        await prober.probe_all()
    assert pool.views()[0].state is EngineState.UNHEALTHY

    client.error = None
    await prober.probe_all()

    assert pool.views()[0].state is EngineState.DRAINING
    assert not pool.has_place(StreamKey(KeyKind.CONTENT_ID, "0" * 40))


async def test_an_engine_that_is_out_of_use_is_probed_more_often_than_one_that_is_well() -> None:
    pool, client, prober = _make(EngineHealth.READY)
    await prober.probe_all()
    well = prober._pause(SPEC.id)

    client.error = EngineUnreachable("refused")
    pauses = []
    while pool.views()[0].health is EngineHealth.READY:
        await prober.probe_all()
        pauses.append(prober._pause(SPEC.id))

    assert well == Settings().health_interval
    assert pauses[0] == FAILING_INTERVAL < well
    assert pauses[-1] == UNHEALTHY_INTERVAL <= 1.0


STATIC = dataclasses.replace(SPEC, backend=BackendKind.STATIC)


async def _first_look(error: EngineError, spec: EngineSpec) -> tuple[EnginePool, AnsweringClient]:
    """Return the pool after the first probe of an engine that was just met."""
    pool, client = EnginePool(Settings), AnsweringClient()
    client.error = error
    pool.add(spec)
    running = tasks.spawn(Prober(pool, client, Settings).run(), name="prober")
    changed = asyncio.Event()
    pool.changed.connect(changed.set)
    async with asyncio.timeout(5):
        while pool.views()[0].state is EngineState.STARTING:
            await changed.wait()
            changed.clear()
    await tasks.cancel(running)
    return pool, client


@pytest.mark.parametrize(
    ("error", "kind", "health"),
    [
        (EngineUnreachable("Connection refused"), EngineUnreachable, EngineHealth.UNREACHABLE),
        (EngineTooSlow("no answer within 5 s"), EngineSilent, EngineHealth.HUNG),
        (NotAnEngine("its answer is not HTTP"), NotAnEngine, EngineHealth.UNREACHABLE),
    ],
)
async def test_what_is_wrong_at_an_own_address_is_known_at_the_first_look(
    error: EngineError, kind: type[EngineError], health: EngineHealth
) -> None:
    pool, client = await _first_look(error, STATIC)

    (view,) = pool.views()
    assert client.asked == [6878]
    assert (view.health, type(view.error)) == (health, kind)
    assert "127.0.0.1:6878" in str(view.error)
    with pytest.raises(Busy, match=r"127\.0\.0\.1:6878") as refused:
        pool.reserve(StreamKey(KeyKind.CONTENT_ID, "0" * 40))
    assert refused.value.reason is BusyReason.NO_ENGINE


async def test_an_own_address_that_is_silent_is_looked_at_each_second_then_more_rarely() -> None:
    pool, client = EnginePool(Settings), AnsweringClient()
    now = [100.0]
    prober = Prober(pool, client, Settings, now=lambda: now[0])
    client.error = EngineUnreachable("Connection refused")
    pool.add(STATIC)
    await prober._await_answer(SPEC.id)

    first = prober._pause(SPEC.id)
    now[0] += LONG_UNHEALTHY + 1.0
    later = prober._pause(SPEC.id)

    assert (first, later) == (UNHEALTHY_INTERVAL, LONG_UNHEALTHY_INTERVAL)
    client.error = None
    await prober.probe_all()
    assert pool.views()[0].state is EngineState.READY


async def test_the_time_of_a_starting_engine_begins_when_it_has_a_port() -> None:
    seconds = 0.0
    pool, client = EnginePool(Settings), AnsweringClient()
    pool.add(dataclasses.replace(SPEC, port=0), health=EngineHealth.STARTING)
    prober = Prober(pool, client, Settings, now=lambda: seconds)
    changed = asyncio.Event()
    pool.changed.connect(changed.set)
    running = tasks.spawn(prober.run(), name="prober")
    await until(lambda: SPEC.id in prober._starting)

    seconds = 10 * Settings().engine_start_timeout
    pool.add(SPEC)
    async with asyncio.timeout(5):
        while pool.views()[0].health is EngineHealth.STARTING:
            changed.clear()
            await changed.wait()

    assert pool.views()[0].health is EngineHealth.READY
    await tasks.cancel(running)


async def test_why_a_paused_engine_does_not_answer_is_known_already() -> None:
    pool, client, prober = _make(EngineHealth.READY)
    pool.add(
        dataclasses.replace(SPEC, paused=True),
        health=EngineHealth.HUNG,
        error=EngineSilent("paused"),
    )
    client.error = EngineTooSlow("nothing came")

    for _ in range(STRIKES):
        await prober.probe_all()
    assert str(pool.views()[0].error) == str(EngineSilent("paused"))

    client.error = None
    await prober.probe_all()
    assert pool.views()[0].health is EngineHealth.READY


async def test_an_engine_without_a_port_is_asked_nothing() -> None:
    pool, client, prober = _make(EngineHealth.READY)
    pool.add(dataclasses.replace(SPEC, port=0), health=EngineHealth.UNREACHABLE)

    await prober.probe_all()

    assert client.asked == []


@pytest.mark.parametrize("how", ["a start failed", "it fell silent"])
async def test_an_engine_on_which_a_stream_fails_is_asked_at_once(how: str) -> None:
    pool, client, prober = _make(EngineHealth.READY)
    running = tasks.spawn(prober.run(), name="prober")
    await until(lambda: len(client.asked) == 1 and pool.views()[0].version != "")
    client.error = EngineUnreachable("refused")

    if how == "a start failed":
        pool.report_attempt(SPEC.id, AttemptRecord(asked_at=0.0, error_code="engine_unreachable"))
    else:
        pool.report_stall(SPEC.id, StallRecord(at=0.0, duration=6.0))

    await until(lambda: len(client.asked) == 2)
    await tasks.cancel(running)


async def test_streams_that_fail_again_and_again_bring_no_further_questions() -> None:
    pool, client, prober = _make(EngineHealth.READY)
    client.error = EngineUnreachable("refused")
    running = tasks.spawn(prober.run(), name="prober")
    await until(lambda: SPEC.id in prober._records)

    for _ in range(50):
        pool.report_stall(SPEC.id, StallRecord(at=0.0, duration=6.0))
        await let_others_run()

    assert len(client.asked) == 1
    await tasks.cancel(running)


async def test_an_engine_that_hangs_is_asked_beside_the_question_that_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    pool, client, prober = _make(EngineHealth.READY)
    client.go_on.clear()
    running = tasks.spawn(prober.run(), name="prober")
    await until(lambda: len(client.asked) == STRIKES)
    assert pool.views()[0].health is EngineHealth.READY

    client.error = EngineTooSlow("no answer within 5 s")
    client.go_on.set()
    await until(lambda: pool.views()[0].health is EngineHealth.HUNG)
    assert len(client.asked) >= STRIKES
    await tasks.cancel(running)


async def test_an_engine_that_answers_late_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    pool, client, prober = _make(EngineHealth.READY)
    client.go_on.clear()
    running = tasks.spawn(prober.run(), name="prober")
    await until(lambda: len(client.asked) == 2)

    client.go_on.set()
    await until(lambda: pool.views()[0].version != "")
    assert pool.views()[0].health is EngineHealth.READY
    assert len(client.asked) <= STRIKES
    await tasks.cancel(running)


@pytest.mark.parametrize(
    ("made", "health"),
    [
        (None, EngineHealth.UNREACHABLE),
        (MADE, EngineHealth.STARTING),
    ],
)
async def test_an_engine_of_an_orchestrator_is_waited_for_when_it_has_just_been_made(
    made: datetime.datetime | None, health: EngineHealth
) -> None:
    spec = dataclasses.replace(SPEC, backend=BackendKind.REMOTE, started_time=made)
    pool, client = EnginePool(Settings), AnsweringClient()
    client.error = EngineUnreachable("Connection refused")
    pool.add(spec)
    running = tasks.spawn(Prober(pool, client, Settings).run(), name="prober")

    await until(
        lambda: len(client.asked) > 1 or pool.views()[0].health is not EngineHealth.STARTING
    )
    (view,) = pool.views()

    assert view.health is health
    await tasks.cancel(running)
