"""Makes engine containers: image, container, start. Nothing is left of one that fails."""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from acedesk import tasks
from acedesk.containers.refusals import NAME_TAKEN, PORT_TAKEN, judge_exec
from acedesk.containers.runtime import (
    REMOVING,
    ContainerInfo,
    ContainerOption,
    ContainerRuntime,
    PullProgress,
)
from acedesk.engines.backends.engine_container import container_spec
from acedesk.engines.definitions.definition import EngineDefinition
from acedesk.errors import AceDeskError, ContainerError
from acedesk.model.engine import Step, StepName, StepState
from acedesk.model.host import Machine
from acedesk.rules.engines import provisioning

logger = logging.getLogger(__name__)

# How many container names are tried when foreign containers have ours.
NAME_TRIES: Final = 9
# How often a container is started when its port is taken: Docker chooses another port each time.
PORT_TRIES: Final = 3
# How long a container may take to go that Docker is removing, and how often it is looked for; in
# seconds. Docker deletes its layers meanwhile, on a busy disk for some seconds.
REMOVAL_LIMIT: Final = 5.0
REMOVAL_LOOK: Final = 0.1
# Bytes of an engine's own id: enough that no two engines of one Docker host get the same.
KEY_BYTES: Final = 8


class ContainerCreator:
    """Makes and starts engine containers.

    Args:
        define: Returns what engines are made from now, on this machine.
        labels: Returns what marks the containers of this AceDesk.
        prefix: Returns what container names start with; "engine-1" follows.
        place: Gives the definition of one engine until its container exists; by default the same
            for all.
    """

    def __init__(
        self,
        runtime: ContainerRuntime,
        define: Callable[[Machine], EngineDefinition],
        *,
        labels: Callable[[], Mapping[str, str]],
        prefix: Callable[[], str],
        place: Callable[
            [Machine, EngineDefinition], AbstractAsyncContextManager[EngineDefinition]
        ] = lambda _, definition: contextlib.nullcontext(definition),
    ) -> None:
        self._runtime = runtime
        self._define = define
        self._labels = labels
        self._prefix = prefix
        self._place = place
        self._cleaning: set[asyncio.Task[None]] = set()
        self._lacking: frozenset[ContainerOption] = frozenset()

    async def make(
        self, name: str, report: Callable[[Step], None], *, key: str = ""
    ) -> ContainerInfo:
        """Pull the image if it is not here, create the container and start it.

        Args:
            name: What people see: "engine-1".
            key: The engine's own id, "" for a new one.

        Raises:
            BadRequest: The engine arguments cannot be split.
            RuntimeUnavailable, ContainerError: It could not be made, or ended at once.

        On cancel or failure: the container is removed; an unfinished pull is ended.
        """
        machine = (await self._runtime.location()).machine
        definition = self._define(machine)
        for warning in definition.warnings:
            logger.info("%s is made from %s: %s", name, definition.image, warning)
        await self._pull(definition, report)
        key = key or secrets.token_hex(KEY_BYTES)
        while True:
            try:
                async with self._place(machine, definition) as placed:
                    return await self._make_container(placed, name, key, report)
            except ContainerError as exc:
                if not self._learns(exc):
                    raise

    def _learns(self, error: ContainerError) -> bool:
        """Tell whether it is worth trying without what Docker's host lacks, which is remembered."""
        found = [option for option in ContainerOption if option.value == error.option]
        if not found or found[0] in self._lacking:
            return False
        logger.info("engines are made without %s: %s", error.option, error.detail)
        self._lacking |= set(found)
        return True

    async def _make_container(
        self,
        definition: EngineDefinition,
        name: str,
        key: str,
        report: Callable[[Step], None],
    ) -> ContainerInfo:
        """Create the container and start it. On cancel or failure: it is removed."""
        report(Step(name=StepName.CREATE, state=StepState.RUNNING))
        making = tasks.spawn(self._try_create(definition, name, key), name=f"create {name}")
        try:
            info = _made(await asyncio.shield(making))
            report(Step(name=StepName.CREATE, state=StepState.DONE, detail=info.name))
            report(Step(name=StepName.START, state=StepState.RUNNING))
            await self._start(info.id)
            running = await self.look_started(info.id, "start")
        except BaseException:
            await self._clean_up(making)
            raise
        report(Step(name=StepName.START, state=StepState.DONE))
        return running

    async def look_started(self, container: str, operation: str) -> ContainerInfo:
        """Return a container that was just started, as it is now.

        Raises:
            ContainerError: It is gone or ended at once; the detail has the end of its log.
        """
        info = await self._runtime.inspect(container)
        if info is None:
            raise ContainerError(operation, "the container does not exist")
        if not info.running:
            raise await self._judge_end(operation, info)
        return info

    async def _judge_end(self, operation: str, info: ContainerInfo) -> ContainerError:
        await tasks.sleep(provisioning.LOG_DELAY)
        log = await self._runtime.log(info.id, 20)
        if (failed := judge_exec(log)) is not None:
            # The init program told it: for Docker the start went well.
            return ContainerError(operation, failed)
        return provisioning.ended_at_once(operation, info.exit_code, log)

    async def _start(self, container: str) -> None:
        """Start the container; again when another program took its port first."""
        for tries_left in reversed(range(PORT_TRIES)):
            try:
                return await self._runtime.start(container)
            except ContainerError as exc:
                if exc.detail != PORT_TAKEN or not tries_left:
                    raise
        raise AssertionError("the last try returns or raises")

    async def _pull(self, definition: EngineDefinition, report: Callable[[Step], None]) -> None:
        image, platform = definition.image, definition.platform
        report(Step(name=StepName.PULL, state=StepState.RUNNING))
        if await self._runtime.has_image(image, platform):
            here = "image is already here"
            report(Step(name=StepName.PULL, state=StepState.DONE, detail=here))
            return

        def report_pull(progress: PullProgress, state: StepState = StepState.RUNNING) -> None:
            report(
                Step(
                    name=StepName.PULL,
                    state=state,
                    done_bytes=progress.done_bytes,
                    total_bytes=progress.total_bytes,
                )
            )

        last = PullProgress()

        def note(progress: PullProgress) -> None:
            nonlocal last
            last = progress
            report_pull(progress)

        await self._runtime.pull(image, note, platform)
        report_pull(last, StepState.DONE)

    async def _try_create(
        self, definition: EngineDefinition, name: str, key: str
    ) -> ContainerInfo | AceDeskError:
        """Return the container or the error: the task may end when nobody waits any more."""
        try:
            return await self._create(definition, name, key)
        except AceDeskError as exc:
            return exc

    async def _create(self, definition: EngineDefinition, name: str, key: str) -> ContainerInfo:
        """Create the container, under another name where a foreign one has ours."""
        for number in range(1, NAME_TRIES + 1):
            suffix = "" if number == 1 else f"-{number}"
            container_name = f"{self._prefix()}{name}{suffix}"
            spec = container_spec(
                definition,
                self._labels(),
                container_name=container_name,
                name=name,
                key=key,
                without=self._lacking,
            )
            try:
                container = await self._runtime.create(spec)
            except ContainerError as exc:
                if exc.detail != NAME_TAKEN:
                    raise
                if not await self._goes(container_name):
                    continue
                container = await self._runtime.create(spec)
            return ContainerInfo(
                id=container, name=spec.name, image=spec.image, running=False, status="created"
            )
        raise ContainerError("create", NAME_TAKEN)

    async def _goes(self, container_name: str) -> bool:
        """Wait for a container that Docker is removing; tell whether its name is free then.

        Else there would be two for a moment, one more than the settings allow.
        """
        for _ in range(round(REMOVAL_LIMIT / REMOVAL_LOOK)):
            info = await self._runtime.inspect(container_name)
            if info is None:
                return True
            if info.status != REMOVING:
                return False
            await tasks.sleep(REMOVAL_LOOK)
        return False

    async def discard(self, container: str) -> None:
        """Remove a container that is of no use, in a task of its own; that it fails is no error."""
        await self._shielded(self._remove(container))

    async def _clean_up(self, making: asyncio.Task[ContainerInfo | AceDeskError]) -> None:
        """Remove what was made."""

        async def remove_made() -> None:
            outcome = await making  # it has a deadline of its own, and cleans up itself then
            if not isinstance(outcome, AceDeskError):
                await self._remove(outcome.id)

        await self._shielded(remove_made())

    async def _shielded(self, removal: Coroutine[Any, Any, None]) -> None:
        """Run a removal in a task of its own: the caller may be cancelled again."""
        task = tasks.spawn(removal, name="remove an unfinished engine")
        self._cleaning.add(task)
        task.add_done_callback(self._cleaning.discard)
        await asyncio.shield(task)

    async def _remove(self, container: str) -> None:
        # The error that the caller gets anyway says more than an error of this removal.
        with contextlib.suppress(AceDeskError):
            await self._runtime.remove(container, grace=0)

    async def close(self) -> None:
        """Wait until what was cancelled is removed."""
        if self._cleaning:
            await asyncio.wait(self._cleaning)


def _made(outcome: ContainerInfo | AceDeskError) -> ContainerInfo:
    if isinstance(outcome, AceDeskError):
        raise outcome
    return outcome
