"""Engines in Docker containers that carry our label; they outlive AceDesk and are taken over."""

import asyncio
import contextlib
import shlex
from collections.abc import Callable, Mapping
from typing import Final

from acedesk import tasks
from acedesk.containers.inspection import NAME_TAKEN
from acedesk.containers.runtime import (
    NAME_LABEL,
    PORT_LABEL,
    ROLE_LABEL,
    ContainerInfo,
    ContainerRuntime,
    ContainerSpec,
    PullProgress,
)
from acedesk.errors import AceDeskError, BadRequest, ContainerError
from acedesk.model.engine import (
    BackendId,
    BackendKind,
    EngineId,
    EngineSpec,
    Step,
    StepName,
    StepState,
)
from acedesk.rules import provisioning
from acedesk.settings import Settings

ENGINE_ROLE: Final = "engine"

# The Docker that `docker` on this computer uses.
LOCAL_ID: Final = BackendId("docker:local")

# The engine answers callers of its own subnet only unless this is on; a port published by Docker
# may come from elsewhere (ghcr.io/martinbjeldbak/acestream-http-proxy). It is published on
# 127.0.0.1 alone, so nobody else gets in by it.
ENVIRONMENT: Final = {"ALLOW_REMOTE_ACCESS": "yes"}

# Engines look for a hardware id there and fail where newer Docker Desktops lack the folder
# (acestream-http-proxy#22).
TMPFS: Final = {"/dev/disk/by-id": "noexec,rw,size=4k"}

# How many container names are tried when foreign containers have ours.
NAME_TRIES: Final = 9


