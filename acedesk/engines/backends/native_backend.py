"""Engines that are programs of this computer, each with ports and a folder of its own.

They are children of AceDesk and end with it. One that dies is started again as a container is
(`acedesk.engines.upkeep.restarts`): for that, its end is told as Docker tells it.
"""

import asyncio
import contextlib
import dataclasses
import datetime
import hashlib
import pathlib
import secrets
import shutil
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from typing import Final

from acedesk import clock, tasks
from acedesk.containers.runtime import CONNECTED, LOOPBACK, ContainerEvent
from acedesk.engines.backends.native_process import NativeProcess, end_left_over
from acedesk.engines.backends.native_programs import NativeProgram, ProgramFinder
from acedesk.errors import (
    BadRequest,
    ContainerError,
    EngineAnswerInvalid,
    EngineError,
    EngineRefused,
    NotFound,
)
from acedesk.model.engine import (
    BackendId,
    BackendKind,
    EngineId,
    EngineSpec,
    Step,
    StepName,
    StepState,
)
from acedesk.model.snapshot import OrphanView
from acedesk.rules.engines import provisioning
from acedesk.settings import Settings
from acedesk.settings.native_command import PLACES
from acedesk.store.ports import is_free

BACKEND_ID: Final = BackendId("native")
FOLDER: Final = "native"
# One that has not ended after so many seconds understood its arguments.
EARLY_END: Final = 0.5
# How often a program that may answer otherwise than an engine is asked, and how often in a row it
# has to be none: while it starts, anything may answer.
ASK_INTERVAL: Final = 0.3
NO_ENGINE_TRIES: Final = 3
# How often the system is asked for a port, of which an engine needs four: one that is free for TCP
# may be taken for UDP.
PORT_TRIES: Final = 20
# Engines listen at all addresses: a port that is taken at one of them is not free.
EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 - only to see what is free
_NOT_COMPATIBLE: Final = (
    "this Outpace answers, but not as an Ace Stream engine: it is too old, or was built without "
    "its compatibility mode"
)

# Asks which engine answers at host and port, within so many seconds.
Ask = Callable[[str, int, float], Awaitable[object]]


@dataclasses.dataclass(slots=True)
class _Engine:
    id: EngineId
    name: str
    program: NativeProgram
    ports: dict[str, int]
    folder: pathlib.Path
    process: NativeProcess
    started_time: datetime.datetime | None = None

    @property
    def spec(self) -> EngineSpec:
        return EngineSpec(
            id=self.id,
            name=self.name,
            backend=BackendKind.NATIVE,
            backend_id=BACKEND_ID,
            host=LOOPBACK,
            port=self.ports["port"] if self.process.runs else 0,
            image=self.program.title,
            exit_code=self.process.exit_code,
            started_time=self.started_time,
            definition_hash=self.program.hash,
        )


