"""All checks together: each is made, in the order they are read in, and nothing is changed."""

import asyncio
import dataclasses
import os
import pathlib
import socket
import sys

import pytest

from acedesk.doctor.checks import CheckSubject, examine
from acedesk.doctor.finding import Finding, Level
from acedesk.errors import RuntimeState, RuntimeUnavailable
from acedesk.model.player import Player
from acedesk.settings import Settings
from acedesk.store.lock import DataDirLock
from acedesk.store.paths import Paths
from tests.fakes.containers import FakeRuntime

NAMES = ["Program", "Python", "Qt", "Screen"]
NAMES += ["Data folder", "Settings", "Secrets", "AceDesk", "Port", "Docker"]


class _NoDocker(FakeRuntime):
    async def version(self) -> str:
        raise RuntimeUnavailable(RuntimeState.NOT_INSTALLED)


@pytest.fixture
def subject(tmp_path: pathlib.Path) -> CheckSubject:
    return CheckSubject(
        settings=Settings(port=0),
        paths=Paths(data_dir=tmp_path / "data", config_file=tmp_path / "data" / "settings.toml"),
        environ={},
        notes=(),
        players=(Player(id="mpv", name="mpv", command=("/usr/bin/mpv",)),),
        runtime=FakeRuntime(),
    )


async def _found(subject: CheckSubject) -> dict[str, Finding]:
    return {one.name: one for one in await examine(subject)}


async def test_the_computer_comes_first_then_what_acedesk_needs(subject: CheckSubject) -> None:
    findings = await examine(subject)

    assert [one.name for one in findings] == [*NAMES, "Players"]
    assert all(one.text for one in findings)


async def test_what_is_not_well_has_a_remedy(subject: CheckSubject) -> None:
    ill = dataclasses.replace(
        subject, notes=("The file is broken.",), players=(), runtime=_NoDocker()
    )

    findings = await _found(ill)

    warned = {one.name for one in findings.values() if one.level is Level.WARN}
    screen = set() if sys.platform == "win32" else {"Screen"}  # a system with one of its own
    assert {"Settings", "Docker", "Players"} | screen <= warned
    assert all(one.fix for one in findings.values() if one.level is not Level.PASS)


def test_looking_changes_nothing(subject: CheckSubject, tmp_path: pathlib.Path) -> None:
    asyncio.run(_found(subject))

    assert list(tmp_path.iterdir()) == []


async def test_an_acedesk_that_runs_is_told_and_its_port_is_well(subject: CheckSubject) -> None:
    lock = DataDirLock(subject.paths.data_dir)
    lock.acquire()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        lock.announce(f"http://127.0.0.1:{port}")
        busy = dataclasses.replace(subject, settings=Settings(port=port))

        findings = await _found(busy)

    lock.release()
    assert f"process {os.getpid()}" in findings["AceDesk"].text
    assert findings[f"Port {port}"].level is Level.PASS


async def test_a_port_that_another_program_has_fails(subject: CheckSubject) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        findings = await _found(dataclasses.replace(subject, settings=Settings(port=port)))

    assert findings[f"Port {port}"].level is Level.FAIL
    assert findings["AceDesk"].text == "Not running at the moment."


@pytest.mark.skipif(sys.platform == "win32", reason="a system with a screen of its own")
async def test_the_screen_is_that_of_the_environment_given(subject: CheckSubject) -> None:
    without = (await _found(subject))["Screen"]
    elsewhere = dataclasses.replace(subject, environ={"DISPLAY": ":4711"})

    assert "neither DISPLAY nor WAYLAND_DISPLAY" in without.text
    assert ":4711" in (await _found(elsewhere))["Screen"].text


async def test_a_docker_that_hangs_is_given_the_time_of_the_settings(subject: CheckSubject) -> None:
    class Hanging(FakeRuntime):
        async def version(self) -> str:
            self.gate.clear()
            await self.gate.wait()
            return "never"

    settings = Settings(port=0, docker_timeout=1.0)

    findings = await _found(dataclasses.replace(subject, runtime=Hanging(), settings=settings))

    assert findings["Docker"].text == "Docker did not answer in 1 s."