class DockerBackend:
    """Makes, adopts and removes engine containers.

    Args:
        labels: Further labels every container gets and must have to be adopted.
        backend_id: Which Docker the runtime is.
        prefix: What container names start with; "engine-1" follows.
    """

    def __init__(
        self,
        runtime: ContainerRuntime,
        settings: Callable[[], Settings],
        *,
        labels: Mapping[str, str] | None = None,
        prefix: str = "acedesk-",
        backend_id: BackendId = LOCAL_ID,
    ) -> None:
        self._runtime = runtime
        self._settings = settings
        self._labels = {ROLE_LABEL: ENGINE_ROLE, **(labels or {})}
        self._prefix = prefix
        self._id = backend_id
        self._cleaning: set[asyncio.Task[None]] = set()

    @property
    def id(self) -> BackendId:
        """Which Docker this is."""
        return self._id

    @property
    def kind(self) -> BackendKind:
        """Which kind of engine this backend makes."""
        return BackendKind.DOCKER

    @property
    def labels(self) -> Mapping[str, str]:
        """What marks the containers of this backend."""
        return self._labels

    async def adopt(self) -> tuple[EngineSpec, ...]:
        """Return all own engine containers; those that do not run have port 0."""
        found = await self._runtime.list_containers(self._labels)
        return tuple(self._spec(info) for info in found)

    async def provision(self, name: str, report: Callable[[Step], None]) -> EngineSpec:
        """Pull the image if it is not here, create the container and start it.

        On cancel or failure: the container is removed; an unfinished pull is ended.
        """
        await self._pull(self._settings().engine_image, report)
        report(Step(name=StepName.CREATE, state=StepState.RUNNING))
        making = tasks.spawn(self._try_create(name), name=f"create {name}")
        try:
            info = _made(await asyncio.shield(making))
            report(Step(name=StepName.CREATE, state=StepState.DONE, detail=info.name))
            report(Step(name=StepName.START, state=StepState.RUNNING))
            await self._runtime.start(info.id)
            spec = await self._started(info.id, "start")
        except BaseException:
            await self._clean_up(making)
            raise
        report(Step(name=StepName.START, state=StepState.DONE))
        return spec

    async def _pull(self, image: str, report: Callable[[Step], None]) -> None:
        report(Step(name=StepName.PULL, state=StepState.RUNNING))
        if await self._runtime.has_image(image):
            here = "image is already here"
            report(Step(name=StepName.PULL, state=StepState.DONE, detail=here))
            return

        def told(progress: PullProgress, state: StepState = StepState.RUNNING) -> None:
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
            told(progress)

        await self._runtime.pull(image, note)
        told(last, StepState.DONE)

    async def _try_create(self, name: str) -> ContainerInfo | AceDeskError:
        """Return the container or the error: the task may end when nobody waits any more."""
        try:
            return await self._create(name)
        except AceDeskError as exc:
            return exc

    async def _create(self, name: str) -> ContainerInfo:
        """Create the container, under another name where a foreign one has ours."""
        settings = self._settings()
        for number in range(1, NAME_TRIES + 1):
            suffix = "" if number == 1 else f"-{number}"
            spec = ContainerSpec(
                name=f"{self._prefix}{name}{suffix}",
                image=settings.engine_image,
                command=_arguments(settings.engine_arguments),
                environment=ENVIRONMENT,
                labels={
                    **self._labels,
                    NAME_LABEL: name,
                    PORT_LABEL: str(settings.engine_port),
                },
                port=settings.engine_port,
                tmpfs=TMPFS,
            )
            try:
                container = await self._runtime.create(spec)
            except ContainerError as exc:
                if exc.detail != NAME_TAKEN:
                    raise
                continue
            return ContainerInfo(
                id=container, name=spec.name, image=spec.image, running=False, status="created"
            )
        raise ContainerError("create", NAME_TAKEN)

    async def _clean_up(self, making: asyncio.Task[ContainerInfo | AceDeskError]) -> None:
        """Remove what was made, in a task of its own: the caller may be cancelled again."""
        task = tasks.spawn(self._discard(making), name="remove an unfinished engine")
        self._cleaning.add(task)
        task.add_done_callback(self._cleaning.discard)
        await asyncio.shield(task)

    async def _discard(self, making: asyncio.Task[ContainerInfo | AceDeskError]) -> None:
        # Creating has its own deadline and then undoes itself. The error that is on its way to
        # the caller says more than one of cleaning up after it.
        with contextlib.suppress(AceDeskError):
            await self._runtime.remove(_made(await making).id, grace=0)

    async def _started(self, container: str, operation: str) -> EngineSpec:
        """Return the spec of a container just started.

        Raises:
            ContainerError: It is gone or ended at once; the detail is its last line.
        """
        info = await self._runtime.inspect(container)
        if info is None:
            raise ContainerError(operation, "the container does not exist")
        spec = self._spec(info)
        if spec.port == 0:
            raise ContainerError(operation, await self._last_words(info))
        return spec

    def _spec(self, info: ContainerInfo) -> EngineSpec:
        inside = info.labels.get(PORT_LABEL, "")
        published = info.published.get(int(inside)) if inside.isdecimal() else None
        host, port = published if info.running and published is not None else ("127.0.0.1", 0)
        return EngineSpec(
            id=EngineId(info.id),
            name=info.labels.get(NAME_LABEL) or info.name,
            backend=BackendKind.DOCKER,
            backend_id=self._id,
            host=host,
            port=port,
            container_id=info.id,
            image=info.image,
            exit_code=None if info.running else info.exit_code,
            out_of_memory=info.out_of_memory,
            started_time=info.started_time,
        )

    async def _last_words(self, info: ContainerInfo) -> str:
        log = await self._runtime.log(info.id, 20)
        ended = f"the engine ended at once with exit code {info.exit_code}"
        said = provisioning.last_words(log)
        return f"{ended}; it last said: {said}" if said else ended

    async def remove(self, engine_id: EngineId) -> None:
        """Stop and delete the container."""
        await self._runtime.remove(engine_id)

    async def restart(self, engine_id: EngineId) -> EngineSpec:
        """Restart the container; its port changes, because Docker chooses a free one again."""
        await self._runtime.restart(engine_id)
        return await self._started(engine_id, "restart")

    async def log(self, engine_id: EngineId, lines: int) -> str:
        """Return the last lines of the container's log."""
        return await self._runtime.log(engine_id, lines)

    async def close(self) -> None:
        """Wait until what was cancelled is removed; the engines go on running."""
        if self._cleaning:
            await asyncio.wait(self._cleaning)


def _made(outcome: ContainerInfo | AceDeskError) -> ContainerInfo:
    if isinstance(outcome, AceDeskError):
        raise outcome
    return outcome


def _arguments(text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text))
    except ValueError as exc:
        raise BadRequest(f"The engine arguments have an unfinished quote: {text}") from exc
