"""The Dockers that the settings name, as they are shown and tried."""

import contextlib
import pathlib
import socket
import sys
from collections.abc import AsyncIterator

import pytest

from acedesk.engines.backends.host_control import NO_SWARM, HostControl
from acedesk.errors import BadRequest, RuntimeState, RuntimeUnavailable
from acedesk.model.snapshot import HostView
from acedesk.settings import Settings
from tests.fakes.docker_daemon import FakeDaemon, fake_docker, raw_json


@pytest.fixture
async def daemon(tmp_path: pathlib.Path) -> AsyncIterator[FakeDaemon]:
    """A Docker at a socket below `tmp_path`."""
    if sys.platform == "win32":
        pytest.skip("sockets of files: only elsewhere")
    async with contextlib.AsyncExitStack() as stack:
        made, _runtime = await stack.enter_async_context(fake_docker(tmp_path))
        yield made


def _nothing_at() -> str:
    """Return an address of this computer where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"tcp://127.0.0.1:{server.getsockname()[1]}"


async def _close(control: HostControl) -> None:
    for runtime in control.runtimes.values():
        await runtime.close()


async def test_each_host_is_shown_with_its_docker_and_its_limit() -> None:
    settings = Settings(engine_hosts=("nas=ssh://eva:secret@nas max=4", "all=context:work swarm"))
    control = HostControl(lambda: settings)

    nas, swarm = control.views()

    assert (nas.name, nas.address, nas.limit) == ("nas", "ssh://eva@nas", 4)
    assert (swarm.backend_id, swarm.address, swarm.swarm) == ("swarm:all", "context:work", True)
    assert (nas.runtime.state, nas.waiting, nas.reach) == (None, False, "")
    await _close(control)


async def test_a_host_that_was_added_or_moved_waits_for_a_restart() -> None:
    now = [Settings(engine_hosts=("nas=ssh://nas", "big=ssh://big"))]
    control = HostControl(lambda: now[0])

    now[0] = Settings(engine_hosts=("nas=ssh://nas max=3", "big=ssh://other", "new=podman"))

    assert {one.name: one.waiting for one in control.views()} == {
        "nas": False,
        "big": True,
        "new": True,
    }
    assert control.views()[0].limit == 3
    await _close(control)


async def test_what_is_seen_of_a_host_is_told() -> None:
    settings = Settings(engine_hosts=(f"nas={_nothing_at()}",))
    control = HostControl(lambda: settings)
    told: list[RuntimeState | None] = []
    control.changed.connect(lambda: told.append(control.views()[0].runtime.state))

    with pytest.raises(RuntimeUnavailable):
        await control.runtimes[control.views()[0].backend_id].version()

    assert told == [RuntimeState.HOST_AWAY]
    await _close(control)


async def _test(text: str) -> HostView:
    control = HostControl(Settings)
    try:
        return await control.test(text)
    finally:
        await _close(control)


async def test_a_text_that_says_no_host_is_told_why() -> None:
    with pytest.raises(BadRequest, match="must be NAME=address"):
        await _test("nas")


async def test_a_host_that_cannot_be_used_is_told_why() -> None:
    with pytest.raises(RuntimeUnavailable) as caught:
        await _test(f"nas={_nothing_at()}")

    assert caught.value.state is RuntimeState.HOST_AWAY


async def test_a_host_that_answers_is_seen_and_how_its_engines_are_reached(
    daemon: FakeDaemon, tmp_path: pathlib.Path
) -> None:
    view = await _test(f"pod=unix://{tmp_path}/var/run/docker.sock")

    assert view.runtime.state is RuntimeState.READY
    assert view.reach


@pytest.mark.parametrize("manages", [False, True])
async def test_a_host_that_is_to_manage_a_swarm_is_asked_whether_it_does(
    daemon: FakeDaemon, tmp_path: pathlib.Path, manages: bool
) -> None:
    daemon.answers["/info"] = raw_json(200, {"Swarm": {"ControlAvailable": manages}})
    text = f"all=unix://{tmp_path}/var/run/docker.sock swarm"

    if manages:
        assert (await _test(text)).swarm
        return
    with pytest.raises(BadRequest, match="no swarm") as caught:
        await _test(text)
    assert caught.value.detail == NO_SWARM
