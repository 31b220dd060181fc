"""What engines use comes from one stream for each container that runs."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk import tasks
from acedesk.containers.runtime import ContainerCounters
from acedesk.engines.backends.docker_backend import LOCAL_ID
from acedesk.engines.pool import EnginePool
from acedesk.errors import ContainerError
from acedesk.model.engine import BackendId, BackendKind, EngineHealth, EngineId, EngineSpec
from acedesk.observe import engine_usage
from acedesk.observe.engine_usage import EngineUsage, usage_between
from acedesk.settings import Settings
from tests.fakes.loop_steps import until


class Docker:
    """Tells what it is given for each container; counts who listens."""

    def __init__(self) -> None:
        self.told: dict[str, asyncio.Queue[ContainerCounters | None]] = {}
        self.listening: list[str] = []
        self.opened: list[str] = []
        self.refuses = False

    async def stats(self, container: str) -> AsyncGenerator[ContainerCounters]:
        self.opened.append(container)
        if self.refuses:
            raise ContainerError("stats", "it does not tell")
        self.listening.append(container)
        try:
            queue = self.told.setdefault(container, asyncio.Queue())
            while (counters := await queue.get()) is not None:
                yield counters
        finally:
            self.listening.remove(container)

    def tell(self, container: str, counters: ContainerCounters | None) -> None:
        self.told.setdefault(container, asyncio.Queue()).put_nowait(counters)


def spec(name: str, backend: BackendId = LOCAL_ID, container: str | None = None) -> EngineSpec:
    return EngineSpec(
        id=EngineId(name),
        name=name,
        backend=BackendKind.DOCKER,
        backend_id=backend,
        host="127.0.0.1",
        port=6878,
        container_id=name if container is None else container,
    )


def counters(at: float, cpu: float = 0.0, **others: int) -> ContainerCounters:
    return ContainerCounters(at=at, cpu=cpu, memory=1000, **others)


@pytest.fixture
def pool() -> EnginePool:
    pool = EnginePool(Settings)
    pool.add(spec("one"), health=EngineHealth.READY)
    return pool


async def test_the_use_of_the_last_seconds_is_known_after_two_counts(pool: EnginePool) -> None:
    docker = Docker()
    usage = EngineUsage(pool, {LOCAL_ID: docker})
    running = tasks.spawn(usage.run(), name="usage")
    docker.tell("one", counters(10.0, cpu=5.0, received=1000))
    docker.tell("one", counters(15.0, cpu=7.5, received=6000))

    await until(lambda: usage.usage(EngineId("one")) is not None)

    found = usage.usage(EngineId("one"))
    assert found is not None
    assert (found.cpu, found.memory, found.network_in, found.network_out) == (0.5, 1000, 8000, None)
    await tasks.cancel(running)
    assert docker.listening == []
    assert usage.usage(EngineId("one")) is None


async def test_only_engines_with_a_container_that_runs_are_followed(pool: EnginePool) -> None:
    docker = Docker()
    pool.add(spec("stopped"), health=EngineHealth.STOPPED)
    pool.add(spec("static", container=""), health=EngineHealth.READY)
    pool.add(spec("elsewhere", BackendId("docker:nas")), health=EngineHealth.READY)
    running = tasks.spawn(EngineUsage(pool, {LOCAL_ID: docker}).run(), name="usage")

    await until(lambda: docker.listening == ["one"])
    pool.add(spec("new"), health=EngineHealth.STARTING)
    await until(lambda: docker.listening == ["one", "new"])
    pool.set_health(EngineId("one"), EngineHealth.CRASHED)
    await until(lambda: docker.listening == ["new"])
    pool.forget(EngineId("new"))
    await until(lambda: docker.listening == [])

    await tasks.cancel(running)


async def test_a_stream_that_ends_is_opened_again_and_one_that_is_refused_too(
    pool: EnginePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_usage, "FIRST_PAUSE", 0.001)
    docker = Docker()
    running = tasks.spawn(EngineUsage(pool, {LOCAL_ID: docker}).run(), name="usage")
    await until(lambda: docker.listening == ["one"])

    docker.tell("one", None)
    await until(lambda: docker.opened == ["one"] * 2)
    docker.refuses = True
    docker.tell("one", None)
    await until(lambda: len(docker.opened) >= 4)
    docker.refuses = False
    await until(lambda: docker.listening == ["one"])

    await tasks.cancel(running)


@given(
    st.floats(0.1, 60),
    st.floats(0, 1e6),
    st.floats(0, 1e6),
    st.none() | st.integers(0, 10**12),
    st.none() | st.integers(0, 10**12),
)
def test_a_use_is_never_negative_and_unknown_stays_unknown(
    seconds: float, cpu: float, later_cpu: float, received: int | None, later: int | None
) -> None:
    before = ContainerCounters(at=5.0, cpu=cpu, memory=1, received=received)
    after = ContainerCounters(at=5.0 + seconds, cpu=later_cpu, memory=1, received=later)

    found = usage_between(before, after)

    assert found.cpu is not None
    assert found.cpu >= 0
    assert (found.network_in is None) == (received is None or later is None)
    assert found.network_in is None or found.network_in >= 0


def test_two_counts_of_the_same_moment_tell_no_rate() -> None:
    assert usage_between(counters(5.0), counters(5.0)).cpu is None
