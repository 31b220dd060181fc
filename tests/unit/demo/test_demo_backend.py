import asyncio
import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest

from acedesk import tasks
from acedesk.demo.channels import contents
from acedesk.demo.demo_backend import DemoBackend
from acedesk.engines.backend import Backend
from acedesk.errors import ContainerError, NotFound
from acedesk.model.engine import (
    TEST_BACKEND,
    BackendKind,
    EngineId,
    EngineSpec,
    Step,
    StepName,
    StepState,
)


@pytest.fixture
async def backend() -> AsyncIterator[DemoBackend]:
    made = DemoBackend()
    yield made
    await made.close()


async def answers(spec: EngineSpec) -> bool:
    url = f"http://{spec.host}:{spec.port}/webui/api/service?method=get_version"
    try:
        async with aiohttp.ClientSession() as http, http.get(url) as answer:
            return answer.status == 200
    except aiohttp.ClientConnectionError:
        return False


def ignore(step: Step) -> None:
    """Take no notice of a step."""


async def test_a_provisioned_engine_answers_and_every_step_is_told(backend: DemoBackend) -> None:
    port: Backend = backend
    steps: list[Step] = []

    spec = await port.provision("engine-1", steps.append)

    assert (spec.id, spec.name) == (f"demo-{spec.port}", "engine-1")
    assert spec.backend is port.kind is BackendKind.DEMO
    assert [(step.name, step.state) for step in steps] == [
        (StepName.CREATE, StepState.RUNNING),
        (StepName.CREATE, StepState.DONE),
        (StepName.START, StepState.RUNNING),
        (StepName.START, StepState.DONE),
    ]
    assert await answers(spec)


async def test_engines_run_side_by_side_and_one_is_removed_alone(backend: DemoBackend) -> None:
    first = await backend.provision("engine-1", ignore)
    second = await backend.provision("engine-2", ignore)

    await backend.remove(first.id)
    await backend.remove(first.id)

    assert not await answers(first)
    assert await answers(second)


async def test_a_restarted_engine_is_fresh_on_the_same_port(backend: DemoBackend) -> None:
    spec = await backend.provision("engine-1", ignore)
    before = backend.engine(spec.id)

    again = await backend.restart(spec.id)

    assert (again.id, again.port, again.name) == (spec.id, spec.port, spec.name)
    assert backend.engine(spec.id) is not before
    assert await answers(again)


async def test_a_restart_onto_a_taken_port_fails_plainly(
    backend: DemoBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = await backend.provision("engine-1", ignore)
    engine = backend.engine(spec.id)
    close = engine.close
    taker = socket.socket()

    async def close_and_take() -> None:
        await close()
        taker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taker.bind((spec.host, spec.port))
        taker.listen()

    monkeypatch.setattr(engine, "close", close_and_take)
    with taker, pytest.raises(ContainerError, match="taken"):
        await backend.restart(spec.id)


async def test_the_log_is_the_engines_last_lines(backend: DemoBackend) -> None:
    spec = await backend.provision("engine-1", ignore)

    text = await backend.log(spec.id, 1)

    assert text.endswith(f"|acestream.httpserver|start: addr=127.0.0.1 port={spec.port}")
    assert await backend.log(spec.id, 0) == ""


async def test_an_unknown_engine_is_not_found(backend: DemoBackend) -> None:
    with pytest.raises(NotFound):
        await backend.log(EngineId("demo-1"), 5)
    with pytest.raises(NotFound):
        await backend.restart(EngineId("demo-1"))


async def test_a_cancelled_provision_leaves_nothing(backend: DemoBackend) -> None:
    begun = asyncio.Event()

    def report(step: Step) -> None:
        if step.name is StepName.START:
            begun.set()

    task = tasks.spawn(backend.provision("engine-1", report), name="provision")
    await begun.wait()
    await tasks.cancel(task)

    assert task.cancelled()
    assert backend._engines == {}


async def test_engines_of_few_contents_stay_so_after_a_restart() -> None:
    backend = DemoBackend(TEST_BACKEND, contents=contents())
    spec = await backend.provision("Test engine", ignore)

    again = await backend.restart(spec.id)
    await backend.close()

    assert spec.contents == again.contents == contents()
    assert backend.id == again.backend_id == TEST_BACKEND


async def test_nothing_runs_before_and_after(backend: DemoBackend) -> None:
    spec = await backend.provision("engine-1", ignore)

    await backend.close()

    assert await backend.adopt() == ()
    assert not await answers(spec)
