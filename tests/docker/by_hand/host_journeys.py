"""AceDesk with each kind of host, from the first engine to the host's end and back; by hand.

.venv/bin/python -m pytest -n 0 tests/docker/by_hand/host_journeys.py

Needs root, Docker, the demo image (packaging/demo-image/build), ffprobe, sshd, openssl, and podman
with uidmap and slirp4netns; eight minutes.
"""

import asyncio
import contextlib
import logging
import os
import pathlib
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from acedesk import tasks
from acedesk.compose import App, RunOptions, build
from acedesk.demo.channels import channels
from acedesk.errors import RuntimeState
from acedesk.model.engine import TEST_BACKEND, EngineSpec, EngineState
from acedesk.settings import Settings
from acedesk.words.errors import runtime_words
from tests.docker.by_hand.real_swarm import opened_swarm
from tests.docker.certificates import Authority
from tests.docker.podman_service import USER, podman
from tests.docker.second_docker import PORT, SecondDocker, opened
from tests.docker.ssh_server import SshServer
from tests.needs import need_program

pytestmark = [
    pytest.mark.docker,
    pytest.mark.timeout(300),
    pytest.mark.expects_errors,
    # docker-py leaves the socket of a refused connection to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.usefixtures("own_logging", "nothing_here"),
]
logger = logging.getLogger(__name__)
IMAGE = "acedesk-demo-engine"
HERE, THERE = PLACES = ("198.51.100.9", "198.51.100.10")
Change = Callable[[], object]


@pytest.fixture
def nothing_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no Docker but that of the host."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")


@contextlib.contextmanager
def _docker_of_this_computer() -> Iterator[None]:
    """Let helpers ask the real Docker."""
    named = os.environ.pop("DOCKER_HOST")
    try:
        yield
    finally:
        os.environ["DOCKER_HOST"] = named


@contextlib.asynccontextmanager
async def _acedesk(folder: pathlib.Path, host: str, image: str = IMAGE) -> AsyncIterator[App]:
    settings = Settings(
        port=0,
        engine_hosts=(host,),
        engine_image=image,
        docker_timeout=6.0,
        health_interval=1.0,
    )
    options = RunOptions(demo=False, data_dir=folder, config_file=folder / "settings.toml")
    app = build(settings, options=options)
    await app.start()
    try:
        await app.engines.open_test_engine()
        yield app
    finally:
        await app.stop()


async def _until(holds: Callable[[], bool], what: str, seconds: float = 60) -> None:
    try:
        async with asyncio.timeout(seconds):
            while not holds():
                await tasks.sleep(0.1)
    except TimeoutError:
        pytest.fail(what)


async def _plays(app: App) -> None:
    """Let ffprobe play a channel through the proxy."""
    url = f"{app.base_url}/ace/getstream?id={channels()[0].id}"
    command = (need_program("ffprobe"), "-v", "quiet", "-show_entries", "stream=codec_name", url)
    probe = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    told, _ = await asyncio.wait_for(probe.communicate(), 60)
    assert b"h264" in told


async def _make(app: App) -> EngineSpec:
    await _until(lambda: _state(app) is RuntimeState.READY, f"the host is {_state(app)}")
    spec = await app.engines.provision()
    assert spec.backend_id == "docker:there"
    await _plays(app)
    return spec


def _state(app: App) -> RuntimeState | None:
    (host,) = app.snapshot().hosts
    return host.runtime.state


def _engines(app: App) -> dict[str, EngineState]:
    return {str(one.backend_id): one.state for one in app.snapshot().engines}


async def _goes_and_comes(
    app: App, begin: Change, end: Change, state: RuntimeState, *, engine: EngineState | None
) -> None:
    """Let the host get into trouble and out of it; engines elsewhere feel nothing.

    Args:
        engine: What its engine is meanwhile, None for whatever.
    """
    await asyncio.to_thread(begin)
    await _until(lambda: _state(app) is state, f"the host is {_state(app)}, not {state}", 120)
    if engine is not None:
        await _until(lambda: _engines(app).get("docker:there") is engine, f"{_engines(app)}")
    assert _engines(app)[TEST_BACKEND] is EngineState.READY
    (host,) = app.snapshot().hosts
    logger.warning("%s: %s", state, runtime_words(state, host.runtime.target).line)
    await asyncio.to_thread(end)
    await _until(lambda: _state(app) is RuntimeState.READY, f"the host stays {_state(app)}", 120)
    ready = EngineState.READY
    await _until(lambda: _engines(app).get("docker:there") is ready, f"{_engines(app)}", 120)
    await _plays(app)


