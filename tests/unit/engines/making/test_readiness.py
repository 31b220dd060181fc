"""When an engine that was made counts as ready, and what is said when it does not get there."""

import asyncio

import pytest

from acedesk import tasks
from acedesk.demo.demo_backend import DemoBackend
from acedesk.engines.making import readiness
from acedesk.engines.making.readiness import wait_until_ready
from acedesk.engines.pool import EnginePool
from acedesk.errors import EngineTooSlow, EngineUnreachable, NotFound
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, EngineIntent, EngineSpec
from acedesk.settings import Settings
from tests.fakes.loop_steps import let_others_run

ONE = EngineSpec(
    id=EngineId("one"), name="engine-1", backend=BackendKind.DEMO, host="127.0.0.1", port=9
)


class _Logged(DemoBackend):
    """A backend whose engine wrote something before it ended."""

    def __init__(self, text: str | None) -> None:
        super().__init__()
        self._text = text

    async def log(self, engine_id: EngineId, lines: int) -> str:
        if self._text is None:
            raise NotFound(engine_id)
        return self._text


def _wait(pool: EnginePool, log: str | None = None) -> asyncio.Task[str]:
    return tasks.spawn(_outcome(pool, log), name="wait")


async def _outcome(pool: EnginePool, log: str | None) -> str:
    """Return what is said of the engine, "" when it is ready."""
    try:
        await wait_until_ready(pool, Settings, _Logged(log), ONE.id)
    except EngineUnreachable as exc:
        return exc.detail
    return ""


@pytest.mark.parametrize("intent", [EngineIntent.SERVE, EngineIntent.DRAIN])
async def test_it_is_ready_when_it_answers(intent: EngineIntent) -> None:
    pool = EnginePool(Settings)
    pool.add(ONE)
    waiting = _wait(pool)
    await let_others_run()
    assert not waiting.done()

    pool.intents.set(ONE.id, intent)
    pool.set_health(ONE.id, EngineHealth.READY)

    assert await waiting == ""


@pytest.mark.parametrize(
    ("log", "said"),
    [
        ("unknown option --x\n", "nothing came; it last said: unknown option --x"),
        ("", "nothing came"),
        (None, "nothing came"),
    ],
)
async def test_one_that_does_not_answer_tells_its_last_words(log: str | None, said: str) -> None:
    pool = EnginePool(Settings)
    pool.add(ONE)
    waiting = _wait(pool, log)
    await let_others_run()

    pool.set_health(ONE.id, EngineHealth.HUNG, EngineTooSlow("nothing came"))

    assert await waiting == said


async def test_one_that_is_removed_meanwhile_is_told_so() -> None:
    pool = EnginePool(Settings)
    pool.add(ONE)
    waiting = _wait(pool)
    await let_others_run()

    pool.forget(ONE.id)

    assert await waiting == "it was removed"


async def test_one_that_only_starts_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "MARGIN", -0.99)
    pool = EnginePool(Settings)
    pool.add(ONE)

    with pytest.raises(EngineUnreachable, match="did not answer within"):
        await wait_until_ready(pool, lambda: Settings(engine_start_timeout=1), _Logged(""), ONE.id)
