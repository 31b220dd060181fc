"""Engines that are programs of this computer: the demo engine as a child, found, used, killed."""

import asyncio
import contextlib
import os
import pathlib
import signal
import socket
import sys
from collections.abc import AsyncIterator

import pytest

from acedesk import tasks
from acedesk.acestream_api.engine_client import EngineClient
from acedesk.containers.runtime import CONNECTED, ContainerEvent
from acedesk.engines.backend import ContainerBackend
from acedesk.engines.backends import native_backend
from acedesk.engines.backends.docker_backend import DockerBackend
from acedesk.engines.backends.native_backend import FOLDER, NativeBackend
from acedesk.engines.backends.native_programs import ProgramFinder
from acedesk.engines.manager import EngineManager
from acedesk.engines.pool import EnginePool
from acedesk.errors import (
    BadRequest,
    ContainerError,
    NotFound,
    RuntimeState,
    RuntimeUnavailable,
)
from acedesk.model.engine import BackendKind, EngineId, EngineState, Step, StepName, StepState
from acedesk.model.snapshot import EngineView
from acedesk.settings import Settings
from acedesk.store.instance import InstanceFile
from tests.fakes.containers import FakeRuntime
from tests.fakes.loop_steps import until_emitted

PYTHON = f'"{sys.executable}"'
DEMO = f"{PYTHON} -m acedesk demo-engine --port {{port}}"
WAITS = "import time; time.sleep(600)"
# Answers as an engine, where an Outpace is told to listen.
ENGINE = (
    "import os, sys; from acedesk.__main__ import main;"
    "sys.argv[1:] = ['demo-engine', '--port', os.environ['OUTPACE_BIND'].split(':')[1]]; main()"
)
# Answers every question as a program that is no engine does.
NO_ENGINE = (
    "import http.server as h, os; host, port = os.environ['OUTPACE_BIND'].split(':');"
    "h.HTTPServer((host, int(port)), h.SimpleHTTPRequestHandler).serve_forever()"
)


@contextlib.asynccontextmanager
async def _backend(folder: pathlib.Path, command: str = DEMO) -> AsyncIterator[NativeBackend]:
    client = EngineClient()
    made = NativeBackend(
        lambda: Settings(native_command=command, engine_start_timeout=20.0),
        folder,
        ask=lambda host, port, limit: client.fetch_version(host, port, timeout=limit),
        finder=ProgramFinder({**os.environ, "PATH": str(folder / "bin")}, folder),
    )
    try:
        yield made
    finally:
        await made.close()
        await client.close()


def _outpace(folder: pathlib.Path, code: str) -> str:
    program = folder / "bin" / "outpace"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nexec '{sys.executable}' -c \"{code}\"\n")
    program.chmod(0o755)
    return str(program)


def _delete(program: str) -> None:
    pathlib.Path(program).unlink()


def _folders(data_dir: pathlib.Path) -> list[pathlib.Path]:
    return list(data_dir.glob(f"{FOLDER}/*"))


async def _until(pool: EnginePool, state: EngineState) -> EngineView:
    found: list[EngineView] = []

    def look() -> bool:
        found[:] = [view for view in pool.views() if view.state is state]
        return bool(found)

    await until_emitted(pool.changed, look, seconds=40)
    return found[0]


async def test_a_program_becomes_an_engine_with_a_port_of_its_own(tmp_path: pathlib.Path) -> None:
    steps: list[Step] = []
    async with _backend(tmp_path) as backend:
        one = await backend.provision("engine-1", steps.append)
        two = await backend.provision("engine-2", lambda _step: None)

        assert isinstance(backend, ContainerBackend)
        assert (one.backend, one.name, one.host) == (BackendKind.NATIVE, "engine-1", "127.0.0.1")
        assert one.port != two.port
        assert [engine.id for engine in await backend.adopt()] == [one.id, two.id]
        assert len(list((tmp_path / FOLDER).iterdir())) == 2
        assert one.definition_hash == backend.definition_hash != ""
        assert [(step.name, step.state) for step in steps] == [
            (StepName.CREATE, StepState.RUNNING),
            (StepName.CREATE, StepState.DONE),
            (StepName.START, StepState.RUNNING),
            (StepName.START, StepState.DONE),
        ]
    assert list((tmp_path / FOLDER).iterdir()) == []


