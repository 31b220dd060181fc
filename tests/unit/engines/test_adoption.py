"""The pool agrees with what the backends have, and what that costs."""

import asyncio
import dataclasses
import pathlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable

import pytest

from acedesk import tasks
from acedesk.containers.runtime import (
    CONNECTED,
    DISCONNECTED,
    INSTANCE_LABEL,
    NAME_LABEL,
    PAUSED,
    PORT_LABEL,
    ROLE_LABEL,
    ContainerEvent,
)
from acedesk.engines import adoption
from acedesk.engines.adoption import REFRESH_INTERVAL, Adoption
from acedesk.engines.backends.docker_backend import LOCAL_ID, DockerBackend
from acedesk.engines.pool import EnginePool
from acedesk.errors import RuntimeState, RuntimeUnavailable
from acedesk.model.engine import EngineHealth, EngineId, EngineSpec, EngineState
from acedesk.settings import Settings
from acedesk.store.instance import InstanceFile
from tests.fakes.containers import FakeRuntime
from tests.fakes.loop_steps import until


class _Parts:
    """An adoption over a fake Docker, with a clock that a test sets."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.instance = InstanceFile(folder)
        self.instance.open()
        self.runtime = FakeRuntime()
        self.backend = DockerBackend(self.runtime, Settings, self.instance)
        self.pool = EnginePool(Settings)
        self.being_made: set[str] = set()
        self.seconds = 0.0
        self.adoption = Adoption(
            self.pool,
            {self.backend.id: self.backend},
            lambda: self.being_made,
            now=lambda: self.seconds,
        )

    def put(self, container: str, *, own: bool = True, running: bool = True) -> EngineId:
        """Let an engine's container exist."""
        labels = {
            ROLE_LABEL: "engine",
            NAME_LABEL: f"engine-{container}",
            PORT_LABEL: "6878",
            INSTANCE_LABEL: self.instance.id if own else "another",
        }
        return EngineId(self.runtime.put(container, labels, running=running).id)

    def names(self) -> list[str]:
        """Return the names of the engines in the pool."""
        return [view.name for view in self.pool.views()]

    async def until(self, holds: Callable[[], bool]) -> None:
        """Let the loop go on until something holds."""
        await until(holds)


@pytest.fixture
def parts(tmp_path: pathlib.Path) -> _Parts:
    return _Parts(tmp_path)


@pytest.fixture
async def running(parts: _Parts) -> AsyncIterator[_Parts]:
    """Parts whose adoption runs and has looked once after it began to watch."""
    task = tasks.spawn(parts.adoption.run(), name="adoption")
    await parts.until(lambda: parts.runtime.asked["list"] == 1)
    yield parts
    await tasks.cancel(task)


async def test_own_engines_come_and_go_with_their_containers(parts: _Parts) -> None:
    parts.put("1")
    gone = parts.put("2")
    parts.put("3", running=False)
    await parts.adoption.start()
    states = {view.name: view.state for view in parts.pool.views()}

    del parts.runtime.containers[gone]
    await parts.adoption.refresh(parts.backend)

    assert states == {
        "engine-1": EngineState.STARTING,
        "engine-2": EngineState.STARTING,
        "engine-3": EngineState.STOPPED,
    }
    assert parts.names() == ["engine-1", "engine-3"]