async def test_through_ssh(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with _docker_of_this_computer(), opened(places=PLACES) as docker:
        docker.load(IMAGE)
        server = SshServer(docker.folder / "ssh", THERE, docker.url, docker.run_there)
        monkeypatch.setenv("PATH", f"{server.path}:{os.environ['PATH']}")
        os.environ["DOCKER_HOST"] = "unix:///nonexistent/docker.sock"
        with contextlib.closing(server):
            server.await_answer()
            await _journey_through_ssh(docker, server, tmp_path)


async def _journey_through_ssh(
    docker: SecondDocker, server: SshServer, folder: pathlib.Path
) -> None:
    async with _acedesk(folder, "there=ssh://nas max=1") as app:
        await _make(app)
        ready, lost = EngineState.READY, EngineState.UNHEALTHY
        for begin, end, state, engine in (
            (docker.cut, docker.mend, RuntimeState.HOST_AWAY, lost),
            (docker.stop, docker.start, RuntimeState.HOST_DOCKER_STOPPED, None),
        ):
            await _goes_and_comes(app, begin, end, state, engine=engine)

        def shut() -> None:
            server.refuse_key()
            server.end_sessions()

        await _goes_and_comes(
            app, shut, server.take_key, RuntimeState.SSH_KEY_REFUSED, engine=ready
        )


async def test_with_certificates(tmp_path: pathlib.Path) -> None:
    ours, there, here = Authority(tmp_path / "ours"), tmp_path / "there", tmp_path / "here"
    ours.make(there, THERE)
    ours.make(here, THERE)
    names = {"--tlscacert": "ca.pem", "--tlscert": "cert.pem", "--tlskey": "key.pem"}
    flags = [word for flag, name in names.items() for word in (flag, str(there / name))]
    with (
        _docker_of_this_computer(),
        opened(places=PLACES, flags=("--tlsverify", *flags)) as docker,
    ):
        docker.client += ("--tlsverify", *(w.replace(str(there), str(here)) for w in flags))
        docker.load(IMAGE)
        os.environ["DOCKER_HOST"] = "unix:///nonexistent/docker.sock"
        host = f"there=tcp://{THERE}:{PORT} tls={here}"
        async with _acedesk(tmp_path / "data", host) as app:
            await _make(app)

            def again(days: int) -> Change:
                return lambda: _renew(docker, ours, there, days)

            expired = RuntimeState.CERTIFICATE_EXPIRED
            away = RuntimeState.HOST_AWAY
            await _goes_and_comes(app, again(-1), again(2), expired, engine=None)
            await _goes_and_comes(app, docker.stop, docker.start, away, engine=None)


def _renew(docker: SecondDocker, authority: Authority, folder: pathlib.Path, days: int) -> None:
    docker.stop()
    authority.make(folder, THERE, days=days)
    docker.start()


def _add_user(name: str) -> None:
    """Let there be a user who may have containers."""
    command = ["useradd", "--system", "--add-subids-for-system", name]
    subprocess.run(command, check=False, timeout=30)


@pytest.mark.parametrize("user", ["", USER])
async def test_podman(user: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if user:
        await asyncio.to_thread(_add_user, user)
    with _docker_of_this_computer(), podman(user) as service:
        service.load(IMAGE)
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(service.socket.parent.parent))
        os.environ["DOCKER_HOST"] = "unix:///nonexistent/docker.sock"
        async with _acedesk(tmp_path, "there=podman", f"localhost/{IMAGE}:latest") as app:
            spec = await _make(app)
            stopped = RuntimeState.PODMAN_STOPPED
            ready = EngineState.READY
            await _goes_and_comes(app, service.stop, service.start, stopped, engine=ready)
            await app.engines.remove(spec.id)


async def test_swarm(tmp_path: pathlib.Path) -> None:
    with _docker_of_this_computer(), opened_swarm() as (manager, worker):
        for computer in (manager, worker):
            computer.load(IMAGE)
        os.environ["DOCKER_HOST"] = "unix:///nonexistent/docker.sock"
        async with _acedesk(tmp_path, f"there={manager.url} swarm") as app:
            await _until(lambda: _state(app) is RuntimeState.READY, "the swarm is not seen")
            made = [await app.engines.provision() for _ in range(2)]
            assert {one.host for one in made} == {manager.address, worker.address}
            await _until(lambda: _at(app) == sorted((manager.address, worker.address)), "lost")
            await _plays(app)

            await asyncio.to_thread(worker.kill)
            await _until(lambda: _at(app) == [manager.address], "nothing is lost", 60)
            await _plays(app)
            await _until(lambda: _at(app) == [manager.address] * 2, "it does not come back", 120)
            assert len(manager.docker("service", "ls", "-q").split()) == 2
            await _plays(app)
            await asyncio.to_thread(worker.start)
            worker.mend()


def _at(app: App) -> list[str]:
    """Return where the engines of the swarm are that play, one for each engine."""
    engines = app.snapshot().engines
    there = [one for one in engines if one.backend_id == "swarm:there"]
    return sorted(one.host for one in there if one.state is EngineState.READY)
