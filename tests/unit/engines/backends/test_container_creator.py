"""How an engine container comes into being, step by step, and that a failure leaves nothing."""

import asyncio
import dataclasses
from collections.abc import Callable, Collection

import pytest

from acedesk import tasks
from acedesk.containers.refusals import NAME_TAKEN
from acedesk.containers.runtime import (
    ENGINE_LABEL,
    INSTANCE_LABEL,
    NAME_LABEL,
    REMOVING,
    ContainerInfo,
    ContainerOption,
    ContainerSpec,
    PullProgress,
)
from acedesk.engines.backends import container_creator
from acedesk.engines.backends.container_creator import KEY_BYTES, NAME_TRIES, ContainerCreator
from acedesk.engines.definitions.catalogue import catalogue
from acedesk.engines.definitions.define import define
from acedesk.errors import BadRequest, ContainerError, RuntimeState, RuntimeUnavailable
from acedesk.model.engine import Step, StepName, StepState
from acedesk.settings import Settings
from tests.fakes.containers import FakeRuntime
from tests.fakes.loop_steps import let_others_run

WAITING, RUNNING, DONE = StepState.WAITING, StepState.RUNNING, StepState.DONE


class _Docker(FakeRuntime):
    """A Docker without the image, whose steps wait for a test.

    Attributes:
        progress: What a pull reports before it waits for `pulled`.
        pull_ended: A pull came to its end, however.
        created: While it is not set, `create` waits, although the container is made already.
        creating: `create` was asked for and waits.
        dies: Containers end at once when they are started.
        said: What a container wrote.
    """

    def __init__(self) -> None:
        super().__init__()
        self.progress: list[PullProgress] = []
        self.pulled = asyncio.Event()
        self.pulling = asyncio.Event()
        self.pull_ended = asyncio.Event()
        self.created = asyncio.Event()
        self.created.set()
        self.creating = asyncio.Event()
        self.dies = False
        self.said = ""

    async def has_image(self, image: str, platform: str = "") -> bool:
        return self.pulled.is_set()

    async def pull(
        self, image: str, report: Callable[[PullProgress], None], platform: str = ""
    ) -> None:
        self._ask("pull")
        try:
            for progress in self.progress:
                report(progress)
            self.pulling.set()
            await self.pulled.wait()
        finally:
            self.pull_ended.set()

    async def create(self, spec: ContainerSpec) -> str:
        made = await super().create(spec)
        self.creating.set()
        await self.created.wait()
        return made

    async def start(self, container: str) -> None:
        await super().start(container)
        if self.dies:
            ended = dataclasses.replace(
                self.containers[container], running=False, status="exited", exit_code=3
            )
            self.containers[container] = ended

    async def log(self, container: str, lines: int) -> str:
        return self.said


@pytest.fixture
def docker() -> _Docker:
    return _Docker()


@pytest.fixture
def steps() -> list[Step]:
    return []


def _creator(docker: _Docker, **settings: object) -> ContainerCreator:
    chosen = Settings().changed(settings)
    return ContainerCreator(
        docker,
        lambda machine: define(chosen, catalogue(), machine),
        labels=lambda: {INSTANCE_LABEL: "me"},
        prefix=lambda: "acedesk-",
    )


async def test_what_is_here_is_not_pulled(docker: _Docker, steps: list[Step]) -> None:
    docker.pulled.set()

    info = await _creator(docker).make("engine-1", steps.append)

    assert docker.asked["pull"] == 0
    assert [(step.name, step.state, step.detail) for step in steps] == [
        (StepName.PULL, RUNNING, ""),
        (StepName.PULL, DONE, "image is already here"),
        (StepName.CREATE, RUNNING, ""),
        (StepName.CREATE, DONE, "acedesk-engine-1"),
        (StepName.START, RUNNING, ""),
        (StepName.START, DONE, ""),
    ]
    assert (info.running, info.name) == (True, "acedesk-engine-1")


async def test_a_pull_tells_how_far_it_is_and_keeps_its_sizes_at_the_end(
    docker: _Docker, steps: list[Step]
) -> None:
    docker.progress = [PullProgress(done_bytes=10), PullProgress(done_bytes=90, total_bytes=100)]
    making = tasks.spawn(_creator(docker).make("engine-1", steps.append), name="make")
    await docker.pulling.wait()

    told = [(step.state, step.done_bytes, step.total_bytes) for step in steps]
    docker.pulled.set()
    await making

    assert told == [(RUNNING, None, None), (RUNNING, 10, None), (RUNNING, 90, 100)]
    assert (steps[3].name, steps[3].state, steps[3].done_bytes, steps[3].total_bytes) == (
        StepName.PULL,
        DONE,
        90,
        100,
    )


