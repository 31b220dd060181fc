"""Engines of ours that die come back: at once, then later, and no more than three times."""

import dataclasses
import pathlib
from collections.abc import AsyncIterator

import pytest

from acedesk import tasks
from acedesk.containers.runtime import (
    INSTANCE_LABEL,
    NAME_LABEL,
    PORT_LABEL,
    REMOVING,
    ROLE_LABEL,
    ContainerEvent,
)
from acedesk.engines.adoption import Adoption
from acedesk.engines.backends.docker_backend import DockerBackend
from acedesk.engines.backends.static_backend import StaticBackend
from acedesk.engines.pool import EnginePool
from acedesk.engines.upkeep import restarts
from acedesk.engines.upkeep.restarts import EngineRestarts
from acedesk.errors import (
    ContainerError,
    EngineUnreachable,
    RuntimeState,
    RuntimeUnavailable,
)
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import EngineHealth, EngineId, EngineIntent, EngineState
from acedesk.rules.engines import restarting
from acedesk.settings import Settings
from acedesk.store.instance import InstanceFile
from tests.fakes.containers import FakeRuntime
from tests.fakes.loop_steps import until

KEY = StreamKey(KeyKind.CONTENT_ID, "a" * 40)
ENDED = EngineUnreachable("its container has ended")


class Parts:
    """Restarts over a fake Docker, with one engine that is ready; the clock stands still.

    Attributes:
        being_made: Names of engines that are being made.
    """

    def __init__(self, folder: pathlib.Path) -> None:
        self.seconds = 100.0
        self.being_made: set[str] = set()
        self.runtime = FakeRuntime()
        self.instance = InstanceFile(folder)
        self.instance.open()
        self.pool = EnginePool(Settings)
        docker = DockerBackend(self.runtime, Settings, self.instance)
        static = StaticBackend(Settings, self._save)
        backends = {backend.id: backend for backend in (docker, static)}
        self.adoption = adoption = Adoption(self.pool, backends, lambda: self.being_made)
        self.restarts = EngineRestarts(
            self.pool, backends, adoption, lambda: self.being_made, now=lambda: self.seconds
        )
        self.docker = docker
        labels = {
            ROLE_LABEL: "engine",
            NAME_LABEL: "engine-1",
            PORT_LABEL: "6878",
            INSTANCE_LABEL: self.instance.id,
        }
        self.id = EngineId(self.runtime.put("01", labels).id)

    async def _save(self, _values: object) -> None:
        raise AssertionError("nothing is saved here")

    async def begin(self) -> None:
        """Take the engine in as one that is ready."""
        (spec,) = await self.docker.adopt()
        self.pool.add(spec, health=EngineHealth.READY)

    @property
    def health(self) -> EngineHealth:
        """How the one engine is."""
        (view,) = self.pool.views()
        return view.health

    @property
    def words(self) -> str:
        """What is said of the one engine."""
        (view,) = self.pool.views()
        return view.error.detail if view.error is not None else ""

    def die(self, *, gone: bool = False) -> None:
        """Let the engine's container end, or be removed by somebody."""
        info = self.runtime.containers[self.pool.views()[0].id]
        if gone:
            del self.runtime.containers[info.id]
        else:
            self.runtime.containers[info.id] = dataclasses.replace(
                info, running=False, status="exited", published={}, exit_code=137
            )
        self.pool.set_health(EngineId(info.id), EngineHealth.STOPPED, ENDED)

    async def back(self) -> None:
        """Wait until it was started again."""
        await until(
            lambda: any(one.port for one in self.pool.views()) and not self.restarts._starts
        )


@pytest.fixture
async def parts(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Parts]:
    monkeypatch.setattr(restarting, "DELAYS", (0.0, 0.0, 0.0))
    made = Parts(tmp_path)
    await made.begin()
    running = tasks.spawn(made.restarts.run(), name="restarts")
    await until(lambda: bool(made.restarts._known))
    yield made
    await made.restarts.close()
    await tasks.cancel(running)


async def test_an_engine_that_died_is_started_again_at_once(parts: Parts) -> None:
    parts.die()

    assert (parts.health, parts.pool.placement.is_any_coming()) == (EngineHealth.STARTING, True)
    assert parts.words == "its container has ended; it is being started again"
    await parts.back()
    assert parts.runtime.asked["restart"] == 1
    assert parts.health is EngineHealth.STARTING


async def test_a_crash_loop_ends_after_three_tries_with_words(parts: Parts) -> None:
    for count in range(1, 4):
        parts.die()
        if count > 1:
            assert f"try {count} of 3" in parts.words
        await parts.back()

    parts.die()

    assert parts.health is EngineHealth.STOPPED
    assert parts.words == (
        "its container has ended; it was started again 3 times in vain and stays down now"
    )
    assert parts.runtime.asked["restart"] == 3
    assert not parts.pool.placement.is_any_coming()