class NativeBackend:
    """Starts and ends engine programs; implements `ContainerBackend`.

    Closes: all of them, in `close`.

    Args:
        data_dir: Where the engines have their folders, unless their program wants another place.
        ask: Asks what answers at an address; needed for programs that may be no engine.
    """

    id: Final = BACKEND_ID
    kind: Final = BackendKind.NATIVE

    def __init__(
        self,
        settings: Callable[[], Settings],
        data_dir: pathlib.Path,
        *,
        ask: Ask | None = None,
        finder: ProgramFinder | None = None,
    ) -> None:
        self._settings = settings
        self._root = data_dir / FOLDER
        # Of this AceDesk alone, also where several share a place.
        self._mark = hashlib.sha256(str(data_dir).encode()).hexdigest()[:8]
        self._ask = ask
        self._finder = finder or ProgramFinder()
        self._engines: dict[EngineId, _Engine] = {}
        self._events: list[asyncio.Queue[ContainerEvent]] = []
        self._found: NativeProgram | None = None
        self._cleaned: set[pathlib.Path] = set()
        self._ending: set[asyncio.Task[None]] = set()

    @property
    def definition_hash(self) -> str:
        """Of the program that would be started, as it was last found; "" before."""
        return self._found.hash if self._found is not None else ""

    @property
    def orphans(self) -> tuple[OrphanView, ...]:
        """None: a program that was left by another AceDesk belongs to that one."""
        return ()

    def find_program(self) -> NativeProgram | None:
        """Return the engine program of this computer, None when there is none; looks at files.

        Raises:
            BadRequest: The command of the settings cannot be used.
        """
        return self._finder.find(self._settings().native_command)

    @property
    def is_ready(self) -> bool:
        """Always: there is nothing to be reached."""
        return True

    async def adopt(self) -> tuple[EngineSpec, ...]:
        """Return the engines of this process; those of an AceDesk that died are ended."""
        await self._clean(self._root)
        try:
            self._found = await asyncio.to_thread(self.find_program)
        except BadRequest:  # told when one is to be made
            self._found = None
        return tuple(engine.spec for engine in self._engines.values())

    async def look(self, container: str) -> EngineSpec | None:
        """Return one engine as it is now, None when it is gone."""
        engine = self._engines.get(EngineId(container))
        return engine.spec if engine is not None else None

    async def watch(self) -> AsyncGenerator[ContainerEvent]:
        """Yield the ends and starts of engines, for ever."""
        queue: asyncio.Queue[ContainerEvent] = asyncio.Queue()
        self._events.append(queue)
        try:
            yield ContainerEvent(action=CONNECTED)
            while True:
                yield await queue.get()
        finally:
            self._events.remove(queue)

    async def take_over(self, container: str, *, confirmed: bool) -> EngineSpec:
        """Refuse: there are none of others."""
        raise NotFound("there is no engine of another AceDesk with this id")

    async def remove_orphan(self, container: str, *, confirmed: bool) -> None:
        """Refuse: there are none of others."""
        raise NotFound("there is no engine of another AceDesk with this id")

    async def provision(self, name: str, report: Callable[[Step], None]) -> EngineSpec:
        """Start one more engine on free ports.

        Raises:
            BadRequest: There is no program, or the command of the settings cannot be used.
            ContainerError: It cannot be started, ended at once, or is no engine.

        On cancel or failure: nothing of it is left behind.
        """
        report(Step(name=StepName.CREATE, state=StepState.RUNNING))
        engine = await self._prepare(name)
        report(Step(name=StepName.CREATE, state=StepState.DONE, detail=engine.program.title))
        report(Step(name=StepName.START, state=StepState.RUNNING))
        self._engines[engine.id] = engine
        try:
            await self._start(engine)
            detail = f"port {engine.ports['port']}"
            report(Step(name=StepName.START, state=StepState.DONE, detail=detail))
            if engine.program.shares:
                await self._check_compatible(engine)
        except BaseException:
            await self._discard(engine)
            raise
        return engine.spec

    async def _prepare(self, name: str) -> _Engine:
        program = await asyncio.to_thread(self.find_program)
        if program is None:
            raise BadRequest(
                "AceDesk found no engine program on this computer. The setting “Engine program” "
                "names one."
            )
        self._found = program
        shared = program.state_root
        root = self._root if shared is None else shared / self._mark
        await self._clean(root)
        # Nothing is awaited between this and its entry: of two that come at once, one is made.
        if program.shares and self._engines:
            raise BadRequest(f"{program.title} runs already, and one of it is enough.")
        key = secrets.token_hex(4)
        return _Engine(
            id=EngineId(f"native-{key}"),
            name=name,
            program=program,
            ports=_free_ports(self._taken()),
            folder=root / key,
            process=NativeProcess(lambda _code: None),
        )

    def _taken(self) -> frozenset[int]:
        """Return the ports of all engines, also of those that do not listen (yet, or now)."""
        return frozenset(port for one in self._engines.values() for port in one.ports.values())

    async def _start(self, engine: _Engine) -> None:
        """Start the program and see that it does not end at once.

        Raises:
            ContainerError: It cannot be started, or ended at once.
        """
        process = NativeProcess(lambda code: self._tell_end(engine, process, code))
        places = {name: str(port) for name, port in engine.ports.items()}
        argv, environment = engine.program.filled({**places, "state_dir": str(engine.folder)})
        engine.process, engine.started_time = process, clock.utc_now()
        await process.start(argv, environment, engine.folder)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(EARLY_END):
                await process.ended.wait()
            raise provisioning.ended_at_once("start", process.exit_code, process.log(20))

    async def _check_compatible(self, engine: _Engine) -> None:
        """Wait until the program answers as an engine.

        Raises:
            ContainerError: What it answers is no engine's, or it ended.
        """
        tries = 0
        limit = self._settings().engine_start_timeout
        with contextlib.suppress(TimeoutError):  # the prober goes on, and says what is wrong
            async with asyncio.timeout(limit):
                while self._ask is not None and tries < NO_ENGINE_TRIES:
                    if engine.process.ended.is_set():
                        raise ContainerError("start", "the engine has ended")
                    try:
                        await self._ask(LOOPBACK, engine.ports["port"], 2.0)
                    except (EngineAnswerInvalid, EngineRefused):
                        tries += 1
                    except EngineError:
                        tries = 0
                    else:
                        return
                    await tasks.sleep(ASK_INTERVAL)
        if tries >= NO_ENGINE_TRIES:
            raise ContainerError("start", _NOT_COMPATIBLE)

    def _tell_end(self, engine: _Engine, process: NativeProcess, code: int) -> None:
        if engine.process is process and engine.id in self._engines:
            self._tell("die", engine.id, code)

    def _tell(self, action: str, engine_id: EngineId, code: int = 0) -> None:
        event = ContainerEvent(action=action, container_id=engine_id, exit_code=code)
        for queue in self._events:
            queue.put_nowait(event)

    async def remove(self, engine_id: EngineId) -> None:
        """End the program and delete its folder; one that is gone already is no error."""
        if (engine := self._engines.get(engine_id)) is not None:
            await self._discard(engine)

    async def _discard(self, engine: _Engine) -> None:
        """End an engine in a task of its own: the caller may be cancelled again."""
        self._engines.pop(engine.id, None)
        task = tasks.spawn(_end(engine), name=f"end {engine.name}")
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        await asyncio.shield(task)

    async def restart(self, engine_id: EngineId) -> EngineSpec:
        """End the program and start it again, on the same ports where they are free.

        Raises:
            ContainerError: It is gone, or cannot be started.
        """
        engine = self._engines.get(engine_id)
        if engine is None:
            raise ContainerError("restart", "the engine does not exist")
        old, engine.process = engine.process, NativeProcess(lambda _code: None)
        await old.end()
        if not _all_free(engine.ports):
            engine.ports = _free_ports(self._taken())
        await self._start(engine)
        self._tell("start", engine_id)
        return engine.spec

    async def log(self, engine_id: EngineId, lines: int) -> str:
        """Return the last lines the program wrote.

        Raises:
            NotFound: There is no such engine.
        """
        if engine_id not in self._engines:
            raise NotFound(engine_id)
        return self._engines[engine_id].process.log(lines)

    async def close(self) -> None:
        """End all programs."""
        await asyncio.gather(*(self._discard(one) for one in tuple(self._engines.values())))
        if self._ending:
            await asyncio.wait(self._ending)

    async def _clean(self, root: pathlib.Path) -> None:
        """Once for each place: end what an AceDesk that died left there, and delete it."""
        if root not in self._cleaned:
            self._cleaned.add(root)
            await asyncio.to_thread(_clean, root)