async def test_an_engine_serves_dies_comes_back_and_goes(tmp_path: pathlib.Path) -> None:
    settings = Settings(native_command=DEMO, engine_start_timeout=30.0, health_interval=1.0)
    client, pool = EngineClient(), EnginePool(lambda: settings)
    async with _backend(tmp_path) as backend:
        manager = EngineManager(pool, [backend], client, lambda: settings)
        running = tasks.spawn(manager.run(), name="manager")
        await manager.add_engine(backend.id)
        first = await _until(pool, EngineState.READY)
        folder = next((tmp_path / FOLDER).iterdir())
        pid = int(
            (folder / "acedesk-process.json").read_text().partition('"pid":')[2].split(",")[0]
        )

        os.kill(pid, signal.SIGKILL)
        await _until(pool, EngineState.STARTING)
        again = await _until(pool, EngineState.READY)

        assert again.id == first.id
        assert again.started_time != first.started_time
        assert "engine" in await manager.engine_log(first.id)
        await manager.remove_engine(first.id)
        assert (pool.views(), await backend.adopt()) == ((), ())
        await tasks.cancel(running)
        await manager.close()
    await client.close()


async def test_an_end_is_told_with_its_code(tmp_path: pathlib.Path) -> None:
    code = "import sys; open(sys.argv[1]).readline(); raise SystemExit(7)"
    pipe = tmp_path / "end"
    os.mkfifo(pipe)
    command = f"{PYTHON} -c '{code}' \"{pipe}\" {{port}}"
    async with _backend(tmp_path, command) as backend:
        events: list[ContainerEvent] = []

        async def listen() -> None:
            async with contextlib.aclosing(backend.watch()) as happening:
                async for event in happening:
                    events.append(event)
                    if event.action == "die":
                        return

        listening = tasks.spawn(listen(), name="listen")
        spec = await backend.provision("engine-1", lambda _step: None)
        with pipe.open("r+b", buffering=0) as end:
            end.write(b"\n")
            async with asyncio.timeout(20):
                await listening

        assert [event.action for event in events] == [CONNECTED, "die"]
        assert (events[1].container_id, events[1].exit_code) == (spec.id, 7)
        found = await backend.look(spec.id)
        assert found is not None
        assert (found.port, found.exit_code) == (0, 7)


async def test_one_that_ends_at_once_is_told_with_its_last_words(tmp_path: pathlib.Path) -> None:
    code = 'print("unknown option --wrong"); raise SystemExit(2)'
    async with _backend(tmp_path, f"{PYTHON} -c '{code}' {{port}}") as backend:
        with pytest.raises(ContainerError, match="exit code 2"):
            await backend.provision("engine-1", lambda _step: None)

        assert await backend.adopt() == ()
        assert list((tmp_path / FOLDER).iterdir()) == []


async def test_an_outpace_that_answers_as_no_engine_is_refused(tmp_path: pathlib.Path) -> None:
    async with _backend(tmp_path, _outpace(tmp_path, NO_ENGINE)) as backend:
        with pytest.raises(ContainerError, match="not as an Ace Stream engine"):
            await backend.provision("engine-1", lambda _step: None)

        assert await backend.adopt() == ()


async def test_an_outpace_that_answers_as_an_engine_is_one_and_enough(
    tmp_path: pathlib.Path,
) -> None:
    async with _backend(tmp_path, _outpace(tmp_path, ENGINE)) as backend:
        spec = await backend.provision("engine-1", lambda _step: None)

        assert spec.image == "Outpace"
        with pytest.raises(BadRequest, match="one of it is enough"):
            await backend.provision("engine-2", lambda _step: None)


async def test_of_two_outpaces_that_are_asked_for_at_once_one_is_made(
    tmp_path: pathlib.Path,
) -> None:
    async with _backend(tmp_path, _outpace(tmp_path, ENGINE)) as backend:
        outcomes = await asyncio.gather(
            *(backend.provision(f"engine-{number}", lambda _step: None) for number in range(2)),
            return_exceptions=True,
        )

        (refused,) = (one for one in outcomes if isinstance(one, BadRequest))
        assert "one of it is enough" in refused.detail
        assert len(await backend.adopt()) == 1