async def test_a_docker_that_the_start_did_not_wait_for_is_looked_at_again_at_once(
    parts: _Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts.put("1")
    slow = asyncio.Event()
    adopt = parts.backend.adopt

    async def adopt_slowly() -> tuple[EngineSpec, ...]:
        await slow.wait()
        return await adopt()

    async def watch_nothing() -> AsyncGenerator[ContainerEvent]:
        await asyncio.get_running_loop().create_future()
        yield ContainerEvent(action="")

    monkeypatch.setattr(adoption, "START_LIMIT", 0.01)
    monkeypatch.setattr(parts.backend, "adopt", adopt_slowly)
    monkeypatch.setattr(parts.backend, "watch", watch_nothing)

    await parts.adoption.start()
    slow.set()
    running = tasks.spawn(parts.adoption.run(), name="adoption")

    await parts.until(lambda: parts.names() == ["engine-1"])
    await tasks.cancel(running)


async def test_engines_of_others_are_listed_and_never_in_the_pool(parts: _Parts) -> None:
    changes: list[int] = []
    parts.adoption.changed.connect(lambda: changes.append(len(parts.adoption.orphans)))
    parts.put("10", own=False)
    parts.put("2", own=False)

    await parts.adoption.refresh(parts.backend)
    await parts.adoption.refresh(parts.backend)

    assert parts.pool.views() == ()
    assert [one.name for one in parts.adoption.orphans] == ["engine-2", "engine-10"]
    assert changes == [2]


async def test_an_engine_being_made_joins_when_it_is_made(parts: _Parts) -> None:
    parts.put("1")
    parts.being_made.add("engine-1")
    await parts.adoption.refresh(parts.backend)
    assert parts.names() == []

    parts.being_made.clear()
    await parts.adoption.refresh(parts.backend)
    assert parts.names() == ["engine-1"]


async def test_a_list_that_is_out_of_date_when_it_comes_is_asked_for_again(parts: _Parts) -> None:
    parts.put("1")
    parts.runtime.gate.clear()
    looking = tasks.spawn(parts.adoption.refresh(parts.backend), name="look")
    await parts.until(lambda: parts.runtime.asked["list"] == 1)

    parts.runtime.containers.clear()
    parts.adoption.count_change()
    parts.runtime.gate.set()
    await looking

    assert (parts.names(), parts.runtime.asked["list"]) == ([], 2)


async def test_all_who_ask_during_a_look_share_the_next_one(parts: _Parts) -> None:
    parts.runtime.gate.clear()
    first = tasks.spawn(parts.adoption.adopt(parts.backend), name="first")
    await parts.until(lambda: parts.runtime.asked["list"] == 1)

    others = [tasks.spawn(parts.adoption.adopt(parts.backend), name="next") for _ in range(20)]
    await parts.until(lambda: True)
    parts.runtime.gate.set()
    await asyncio.gather(first, *others)

    assert parts.runtime.asked["list"] == 2


async def test_all_who_share_a_look_share_its_error(parts: _Parts) -> None:
    error = RuntimeUnavailable(RuntimeState.NOT_RUNNING)
    parts.runtime.gate.clear()
    first = tasks.spawn(parts.adoption.adopt(parts.backend), name="first")
    await parts.until(lambda: parts.runtime.asked["list"] == 1)
    parts.runtime.errors["list"] = [error]

    others = [tasks.spawn(parts.adoption.refresh(parts.backend), name="x") for _ in range(3)]
    shared = tasks.spawn(parts.adoption.refresh(parts.backend), name="shared")
    await parts.until(lambda: True)
    parts.runtime.gate.set()
    await asyncio.gather(first, shared, *others)

    assert parts.runtime.asked["list"] == 2
    await parts.adoption.adopt(parts.backend)
    assert parts.runtime.asked["list"] == 3


async def test_a_fresh_look_is_enough_for_a_while(parts: _Parts) -> None:
    for parts.seconds in (0.0, 1.0, 1.9, 2.0):
        await parts.adoption.adopt(parts.backend, max_age=2.0)

    assert parts.runtime.asked["list"] == 2


async def test_a_failed_look_is_never_enough(parts: _Parts) -> None:
    parts.runtime.errors["list"] = [RuntimeUnavailable(RuntimeState.NOT_RUNNING)] * 2

    for _ in range(2):
        with pytest.raises(RuntimeUnavailable):
            await parts.adoption.adopt(parts.backend, max_age=60.0)
    await parts.adoption.adopt(parts.backend, max_age=60.0)

    assert parts.runtime.asked["list"] == 3


async def test_engines_that_start_together_cost_one_look_each(running: _Parts) -> None:
    found = [running.put(f"{number:02}") for number in range(1, 21)]

    for container in found:
        running.runtime.tell("start", container)
    await running.until(lambda: len(running.pool.views()) == 20)

    assert running.runtime.asked["inspect"] == 20
    assert running.runtime.asked["list"] == 1


async def test_what_happens_to_an_engine_of_another_shows_with_the_orphans_only(
    running: _Parts,
) -> None:
    other = running.put("7", own=False)
    running.runtime.tell("start", other)
    await running.until(lambda: len(running.adoption.orphans) == 1)

    del running.runtime.containers[other]
    running.runtime.tell("die", other)
    running.runtime.tell("destroy", other)
    await running.until(lambda: running.adoption.orphans == ())

    assert running.pool.views() == ()
    assert running.runtime.asked["remove"] == running.runtime.asked["restart"] == 0


async def test_an_engine_that_ends_is_stopped_at_once_and_gone_with_its_container(
    running: _Parts,
) -> None:
    container = running.put("1")
    running.runtime.tell("start", container)
    await running.until(lambda: running.names() == ["engine-1"])
    states: list[EngineState] = []
    running.pool.changed.connect(lambda: states.extend(view.state for view in running.pool.views()))

    del running.runtime.containers[container]
    running.runtime.tell("die", container)
    await running.until(lambda: running.names() == [])

    assert EngineState.STOPPED in states


@pytest.mark.parametrize(
    ("told", "exit_code", "health", "words"),
    [
        (("oom", "die"), 137, EngineHealth.CRASHED, "out of memory"),
        (("die",), 137, EngineHealth.STOPPED, "has ended"),
        (("oom", "die"), 1, EngineHealth.CRASHED, "exit code 1"),
        (("oom", "start", "die"), 137, EngineHealth.STOPPED, "has ended"),
    ],
)
async def test_why_an_engine_ended_is_told_before_it_is_started_again(
    running: _Parts, told: tuple[str, ...], exit_code: int, health: EngineHealth, words: str
) -> None:
    container = running.put("1")
    running.runtime.tell("start", container)
    await running.until(lambda: running.names() == ["engine-1"])
    seen: list[tuple[EngineHealth, str]] = []
    running.pool.changed.connect(
        lambda: seen.extend((view.health, str(view.error)) for view in running.pool.views())
    )

    for action in told:
        running.runtime.tell(action, container, exit_code=exit_code if action == "die" else 0)
    await running.until(lambda: any(words in said for _, said in seen))

    assert next(at for at, said in seen if words in said) is health


async def test_an_engine_changed_on_purpose_is_left_alone_meanwhile(parts: _Parts) -> None:
    container = parts.put("1")
    await parts.adoption.refresh(parts.backend)

    with parts.adoption.changing(container, LOCAL_ID):
        assert parts.adoption.leaving == {}, "it is there"
        parts.pool.forget(container)
        assert parts.adoption.leaving == {container: LOCAL_ID}
        await parts.adoption.refresh(parts.backend)
        assert parts.names() == []
    await parts.adoption.refresh(parts.backend)

    assert parts.names() == ["engine-1"]


async def test_what_a_broken_event_stream_missed_is_found_later(running: _Parts) -> None:
    running.put("1")
    running.seconds = REFRESH_INTERVAL + 1

    running.adoption.look_again(LOCAL_ID)
    await running.until(lambda: running.names() == ["engine-1"])


async def test_what_docker_has_is_not_known_from_its_end_until_it_was_seen_again(
    running: _Parts,
) -> None:
    await running.until(lambda: running.adoption.knows(LOCAL_ID))

    running.runtime.tell(DISCONNECTED, "")
    await running.until(lambda: not running.adoption.knows(LOCAL_ID))
    asked = running.runtime.asked["list"]
    running.runtime.tell(CONNECTED, "")
    await running.until(lambda: running.adoption.knows(LOCAL_ID))

    assert running.runtime.asked["list"] == asked + 1


async def test_a_container_that_cannot_be_looked_at_is_looked_at_with_all_others(
    running: _Parts,
) -> None:
    running.runtime.errors["inspect"] = [RuntimeUnavailable(RuntimeState.NOT_RUNNING)]
    running.runtime.tell("start", running.put("1"))
    await running.until(lambda: running.runtime.asked["inspect"] == 1)

    await running.adoption.refresh(running.backend)

    assert running.names() == ["engine-1"]


async def test_a_container_that_somebody_pauses_is_told_as_such_and_goes_on_as_it_was(
    running: _Parts,
) -> None:
    container = running.put("1")
    running.runtime.tell("start", container)
    await running.until(lambda: running.names() == ["engine-1"])
    running.pool.set_health(container, EngineHealth.READY)
    before = running.runtime.containers[container]

    running.runtime.containers[container] = dataclasses.replace(before, status=PAUSED)
    running.runtime.tell("pause", container)
    await running.until(lambda: running.pool.views()[0].health is EngineHealth.HUNG)
    assert "paused in Docker" in str(running.pool.views()[0].error)

    running.runtime.containers[container] = before
    running.runtime.tell("unpause", container)
    await running.until(lambda: running.pool.views()[0].health is EngineHealth.READY)
    assert running.pool.views()[0].error is None


@pytest.mark.parametrize("after", ["start", "destroy", CONNECTED])
async def test_a_stop_by_somebody_is_known_until_the_engine_or_docker_begins_anew(
    running: _Parts, after: str
) -> None:
    container = running.put("1")
    running.runtime.tell("die", container)
    running.runtime.tell("stop", container)
    await running.until(lambda: running.adoption.was_stopped(container))

    running.runtime.tell(after, container)

    await running.until(lambda: not running.adoption.was_stopped(container))


async def test_the_log_says_why_no_engines_can_be_seen(
    parts: _Parts, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "acedesk.engines.adoption")
    parts.runtime.errors["list"] = [RuntimeUnavailable(RuntimeState.NOT_RUNNING)]

    await parts.adoption.refresh(parts.backend)

    assert caplog.messages == [
        "no docker:local engines can be seen now: Docker is installed but not running."
    ]