async def _end(engine: _Engine) -> None:
    await engine.process.end()
    await asyncio.to_thread(shutil.rmtree, engine.folder, ignore_errors=True)


def _clean(root: pathlib.Path) -> None:
    with contextlib.suppress(OSError):
        for folder in root.iterdir():
            end_left_over(folder)
            shutil.rmtree(folder, ignore_errors=True)


def _free_ports(taken: Collection[int]) -> dict[str, int]:
    """Return free ports; all are held until all are known, so that none comes twice.

    Args:
        taken: Ports that are others', though nothing listens there now.

    Raises:
        ContainerError: The system has none.
    """
    names = [name for name in PLACES if name.endswith("port")]
    found: list[int] = []
    with contextlib.ExitStack() as held:
        for _ in range(PORT_TRIES):
            port = _hold_one(held) if len(found) < len(names) else None
            if port is not None and port not in taken:
                found.append(port)
    if len(found) < len(names):
        raise ContainerError("create", "the system has no free ports")
    return dict(zip(names, found, strict=True))


def _hold_one(held: contextlib.ExitStack) -> int | None:
    """Take a port of the system's choice, None when it is taken for UDP, or there is none."""
    try:
        tcp = held.enter_context(socket.socket())
        tcp.bind((EVERYWHERE, 0))
        port = int(tcp.getsockname()[1])
        _hold_udp(held, port)
    except OSError:
        return None
    return port


def _hold_udp(held: contextlib.ExitStack, port: int) -> None:
    """Take a port for UDP too: an engine's peers use both.

    Raises:
        OSError: It is taken.
    """
    held.enter_context(socket.socket(type=socket.SOCK_DGRAM)).bind((EVERYWHERE, port))


def _all_free(ports: Mapping[str, int]) -> bool:
    """Tell whether all could be listened on now, for TCP and UDP."""
    with contextlib.ExitStack() as held, contextlib.suppress(OSError):
        for port in ports.values():
            _hold_udp(held, port)
        return all(is_free(EVERYWHERE, port) for port in ports.values())
    return False
