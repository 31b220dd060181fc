"""Programs that are certain to be gone after the test, and a screen."""

import contextlib
import json
import os
import pathlib
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest

from tests.e2e.on_screen import players
from tests.e2e.program import START_SECONDS, Program, Server, run
from tests.needs import need_program


@pytest.fixture
def start(tmp_path: pathlib.Path) -> Iterator[Callable[..., Program]]:
    """Start programs; all of them end with the test."""
    started: list[Program] = []

    def begin(*arguments: str, **facts: Any) -> Program:
        started.append(Program(*arguments, **{"home": tmp_path / "home", **facts}))
        return started[-1]

    yield begin
    for program in started:
        program.end()


@pytest.fixture
def data_dir(tmp_path: pathlib.Path) -> pathlib.Path:
    """Return the data folder of the servers in this test."""
    return tmp_path / "data"


@pytest.fixture
def serve(tmp_path: pathlib.Path, data_dir: pathlib.Path) -> Iterator[Callable[..., Server]]:
    """Start `acedesk serve`, with `--demo` by default, on a free port; wait until it is ready."""
    started: list[Server] = []

    def begin(*arguments: str, demo: bool = True, **facts: Any) -> Server:
        engine = ("--demo",) if demo else ()
        options = ("serve", *engine, "--port", "0", "--data-dir", str(data_dir), *arguments)
        started.append(Server(*options, **{"home": tmp_path / "home", **facts}))
        return started[-1].ready()

    yield begin
    for program in started:
        program.end()


@pytest.fixture
def server(serve: Callable[..., Server]) -> Server:
    """Return a running server with its demo engine ready."""
    running = serve()
    running.wait_until("/health/ready", lambda facts: facts["ready"], "an engine")
    return running


@pytest.fixture
def channels(tmp_path: pathlib.Path) -> list[dict[str, str]]:
    """Return the demo channels, the normal one first."""
    listed = run("demo-engine", "--list", home=tmp_path / "home")
    assert listed.returncode == 0, listed.stderr
    return [json.loads(line) for line in listed.stdout.splitlines()]


@pytest.fixture(scope="session")
def screen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Return the environment of an X screen: the one there is, else one of our own."""
    if os.environ.get("DISPLAY"):
        yield {"DISPLAY": os.environ["DISPLAY"]}
        return
    xvfb = need_program("Xvfb")
    reading, writing = os.pipe()
    with (tmp_path_factory.mktemp("screen") / "xvfb.log").open("wb") as log:
        process = subprocess.Popen(
            [xvfb, "-displayfd", str(writing), "-screen", "0", "1600x1200x24", "-nolisten", "tcp"],
            pass_fds=[writing],
            stdout=log,
            stderr=log,
        )
    os.close(writing)
    with os.fdopen(reading) as answer:
        number = answer.readline().strip()
    assert number, "Xvfb did not start"
    yield {"DISPLAY": f":{number}"}
    process.terminate()
    process.wait(START_SECONDS)


@pytest.fixture
def desktop(
    start: Callable[..., Program], screen: dict[str, str], data_dir: pathlib.Path
) -> Iterator[Callable[..., Program]]:
    """Start the desktop, light, on a free port and without a Docker that happens to run here.

    What is given by name is put into its environment. The players it has started end with the test.
    """
    need_program("mpv")
    usual = {**screen, "ACEDESK_THEME": "light", "DOCKER_HOST": "unix:///nowhere/docker.sock"}
    started: list[Program] = []

    def begin(*arguments: str, **environ: str) -> Program:
        options = ("--port", "0", "--data-dir", str(data_dir))
        started.append(start(*options, *arguments, environ={**usual, **environ}))
        return started[-1]

    yield begin
    for program in started:
        for player in players(program):
            with contextlib.suppress(psutil.NoSuchProcess):
                player.kill()
