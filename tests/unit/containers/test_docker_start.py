"""How Docker is started on each kind of computer, and what is said when it does not start."""

import pathlib
import sys

import pytest

from acedesk.containers.docker_start import DockerStarter, StartWay, find_way
from acedesk.errors import DockerNotStarted

USER = 1000


class _Computer:
    """A folder that plays a whole computer."""

    def __init__(self, root: pathlib.Path) -> None:
        self.root = root
        self.environment = {"HOME": str(root / "home"), "PATH": str(root / "bin")}

    def put(self, *paths: str) -> None:
        for path in paths:
            place = self.root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch(0o755)

    def with_systemd(self) -> None:
        self.put("bin/systemctl", "run/systemd/system/nothing")

    def way(self, platform: str = "linux", user_id: int = USER) -> StartWay | None:
        return find_way(self.environment, self.root, platform, user_id=user_id)

    def command(self, platform: str = "linux", user_id: int = USER) -> str:
        found = self.way(platform, user_id)
        return " ".join(found.command) if found else ""


@pytest.fixture
def computer(tmp_path: pathlib.Path) -> _Computer:
    return _Computer(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="what starts Docker on Linux")
@pytest.mark.parametrize(
    ("unit", "command"),
    [
        ("usr/lib/systemd/system/docker.service", "pkexec systemctl start docker"),
        ("etc/systemd/system/docker.service", "pkexec systemctl start docker"),
        ("usr/lib/systemd/user/docker-desktop.service", "systemctl --user start docker-desktop"),
        ("home/.config/systemd/user/docker.service", "systemctl --user start docker"),
        ("usr/lib/systemd/user/podman.socket", "systemctl --user start podman.socket"),
    ],
)
def test_linux_starts_what_is_installed(computer: _Computer, unit: str, command: str) -> None:
    computer.with_systemd()
    computer.put(unit, "bin/pkexec")

    assert computer.command() == command


@pytest.mark.skipif(sys.platform == "win32", reason="what starts Docker on Linux")
def test_what_needs_no_password_comes_first(computer: _Computer) -> None:
    computer.with_systemd()
    computer.put("lib/systemd/system/docker.service", "usr/lib/systemd/user/docker-desktop.service")

    assert computer.command() == "systemctl --user start docker-desktop"


@pytest.mark.skipif(sys.platform == "win32", reason="what starts Docker on Linux")
def test_root_and_computers_without_pkexec_ask_systemctl_itself(computer: _Computer) -> None:
    computer.with_systemd()
    computer.put("lib/systemd/system/docker.service")

    assert computer.command() == "systemctl start docker"
    computer.put("bin/pkexec")
    assert computer.command(user_id=0) == "systemctl start docker"


def test_without_systemd_or_without_docker_there_is_no_way(computer: _Computer) -> None:
    computer.put("lib/systemd/system/docker.service", "bin/pkexec")
    assert computer.way() is None

    (computer.root / "lib/systemd/system/docker.service").unlink()
    computer.with_systemd()
    assert computer.way() is None


@pytest.mark.parametrize("name", ["Docker", "OrbStack", "Rancher Desktop"])
def test_a_mac_opens_the_application(computer: _Computer, name: str) -> None:
    assert computer.way("darwin") is None

    computer.put(f"Applications/{name}.app")

    assert computer.way("darwin") == StartWay(name, ("open", "-g", "-a", name))


def test_windows_starts_docker_desktop_and_does_not_wait_for_its_end(
    computer: _Computer, tmp_path: pathlib.Path
) -> None:
    assert computer.way("win32") is None
    computer.environment["ProgramFiles"] = str(tmp_path)
    assert computer.way("win32") is None

    computer.put("Docker/Docker/Docker Desktop.exe")

    found = computer.way("win32")
    assert found is not None
    assert found.command == (str(tmp_path / "Docker/Docker/Docker Desktop.exe"),)
    assert found.stays


def _python(code: str, *, stays: bool = False) -> DockerStarter:
    return DockerStarter(lambda: StartWay("Docker", (sys.executable, "-c", code), stays))


async def test_a_command_that_succeeds_is_all(tmp_path: pathlib.Path) -> None:
    mark = tmp_path / "started"
    starter = _python(f"open({str(mark)!r}, 'w')")

    await starter.start()
    await starter.close()

    assert mark.exists()


async def test_a_command_that_fails_says_why() -> None:
    starter = _python("import sys; sys.exit('Unit docker.service is masked.')")

    with pytest.raises(DockerNotStarted, match="masked"):
        await starter.start()
    await starter.close()


@pytest.mark.skipif(sys.platform == "win32", reason="what starts Docker on Linux")
@pytest.mark.parametrize(("code", "words"), [(126, "password was not given"), (127, "may not")])
async def test_a_password_that_was_not_given_is_said(
    tmp_path: pathlib.Path, code: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pkexec = tmp_path / "pkexec"
    pkexec.write_text(f"#!/bin/sh\nexit {code}\n")
    pkexec.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    starter = DockerStarter(lambda: StartWay("Docker", ("pkexec", "true")))

    with pytest.raises(DockerNotStarted, match=words):
        await starter.start()
    await starter.close()


async def test_a_program_that_is_not_there_and_no_way_at_all_are_said() -> None:
    missing = DockerStarter(lambda: StartWay("Docker", ("/nowhere/docker",)))
    without = DockerStarter(lambda: None)

    with pytest.raises(DockerNotStarted, match=r"No such file|not find|not found"):
        await missing.start()
    with pytest.raises(DockerNotStarted, match="no way"):
        await without.start()
    assert without.way is None
    await missing.close()
    await without.close()
