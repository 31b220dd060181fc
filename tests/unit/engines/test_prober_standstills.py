"""AceDesk stands still while it asks engines: what they are called afterwards."""

import dataclasses
from collections.abc import AsyncIterator

import pytest

from acedesk import tasks
from acedesk.engines import prober as module
from acedesk.engines.pool import EnginePool
from acedesk.engines.prober import Prober
from acedesk.errors import EngineTooSlow, EngineUnreachable
from acedesk.model.engine import EngineHealth
from acedesk.model.engine_record import AttemptRecord
from acedesk.rules.engines.health import SUSPICIOUS_STARTS
from acedesk.rules.engines.standstill import SETTLING
from acedesk.settings import Settings
from tests.fakes.loop_steps import let_others_run, until
from tests.unit.engines.test_prober import SPEC, AnsweringClient


@dataclasses.dataclass
class _Following:
    """A prober that follows one engine by itself, with clocks of the test's."""

    pool: EnginePool
    client: AnsweringClient
    watch: module.StandstillWatch
    seconds: list[float]

    async def fail_after(self, passed: float) -> None:
        """Let the probe that is under way fail when so many seconds have passed."""
        await self.client.called.wait()
        self.client.called.clear()
        self.seconds[0] += passed
        self.client.error = EngineTooSlow("no answer within 5 s")
        self.client.go_on.set()
        asked = len(self.client.asked)
        await until(lambda: len(self.client.asked) > asked)


@pytest.fixture
async def following(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[_Following]:
    """Follow an engine that falls at the first failed probe, as streams fail on it."""
    for name in ("UNHEALTHY_INTERVAL", "FAILING_INTERVAL"):
        monkeypatch.setattr(module, name, 0.0)
    pool, client, seconds = EnginePool(Settings), AnsweringClient(), [100.0]
    client.go_on.clear()
    pool.add(SPEC, health=EngineHealth.READY)
    for _ in range(SUSPICIOUS_STARTS):
        pool.report_attempt(SPEC.id, AttemptRecord(asked_at=1.0, error_code="engine_refused"))
    watch = module.StandstillWatch(lambda: seconds[0])
    prober = Prober(pool, client, Settings, watch=watch)
    running = tasks.spawn(prober.run(), name="prober")
    yield _Following(pool, client, watch, seconds)
    await tasks.cancel(running)


@pytest.mark.parametrize("stood", [6.0, 30.0, 8 * 3600.0])
async def test_a_deadline_that_passed_while_we_stood_still_means_nothing(
    following: _Following, stood: float
) -> None:
    await following.fail_after(stood)

    (view,) = following.pool.views()
    assert view.health is EngineHealth.READY
    assert view.answer_time is None


async def test_standing_still_again_and_again_hides_no_engine_that_hangs(
    following: _Following,
) -> None:
    seen: list[EngineHealth] = []
    for _ in range(12):
        for _ in range(3):
            following.seconds[0] += 1.0
            following.watch.look()
        await following.fail_after(2.0)
        seen.append(following.pool.views()[0].health)

    assert seen[:5] == [EngineHealth.READY] * 5
    assert seen[-1] is EngineHealth.HUNG


async def test_an_engine_that_is_silent_while_we_are_awake_is_hung(following: _Following) -> None:
    await following.fail_after(1.0)

    (view,) = following.pool.views()
    assert view.health is EngineHealth.HUNG


async def test_an_engine_that_was_hung_before_we_stood_still_is_found_out_afterwards(
    following: _Following,
) -> None:
    await following.fail_after(6.0)
    following.seconds[0] += 1.0
    following.watch.look()
    assert following.pool.views()[0].health is EngineHealth.READY

    for _ in range(8):
        following.seconds[0] += 1.0
        following.watch.look()
    await until(lambda: following.pool.views()[0].health is EngineHealth.HUNG)


async def test_an_engine_that_starts_gets_the_time_back_in_which_we_stood_still() -> None:
    seconds = [100.0]
    pool, client = EnginePool(Settings), AnsweringClient()
    client.error = EngineUnreachable("refused")
    pool.add(SPEC, health=EngineHealth.STARTING)
    watch = module.StandstillWatch(lambda: seconds[0])
    prober = Prober(pool, client, Settings, now=lambda: seconds[0], watch=watch)
    running = tasks.spawn(prober.run(), name="prober")
    await client.called.wait()

    seconds[0] += 10 * Settings().engine_start_timeout
    client.called.clear()
    await client.called.wait()

    assert pool.views()[0].health is EngineHealth.STARTING
    await tasks.cancel(running)


async def test_before_it_runs_and_after_that_no_standstill_is_found() -> None:
    seconds = [100.0]
    watch = module.StandstillWatch(lambda: seconds[0])
    seconds[0] += 60.0
    assert watch.counts(100.0)

    running = tasks.spawn(watch.run(), name="watch")
    await let_others_run()
    seconds[0] += 60.0
    assert not watch.counts(160.0)
    await tasks.cancel(running)

    seconds[0] += 600.0
    assert watch.counts(300.0)
    assert watch.stood_since(0.0) == 60.0


@pytest.mark.parametrize("asleep", [False, True])
async def test_what_was_begun_before_a_standstill_says_nothing_of_its_engine(
    *, asleep: bool
) -> None:
    seconds, awake = [100.0], [500.0]
    watch = module.StandstillWatch(lambda: seconds[0])
    prober = Prober(
        EnginePool(Settings), AnsweringClient(), Settings, now=lambda: awake[0], watch=watch
    )
    running = tasks.spawn(watch.run(), name="watch")
    await let_others_run()
    begun_at = awake[0]
    seconds[0] += 1.0
    awake[0] += 1.0
    assert prober.counts(begun_at)

    seconds[0] += 60.0
    awake[0] += 0.0 if asleep else 60.0  # the monotonic clock stands still while it sleeps

    assert not prober.counts(begun_at)
    for _ in range(3 * int(SETTLING)):
        seconds[0] += 1.0
        awake[0] += 1.0
        watch.look()
    assert not prober.counts(begun_at), "it was begun before"
    assert prober.counts(awake[0] - 5.0), "it was begun long after"
    await tasks.cancel(running)
