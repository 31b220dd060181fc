"""Engines for programs that wait three seconds: told as soon as they have a place."""

import asyncio

import pytest

from acedesk.application.engine_requests import EngineRequests
from acedesk.errors import AceDeskError, Busy, ContainerError, RuntimeState, RuntimeUnavailable
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, ProvisionState
from acedesk.model.snapshot import EngineView, ProvisionView
from acedesk.signals import Signal
from tests.fakes.contract_sources import NOON, engine_view

SPEC = engine_view(health=EngineHealth.STARTING)


class _Manager:
    """Begins when it may, and has an engine when a test says so."""

    def __init__(self) -> None:
        self.changed: Signal[()] = Signal()
        self.may_begin = asyncio.Event()
        self.may_begin.set()
        self.begun: list[str] = []
        self.refusal: AceDeskError | None = None
        self.failure: AceDeskError | None = None
        self.spec: EngineView | None = None

    async def add_engine(self, *, request_key: str) -> str:
        await self.may_begin.wait()
        if self.refusal is not None:
            raise self.refusal
        self.begun.append(request_key)
        return "p1"

    def provisions(self) -> tuple[ProvisionView, ...]:
        return (
            ProvisionView(
                id="p1",
                backend=BackendKind.DOCKER,
                name="engine-1",
                state=ProvisionState.RUNNING,
                steps=(),
                started_time=NOON,
                error=self.failure,
                made_id=None if self.spec is None else self.spec.id,
            ),
        )


class _Pool:
    def __init__(self) -> None:
        self.changed: Signal[()] = Signal()

    def find(self, engine_id: EngineId) -> EngineView | None:
        return SPEC if engine_id == SPEC.id else None


async def test_it_is_told_as_soon_as_it_has_a_place() -> None:
    manager, pool = _Manager(), _Pool()
    asking = asyncio.gather(EngineRequests(pool, manager).make("key", 5.0))
    while not manager.begun:
        await asyncio.to_thread(int)
    manager.spec = SPEC
    pool.changed.emit()

    assert (await asking)[0] is SPEC


async def test_one_that_takes_longer_is_made_nevertheless() -> None:
    manager = _Manager()

    with pytest.raises(Busy):
        await EngineRequests(_Pool(), manager).make("key", 0.01)
    manager.spec = SPEC

    assert await EngineRequests(_Pool(), manager).make("key", 0.5) is SPEC


async def test_a_docker_that_hangs_does_not_hold_up_the_answer() -> None:
    manager = _Manager()
    manager.may_begin.clear()

    with pytest.raises(Busy):
        await EngineRequests(_Pool(), manager).make("key", 0.01)

    manager.may_begin.set()
    while not manager.begun:
        await asyncio.to_thread(int)
    assert manager.begun == ["key"]


async def test_what_it_is_refused_or_fails_with_is_told() -> None:
    manager = _Manager()
    manager.failure = ContainerError("create", "no space")
    with pytest.raises(ContainerError):
        await EngineRequests(_Pool(), manager).make("key", 1.0)

    manager.refusal = RuntimeUnavailable(RuntimeState.NOT_RUNNING)
    with pytest.raises(RuntimeUnavailable):
        await EngineRequests(_Pool(), manager).make("key", 1.0)
