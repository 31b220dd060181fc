"""What is asked of a desk, and its engines: a part of `tests.gui.fake_desk`."""

import asyncio
from typing import Any

from acedesk.errors import AceDeskError, EngineError, RuntimeState
from acedesk.model.engine import BackendId, EngineId
from acedesk.model.snapshot import HostView, RuntimeView


class Calls:
    """What was asked, in order, and what every asynchronous method raises while it is set."""

    def __init__(self) -> None:
        self.made: list[tuple[Any, ...]] = []
        self.error: AceDeskError | None = None

    def record(self, *call: Any) -> None:
        self.made.append(call)
        if self.error is not None:
            raise self.error


class FakeHosts:
    """Fulfils `HostsDesk`.

    Attributes:
        gate: While it is not set, a test waits.
        ended: How many tests were cancelled.
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self.gate = asyncio.Event()
        self.gate.set()
        self.ended = 0
        self.refusal: AceDeskError | None = None
        self.reach = "at 192.168.1.5"

    async def test(self, text: str) -> HostView:
        self._calls.record("test_host", text)
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.ended += 1
            raise
        if self.refusal is not None:
            raise self.refusal
        runtime = RuntimeView(state=RuntimeState.READY, detail="28.1.1")
        backend = BackendId("docker:nas")
        return HostView(
            name="nas", backend_id=backend, address="", runtime=runtime, reach=self.reach
        )


class FakeEngines:
    """Fulfils `EnginesDesk`."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self.startable = ""
        self.native = ""
        self.refusal: AceDeskError | None = None
        self.silent: EngineError | None = None

    async def add(self) -> str:
        self._calls.record("add_engine")
        if self.refusal is not None:
            raise self.refusal
        return "provision-1"

    async def add_native(self) -> str:
        self._calls.record("add_native")
        return "provision-1"

    @property
    def native_name(self) -> str:
        return self.native

    async def try_address(self, text: str) -> str:
        self._calls.record("try_address", text)
        if self.silent is not None:
            raise self.silent
        return "3.2.11"

    @property
    def docker_name(self) -> str:
        return self.startable

    async def start_docker(self) -> None:
        self._calls.record("start_docker")

    async def cancel_provision(self, provision_id: str) -> None:
        self._calls.record("cancel_provision", provision_id)

    def reset_breakers(self) -> None:
        self._calls.record("reset_breakers")

    async def restart(self, engine_id: EngineId) -> None:
        self._calls.record("restart_engine", engine_id)

    async def drain(self, engine_id: EngineId) -> None:
        self._calls.record("drain_engine", engine_id)

    async def serve(self, engine_id: EngineId) -> None:
        self._calls.record("serve_engine", engine_id)

    async def replace(self, engine_id: EngineId) -> None:
        self._calls.record("replace_engine", engine_id)

    async def remove(self, engine_id: EngineId) -> None:
        self._calls.record("remove_engine", engine_id)

    async def take_over(self, container_id: str, *, confirmed: bool = False) -> None:
        self._calls.record("take_over", container_id, confirmed)

    async def remove_orphan(self, container_id: str, *, confirmed: bool = False) -> None:
        self._calls.record("remove_orphan", container_id, confirmed)

    async def read_log(self, engine_id: EngineId, lines: int = 500) -> str:
        self._calls.record("engine_log", engine_id, lines)
        return "2026-03-01 11:59:58 engine started\n2026-03-01 11:59:59 listening on 6878\n"

    async def check_now(self) -> None:
        self._calls.record("check_now")
