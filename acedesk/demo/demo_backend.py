"""Engines made on demand inside this process: for `--demo`, and one for the test channel.

The engine itself is imported when the first is made: most runs never play the test channel.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final, Protocol

from acedesk import clock
from acedesk.demo.channels import BURST
from acedesk.errors import ContainerError, NotFound, PortInUse, StorageError
from acedesk.model.engine import (
    BackendId,
    BackendKind,
    EngineId,
    EngineSpec,
    Step,
    StepName,
    StepState,
)

HOST = "127.0.0.1"
BACKEND_ID: Final = BackendId("demo")


class InProcessEngine(Protocol):
    """One engine of this process; `acedesk.demo.engine.DemoEngine` is it."""

    async def start(self, host: str, port: int) -> int:
        """Listen and return the port; 0 takes a free one.

        Raises:
            PortInUse, StorageError: It cannot listen, or has nothing to play.
        """
        ...

    async def close(self) -> None:
        """End every session and stop listening."""
        ...

    def order_fault(self, fault: Any) -> None:
        """Let a fault happen from now on."""
        ...

    def clear_faults(self) -> None:
        """Forget all orders."""
        ...

    def log_lines(self, count: int) -> list[str]:
        """Return the last lines of its log, oldest first."""
        ...


class DemoBackend:
    """Starts demo engines on free ports of the loopback address.

    Closes: all of them, in `close`.

    Args:
        backend_id: What distinguishes it from others.
        contents: What its engines are asked for, None for anything; see `EngineSpec`.
        burst: Seconds of the broadcast a new reader gets at once.
    """

    def __init__(
        self,
        backend_id: BackendId = BACKEND_ID,
        *,
        contents: frozenset[str] | None = None,
        burst: float = BURST,
    ) -> None:
        self._id = backend_id
        self._burst = burst
        self._contents = contents
        self._engines: dict[EngineId, tuple[InProcessEngine, EngineSpec]] = {}

    @property
    def id(self) -> BackendId:
        """What distinguishes this backend from others."""
        return self._id

    @property
    def kind(self) -> BackendKind:
        """Which kind of engine this backend makes."""
        return BackendKind.DEMO

    def engine(self, engine_id: EngineId) -> InProcessEngine:
        """Return a running engine, so that faults can be ordered from it.

        Raises:
            NotFound: There is none of that id.
        """
        return self._find(engine_id)[0]

    @property
    def definition_hash(self) -> str:
        """Nothing: all its engines are alike."""
        return ""

    @property
    def is_ready(self) -> bool:
        """Always: there is nothing to be reached."""
        return True

    async def adopt(self) -> tuple[EngineSpec, ...]:
        """Return the engines of this process; those of an earlier one died with it."""
        return tuple(spec for _, spec in self._engines.values())

    async def provision(self, name: str, report: Callable[[Step], None]) -> EngineSpec:
        """Start one more engine on a free port.

        Raises:
            ContainerError: It cannot listen.

        On cancel or failure: nothing of it is left behind.
        """
        report(Step(name=StepName.CREATE, state=StepState.RUNNING))
        engine = await _make(self._burst)
        report(Step(name=StepName.CREATE, state=StepState.DONE, detail=name))
        report(Step(name=StepName.START, state=StepState.RUNNING))
        port = await _start(engine, 0)
        spec = self._spec(name, port)
        self._engines[spec.id] = (engine, spec)
        report(Step(name=StepName.START, state=StepState.DONE, detail=f"port {port}"))
        return spec

    async def remove(self, engine_id: EngineId) -> None:
        """Close the engine; one that is gone already is no error."""
        engine, _ = self._engines.pop(engine_id, (None, None))
        if engine is not None:
            await engine.close()

    async def restart(self, engine_id: EngineId) -> EngineSpec:
        """Close the engine and start a fresh one on the same port.

        Raises:
            NotFound: There is none of that id.
            ContainerError: The port was taken meanwhile; the engine is gone then.
        """
        old, spec = self._find(engine_id)
        del self._engines[engine_id]
        await old.close()
        engine = await _make(self._burst)
        await _start(engine, spec.port)
        fresh = self._spec(spec.name, spec.port)
        self._engines[fresh.id] = (engine, fresh)
        return fresh

    async def log(self, engine_id: EngineId, lines: int) -> str:
        """Return the last `lines` lines the engine wrote, oldest first.

        Raises:
            NotFound: There is none of that id.
        """
        return "\n".join(self._find(engine_id)[0].log_lines(lines))

    async def close(self) -> None:
        """Close all engines."""
        while self._engines:
            _, (engine, _) = self._engines.popitem()
            await engine.close()

    def _spec(self, name: str, port: int) -> EngineSpec:
        return EngineSpec(
            id=EngineId(f"demo-{port}"),
            name=name,
            backend=BackendKind.DEMO,
            backend_id=self._id,
            host=HOST,
            port=port,
            started_time=clock.utc_now(),
            contents=self._contents,
        )

    def _find(self, engine_id: EngineId) -> tuple[InProcessEngine, EngineSpec]:
        if engine_id not in self._engines:
            raise NotFound(engine_id)
        return self._engines[engine_id]


async def _make(burst: float) -> InProcessEngine:
    make = await asyncio.to_thread(_load)
    return make(burst=burst)


def _load() -> Callable[..., InProcessEngine]:
    """Return `DemoEngine`, imported now if it was not; takes 0.1 s."""
    from acedesk.demo.engine import DemoEngine

    return DemoEngine


async def _start(engine: InProcessEngine, port: int) -> int:
    try:
        return await engine.start(HOST, port)
    except PortInUse as exc:
        raise ContainerError("start", f"port {port} is taken") from exc
    except StorageError as exc:
        raise ContainerError("start", exc.detail) from exc