async def test_a_pull_that_fails_makes_nothing(docker: _Docker, steps: list[Step]) -> None:
    docker.errors["pull"] = [ContainerError("pull", "no such image")]

    with pytest.raises(ContainerError, match="no such image"):
        await _creator(docker).make("engine-1", steps.append)

    assert docker.asked["create"] == 0
    assert [step.name for step in steps] == [StepName.PULL]


async def test_a_cancelled_pull_ends(docker: _Docker, steps: list[Step]) -> None:
    making = tasks.spawn(_creator(docker).make("engine-1", steps.append), name="make")
    await docker.pulling.wait()

    await tasks.cancel(making)

    assert docker.pull_ended.is_set()
    assert docker.containers == {}


async def test_the_container_is_made_of_settings_labels_and_names(
    docker: _Docker, steps: list[Step]
) -> None:
    docker.pulled.set()
    creator = _creator(
        docker, engine_image="engine:9", engine_arguments="--a 'b c'", engine_port=7000
    )

    info = await creator.make("engine-7", steps.append, key="its-own")

    spec = docker.specs[info.id]
    assert (spec.image, spec.arguments, spec.port) == ("engine:9", ("--a", "b c"), 7000)
    assert spec.labels[INSTANCE_LABEL] == "me"
    assert spec.labels[NAME_LABEL] == "engine-7"
    assert spec.labels[ENGINE_LABEL] == "its-own"


async def test_each_new_engine_gets_an_id_of_its_own(docker: _Docker, steps: list[Step]) -> None:
    docker.pulled.set()
    creator = _creator(docker)

    infos = [await creator.make(f"engine-{number}", steps.append) for number in range(3)]

    keys = {docker.specs[info.id].labels[ENGINE_LABEL] for info in infos}
    assert len(keys) == 3
    assert {len(key) for key in keys} == {2 * KEY_BYTES}


async def test_arguments_that_cannot_be_split_are_told_and_make_nothing(
    docker: _Docker, steps: list[Step]
) -> None:
    docker.pulled.set()

    with pytest.raises(BadRequest, match="unfinished quote"):
        await _creator(docker, engine_arguments="--a 'b").make("engine-1", steps.append)

    assert docker.containers == {}


async def test_only_a_taken_name_is_a_reason_to_try_another(
    docker: _Docker, steps: list[Step]
) -> None:
    docker.pulled.set()
    docker.errors["create"] = [
        ContainerError("create", NAME_TAKEN),
        ContainerError("create", "the disk is full"),
    ]

    with pytest.raises(ContainerError, match="disk is full"):
        await _creator(docker).make("engine-1", steps.append)

    assert docker.asked["create"] == 2 < NAME_TRIES


async def _taken(docker: _Docker, status: str, gone_after: int) -> str:
    """Let a container of the name exist that is gone after so many looks; return the new name."""
    docker.pulled.set()
    made = await _creator(docker).make("engine-1", lambda _: None)
    docker.containers[made.id] = dataclasses.replace(made, status=status, running=False)
    look = docker.inspect

    async def inspect(container: str, *, keep: Collection[str] = ()) -> ContainerInfo | None:
        if docker.asked["inspect"] >= looked + gone_after:
            docker.containers.pop(made.id, None)
        return await look(container, keep=keep)

    looked = docker.asked["inspect"]
    docker.inspect = inspect  # type: ignore[method-assign]
    return (await _creator(docker).make("engine-1", lambda _: None)).name