async def test_an_engine_whose_program_is_gone_has_no_port(tmp_path: pathlib.Path) -> None:
    program = _outpace(tmp_path, WAITS)
    async with _backend(tmp_path, f"{program} {{port}}") as backend:
        spec = await backend.provision("engine-1", lambda _step: None)
        _delete(program)

        with pytest.raises(ContainerError):
            await backend.restart(spec.id)

        assert [(one.id, one.port) for one in await backend.adopt()] == [(spec.id, 0)]


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2"])
async def test_a_port_that_was_taken_meanwhile_is_not_used_again(
    tmp_path: pathlib.Path, kind: socket.SocketKind, address: str
) -> None:
    async with _backend(tmp_path, f"{PYTHON} -c '{WAITS}' {{port}}") as backend:
        before = await backend.provision("engine-1", lambda _step: None)
        with socket.socket(type=kind) as other:
            other.bind((address, before.port))
            if kind is socket.SOCK_STREAM:
                other.listen()

            after = await backend.restart(before.id)

        assert after.port != before.port


async def test_a_port_of_an_engine_that_does_not_listen_yet_is_given_to_no_other(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = iter([101, 102, 103, 104, 104, 105, 106, 101, 107, *range(108, 200)])
    monkeypatch.setattr(native_backend, "_hold_one", lambda _held: next(ports))
    async with _backend(tmp_path, f"{PYTHON} -c '{WAITS}' {{port}}") as backend:
        for number in range(2):
            await backend.provision(f"engine-{number}", lambda _step: None)

        taken = [port for one in backend._engines.values() for port in one.ports.values()]
    assert len(taken) == len(set(taken))


async def test_a_system_without_free_ports_is_told(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native_backend, "_hold_one", lambda _held: None)
    async with _backend(tmp_path, f"{PYTHON} -c '{WAITS}' {{port}}") as backend:
        with pytest.raises(ContainerError, match="no free ports"):
            await backend.provision("engine-1", lambda _step: None)


async def test_what_an_acedesk_that_died_left_is_cleaned_away(tmp_path: pathlib.Path) -> None:
    left = tmp_path / FOLDER / "old"
    left.mkdir(parents=True)
    (left / "cache").write_text("much")
    async with _backend(tmp_path) as backend:
        assert await backend.adopt() == ()

        assert not left.exists()


async def test_a_computer_without_a_program_is_told_so(tmp_path: pathlib.Path) -> None:
    async with _backend(tmp_path, "") as backend:
        assert backend.find_program() is None
        assert await backend.adopt() == ()
        assert backend.definition_hash == ""
        with pytest.raises(BadRequest, match="found no engine program"):
            await backend.provision("engine-1", lambda _step: None)


async def test_a_cancelled_start_leaves_nothing(tmp_path: pathlib.Path) -> None:
    async with _backend(tmp_path) as backend:
        began = asyncio.Event()

        def report(step: Step) -> None:
            if (step.name, step.state) == (StepName.START, StepState.RUNNING):
                began.set()

        making = tasks.spawn(backend.provision("engine-1", report), name="make")
        await began.wait()
        await tasks.cancel(making)

        assert await backend.adopt() == ()
        assert _folders(tmp_path) == []


async def test_nothing_belongs_to_others_and_what_is_gone_is_gone(tmp_path: pathlib.Path) -> None:
    gone = EngineId("native-x")
    async with _backend(tmp_path) as backend:
        assert backend.orphans == ()
        assert await backend.look(gone) is None
        await backend.remove(gone)
        with pytest.raises(NotFound):
            await backend.log(gone, 5)
        with pytest.raises(NotFound):
            await backend.take_over(gone, confirmed=True)
        with pytest.raises(NotFound):
            await backend.remove_orphan(gone, confirmed=True)
        with pytest.raises(ContainerError):
            await backend.restart(gone)


async def test_where_docker_cannot_be_used_a_program_stands_in(tmp_path: pathlib.Path) -> None:
    settings, docker, client = Settings(), FakeRuntime(), EngineClient()
    away = RuntimeUnavailable(RuntimeState.NOT_RUNNING)
    containers = DockerBackend(docker, lambda: settings, InstanceFile(tmp_path / "data"))
    async with _backend(tmp_path) as native, _backend(tmp_path, "") as nothing:
        for backend, makes in ((native, True), (nothing, False)):
            docker.errors["list"] = [away]
            pool = EnginePool(lambda: settings)
            manager = EngineManager(pool, [containers, backend], client, lambda: settings)
            if makes:
                await manager.add_engine()
                assert manager.provisions()[0].backend is BackendKind.NATIVE
            else:
                with pytest.raises(RuntimeUnavailable):
                    await manager.add_engine()
            await manager.close()
    await client.close()