async def test_an_engine_that_was_well_for_long_has_three_tries_again(parts: Parts) -> None:
    for _ in range(5):
        parts.die()
        await parts.back()
        parts.seconds += restarting.WELL_AFTER

    assert parts.health is EngineHealth.STARTING
    assert parts.runtime.asked["restart"] == 5


async def test_a_start_that_fails_is_tried_again_with_its_reason(parts: Parts) -> None:
    parts.runtime.errors["restart"] = [ContainerError("restart", "the port is taken")]

    parts.die()
    await until(lambda: "the port is taken" in parts.words)
    await parts.back()

    assert parts.runtime.asked["restart"] == 2


async def test_a_docker_that_is_away_is_waited_for_and_costs_no_try(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restarts, "LOOK_INTERVAL", 0.0)
    parts.runtime.errors["inspect"] = [
        RuntimeUnavailable(RuntimeState.NOT_RUNNING) for _ in range(5)
    ]

    parts.die()
    await parts.back()

    assert parts.restarts._tries[parts.id].count == 1


async def test_a_docker_that_stays_away_ends_the_tries(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restarting, "DOCKER_AWAY", 0.0)
    parts.runtime.errors["inspect"] = [
        RuntimeUnavailable(RuntimeState.NOT_RUNNING) for _ in range(3)
    ]

    parts.die()

    await until(lambda: parts.health is EngineHealth.STOPPED)
    assert "stays down" in parts.words


async def test_a_container_that_was_removed_in_use_is_made_anew(parts: Parts) -> None:
    reservation = parts.pool.reserve(KEY)

    parts.die(gone=True)
    reservation.release()
    await parts.back()

    (view,) = parts.pool.views()
    assert (view.name, view.id != parts.id) == ("engine-1", True)
    assert list(parts.runtime.containers) == [view.id]


async def test_a_container_that_was_removed_unused_is_gone(parts: Parts) -> None:
    parts.die(gone=True)

    await until(lambda: not parts.pool.views())
    assert parts.runtime.asked["create"] == 0


async def test_a_container_that_runs_again_already_is_taken_as_it_is(parts: Parts) -> None:
    running = parts.runtime.containers[parts.id]
    parts.pool.set_health(parts.id, EngineHealth.STOPPED, ENDED)

    await parts.back()

    assert parts.runtime.asked["restart"] == 0
    assert parts.pool.get(parts.id).port == running.published[6878][1]


async def test_engines_that_are_met_ended_drained_or_being_made_are_left_alone(
    parts: Parts,
) -> None:
    parts.being_made.add("engine-1")
    parts.die()
    assert parts.health is EngineHealth.STOPPED

    parts.being_made.clear()
    parts.pool.set_health(parts.id, EngineHealth.READY)
    parts.pool.intents.set(parts.id, EngineIntent.DRAIN)
    parts.die()
    assert parts.pool.views()[0].state is EngineState.STOPPED
    assert parts.runtime.asked["restart"] == 0


async def test_what_a_person_does_ends_the_start(parts: Parts) -> None:
    parts.runtime.gate.clear()
    parts.die()
    assert parts.restarts._starts

    await parts.restarts.forget(parts.id)

    assert not parts.restarts._starts
    assert not parts.restarts._tries


async def test_a_container_that_is_being_removed_in_use_costs_no_try(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(container: str) -> None:
        info = parts.runtime.containers[container]
        parts.runtime.containers[container] = dataclasses.replace(info, status=REMOVING)
        raise ContainerError("restart", "container is marked for removal")

    monkeypatch.setattr(parts.runtime, "restart", refuse)
    with parts.pool.reserve(KEY):
        parts.die()
        await parts.back()

    (view,) = parts.pool.views()
    assert (view.name, view.id != parts.id) == ("engine-1", True)
    assert parts.restarts._tries[view.id].count == 1


async def test_an_engine_made_anew_is_nobody_elses_until_it_is_done(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[frozenset[str]] = []
    start = parts.runtime.start

    async def look_and_start(container: str) -> None:
        seen.append(parts.restarts.names())
        await start(container)

    monkeypatch.setattr(parts.runtime, "start", look_and_start)
    with parts.pool.reserve(KEY):
        parts.die(gone=True)
        await parts.back()

    assert seen == [{"engine-1"}]
    assert parts.restarts.names() == frozenset()


@pytest.mark.parametrize("in_use", [False, True])
async def test_what_somebody_stopped_stays_so_unless_streams_are_on_it(
    parts: Parts, *, in_use: bool
) -> None:
    reservation = parts.pool.reserve(KEY) if in_use else None
    parts.die()
    parts.adoption._take_event(
        parts.docker.id, ContainerEvent(action="stop", container_id=parts.id)
    )

    await until(lambda: not parts.restarts._starts)

    if reservation is not None:
        reservation.release()
    assert parts.runtime.asked["restart"] == int(in_use)
    assert (parts.health is EngineHealth.STOPPED) is not in_use
    assert (parts.words == restarting.STOPPED_BY_HAND) is not in_use
