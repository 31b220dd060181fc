"""What is joined to what."""

import asyncio
import pathlib
import socket
from collections.abc import AsyncIterator

import pytest

from acedesk.compose import App, RunOptions, build
from acedesk.errors import PortInUse, StorageError
from acedesk.formats.getstream import parse_query
from acedesk.model.diagnosis import MachineFacts
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, EngineSpec
from acedesk.model.event import EventKind
from acedesk.process import ordered_stop
from acedesk.settings import Settings
from acedesk.store.lock import find_running
from tests.fakes.idle_stream import make_stream
from tests.redis_server import RedisServer

pytestmark = pytest.mark.usefixtures("own_logging")


@pytest.fixture
def app(tmp_path: pathlib.Path) -> App:
    options = RunOptions(demo=False, data_dir=tmp_path, config_file=tmp_path / "settings.toml")
    return build(Settings(), options=options)


async def test_what_the_pool_learns_of_an_engine_is_told_to_the_windows_at_once(app: App) -> None:
    spec = EngineSpec(
        id=EngineId("e"), name="engine-1", backend=BackendKind.STATIC, host="127.0.0.1", port=1
    )
    app._pool.add(spec)
    seen: list[EngineHealth] = []
    app.changed.connect(lambda: seen.append(app.snapshot().engines[0].health))

    app._pool.set_health(spec.id, EngineHealth.READY)

    assert seen == [EngineHealth.READY]


async def test_parts_that_hang_share_one_deadline(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ordered_stop, "STOP_LIMIT", 0.4)
    monkeypatch.setattr(ordered_stop, "STOP_TOTAL", 0.5)
    stopped: list[int] = []

    async def hang() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            stopped.append(len(stopped))

    for _ in range(8):
        app._exit.push(hang)
    began_at = asyncio.get_running_loop().time()

    await app.stop()

    assert asyncio.get_running_loop().time() - began_at < 2.0
    assert len(stopped) == 8


async def test_the_end_is_told_once_however_often_it_is_stopped(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="acedesk")

    await app.stop()
    await app.stop()

    assert [record.message for record in caplog.records].count("AceDesk has stopped") == 1


async def test_what_happens_in_any_part_is_in_the_one_log_of_events(app: App) -> None:
    spec = EngineSpec(
        id=EngineId("e"), name="engine-1", backend=BackendKind.STATIC, host="127.0.0.1", port=1
    )
    app._pool.add(spec)
    await app.settings.save({"grace": 3.0})
    app._plane.streams.open(parse_query([("id", "a" * 40)]))
    await app._plane.close()

    kinds = [event.kind for event in app.events.since(0)]
    assert kinds == [
        EventKind.ENGINE_ADDED,
        EventKind.SETTINGS_CHANGED,
        EventKind.STREAM_BEGAN,
        EventKind.STREAM_ENDED,
    ]
    assert any(route.path == "/api/v2/events" for route in app.api.routes())


async def test_diagnostics_see_this_computer_and_the_vpn(app: App) -> None:
    app._machine_load.facts = MachineFacts(cpu=10.0, memory_free=50.0, disk_free=1000)

    assert app._diagnostics._machine_load() is app._machine_load.facts
    assert app._diagnostics._vpn() is app._vpn.view


async def test_what_diagnostics_find_is_told_to_the_windows(app: App) -> None:
    told: list[None] = []
    app.changed.connect(lambda: told.append(None))

    app._diagnostics.changed.emit(make_stream())

    assert len(told) == 1


async def test_a_start_that_fails_leaves_the_other_acedesks(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis = RedisServer(tmp_path)
    await redis.start()
    options = RunOptions(demo=False, data_dir=tmp_path, config_file=tmp_path / "settings.toml")
    app = build(Settings(port=0, redis_url=redis.url), options=options)

    async def fail() -> None:
        assert app._plane.sharing._store is not None
        raise StorageError("the disk is full")

    monkeypatch.setattr(app._manager, "start", fail)
    with pytest.raises(StorageError):
        await app.start()

    assert app._plane.sharing._store is None
    await redis.stop()


@pytest.fixture
async def running(tmp_path: pathlib.Path) -> AsyncIterator[App]:
    """Give an application that listens on a free port."""
    options = RunOptions(demo=False, data_dir=tmp_path, config_file=tmp_path / "settings.toml")
    made = build(Settings(port=0), options=options)
    await made.start()
    yield made
    await made.stop()


async def test_another_port_counts_at_once_and_is_told_to_the_commands(running: App) -> None:
    former, wanted = running._listener.port, free_port()

    needs_restart = await running.settings.save({"port": wanted})

    assert needs_restart == ()
    assert running._listener.port == wanted != former
    found = find_running(running._options.data_dir)
    assert found is not None
    assert found.base_url == running.base_url == f"http://127.0.0.1:{wanted}"
    # Asked there: the network's address may have changed when it is.
    assert (found.host, found.port) == ("127.0.0.1", wanted)


async def test_a_port_that_is_taken_changes_nothing(running: App) -> None:
    former = running._listener.port
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        with pytest.raises(PortInUse):
            await running.settings.save({"port": taken.getsockname()[1]})

    assert (running._listener.port, running.settings.current.port) == (former, 0)


async def test_an_engine_that_is_named_or_taken_out_counts_at_once(running: App) -> None:
    changed = asyncio.Event()
    running.changed.connect(changed.set)

    async def until(names: list[str]) -> None:
        async with asyncio.timeout(5):
            while [one.name for one in running.snapshot().engines] != names:
                await changed.wait()
                changed.clear()

    address = f"127.0.0.1:{free_port()}"
    await running.settings.save({"engines": (address,)})
    await until([address])

    await running.settings.save({"engines": ()})
    await until([])


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


async def test_with_an_orchestrator_engines_are_its_own_and_sessions_are_told_to_it(
    tmp_path: pathlib.Path,
) -> None:
    options = RunOptions(demo=False, data_dir=tmp_path, config_file=tmp_path / "settings.toml")
    app = build(Settings(orchestrator_url="http://127.0.0.1:9"), options=options)

    assert set(app._manager._backends) == {"static", "remote", "test"}
    assert app._plane.sessions.listener is not None
    view = app.snapshot().orchestrator
    assert view is not None
    assert (view.url, view.known) == ("http://127.0.0.1:9", False)


def test_without_one_nothing_is_told_to_anybody(app: App) -> None:
    assert app._plane.sessions.listener is None
    assert app.snapshot().orchestrator is None