async def test_the_name_of_one_that_docker_is_removing_is_waited_for(
    docker: _Docker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(container_creator, "REMOVAL_LOOK", 0.001)

    assert not (await _taken(docker, REMOVING, 3)).endswith("-2")
    assert len(docker.containers) == 1


async def test_one_that_stays_or_goes_too_slowly_keeps_its_name(
    docker: _Docker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(container_creator, "REMOVAL_LOOK", 0.001)
    monkeypatch.setattr(container_creator, "REMOVAL_LIMIT", 0.003)

    assert (await _taken(docker, "exited", 100)).endswith("engine-1-2")
    docker.containers.clear()
    assert (await _taken(docker, REMOVING, 100)).endswith("engine-1-2")


async def test_an_engine_that_ends_at_once_is_told_with_its_last_words_and_removed(
    docker: _Docker, steps: list[Step]
) -> None:
    docker.pulled.set()
    docker.dies, docker.said = True, "starting\nunknown option --a\n"

    with pytest.raises(ContainerError) as caught:
        await _creator(docker).make("engine-1", steps.append)

    assert caught.value.operation == "start"
    assert caught.value.detail == (
        "the engine ended at once with exit code 3; it last said: starting / unknown option --a"
    )
    assert caught.value.reason == "the engine ended at once with exit code 3"
    assert docker.containers == {}
    assert (steps[-1].name, steps[-1].state) == (StepName.START, RUNNING)


async def test_a_program_the_image_does_not_have_is_told_from_what_init_said(
    docker: _Docker, steps: list[Step]
) -> None:
    docker.pulled.set()
    docker.dies, docker.said = True, "[FATAL tini (7)] exec /x failed: No such file or directory\n"

    with pytest.raises(ContainerError, match=r"^the image has no such program: “/x”$"):
        await _creator(docker).make("engine-1", steps.append)


@pytest.mark.parametrize("operation", ["create", "start"])
@pytest.mark.parametrize("option", list(ContainerOption))
async def test_an_engine_is_made_without_an_option_that_the_host_lacks(
    docker: _Docker, steps: list[Step], operation: str, option: ContainerOption
) -> None:
    docker.pulled.set()
    docker.errors[operation] = [ContainerError(operation, "no such thing", option=option.value)]
    creator = _creator(docker)

    first = await creator.make("engine-1", steps.append)
    second = await creator.make("engine-2", steps.append)

    assert list(docker.containers) == [first.id, second.id]
    assert docker.specs[first.id].without == docker.specs[second.id].without == {option}
    assert docker.asked["create"] == 3
    assert [step.state for step in steps if step.name is StepName.START][-1] is DONE


async def test_several_options_may_be_lacking(docker: _Docker, steps: list[Step]) -> None:
    docker.pulled.set()
    docker.errors["start"] = [
        ContainerError("start", "no", option=option.value) for option in ContainerOption
    ]

    info = await _creator(docker).make("engine-1", steps.append)

    assert docker.specs[info.id].without == set(ContainerOption)


async def test_what_is_refused_without_the_option_too_is_told(
    docker: _Docker, steps: list[Step]
) -> None:
    docker.pulled.set()
    refusal = ContainerError("start", "no init program", option=ContainerOption.INIT.value)
    docker.errors["start"] = [refusal, refusal]

    with pytest.raises(ContainerError, match="no init program"):
        await _creator(docker).make("engine-1", steps.append)

    assert docker.asked["create"] == 2
    assert docker.containers == {}


async def test_an_engine_that_ended_without_a_word_is_told_by_its_code(
    docker: _Docker, steps: list[Step]
) -> None:
    docker.pulled.set()
    docker.dies = True

    with pytest.raises(ContainerError) as caught:
        await _creator(docker).make("engine-1", steps.append)

    assert caught.value.detail == "the engine ended at once with exit code 3"


async def test_a_container_that_is_gone_cannot_be_looked_at(docker: _Docker) -> None:
    with pytest.raises(ContainerError, match="does not exist") as caught:
        await _creator(docker).look_started("nothing", "restart")

    assert caught.value.operation == "restart"


async def test_who_is_cancelled_while_docker_creates_leaves_no_container(
    docker: _Docker, steps: list[Step]
) -> None:
    docker.pulled.set()
    docker.created.clear()
    creator = _creator(docker)
    making = tasks.spawn(creator.make("engine-1", steps.append), name="make")
    await docker.creating.wait()

    making.cancel()
    docker.created.set()
    await asyncio.wait({making})
    await creator.close()

    assert making.cancelled()
    assert docker.containers == {}
    assert docker.asked["start"] == 0


async def test_who_is_cancelled_twice_leaves_no_container_either(
    docker: _Docker, steps: list[Step]
) -> None:
    docker.pulled.set()
    docker.created.clear()
    creator = _creator(docker)
    making = tasks.spawn(creator.make("engine-1", steps.append), name="make")
    await docker.creating.wait()
    making.cancel()
    await let_others_run()  # it begins to clean up

    making.cancel()
    await asyncio.wait({making})
    assert docker.containers != {}  # Docker has not answered yet
    docker.created.set()
    await creator.close()

    assert docker.containers == {}


async def test_the_reason_is_told_and_not_that_cleaning_up_failed_too(
    docker: _Docker, steps: list[Step]
) -> None:
    docker.pulled.set()
    docker.errors["start"] = [ContainerError("start", "the disk is full")]
    docker.errors["remove"] = [RuntimeUnavailable(RuntimeState.NOT_RUNNING)]

    with pytest.raises(ContainerError, match="disk is full"):
        await _creator(docker).make("engine-1", steps.append)


async def test_what_could_not_be_created_is_not_removed(docker: _Docker, steps: list[Step]) -> None:
    docker.pulled.set()
    docker.errors["create"] = [RuntimeUnavailable(RuntimeState.NOT_RUNNING, "gone")]

    with pytest.raises(RuntimeUnavailable, match="gone"):
        await _creator(docker).make("engine-1", steps.append)

    assert docker.asked["remove"] == 0


async def test_nothing_to_clean_up_is_nothing_to_wait_for(docker: _Docker) -> None:
    async with asyncio.timeout(1):
        await _creator(docker).close()
