"""The four ways Docker can be missing, proven with real sockets in a folder of one's own."""

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from acedesk.containers.endpoint import EndpointFinder
from acedesk.errors import RuntimeState, RuntimeUnavailable


class _Computer:
    """A folder that plays a whole computer."""

    def __init__(self, root: pathlib.Path, stack: contextlib.ExitStack) -> None:
        self.root = root
        self.home = root / "home"
        self.environment = {"HOME": str(self.home), "PATH": str(root / "bin")}
        self.environment["XDG_RUNTIME_DIR"] = str(root / "rt")
        self._stack = stack

    def listen(self, path: str) -> str:
        return self._socket(path, listening=True)

    def leave_dead_socket(self, path: str) -> str:
        return self._socket(path, listening=False)

    def _socket(self, path: str, *, listening: bool) -> str:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        server.bind(str(place))
        if listening:
            server.listen()
            self._stack.enter_context(server)
        else:
            server.close()
        return f"unix://{place}"

    def install(self, path: str = "usr/bin/docker") -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch(0o755)

    def use_context(self, name: str, *, host: str | None = None) -> None:
        config = self.home / ".docker"
        config.mkdir(parents=True, exist_ok=True)
        (config / "config.json").write_text(json.dumps({"currentContext": name}), "utf-8")
        if host is not None:
            folder = config / "contexts/meta/0123abcd"
            folder.mkdir(parents=True)
            facts = {"Name": name, "Metadata": {}, "Endpoints": {"docker": {"Host": host}}}
            (folder / "meta.json").write_text(json.dumps(facts), "utf-8")

    def find(self) -> str:
        return EndpointFinder(self.environment, self.root).find().url

    def fail(self) -> RuntimeUnavailable:
        with pytest.raises(RuntimeUnavailable) as caught:
            self.find()
        return caught.value


@pytest.fixture
def computer(tmp_path: pathlib.Path) -> Iterator[_Computer]:
    with contextlib.ExitStack() as stack:
        yield _Computer(tmp_path, stack)


def test_no_command_and_no_socket_means_not_installed(computer: _Computer) -> None:
    assert computer.fail().state is RuntimeState.NOT_INSTALLED


@pytest.mark.parametrize(
    "path", ["usr/bin/docker", "bin/docker", "usr/bin/dockerd", "snap/bin/docker"]
)
def test_a_command_without_a_socket_means_not_running(computer: _Computer, path: str) -> None:
    computer.install(path)
    assert computer.fail().state is RuntimeState.NOT_RUNNING


def test_a_socket_nobody_listens_at_means_not_running(computer: _Computer) -> None:
    computer.leave_dead_socket("var/run/docker.sock")
    assert computer.fail().state is RuntimeState.NOT_RUNNING


def test_the_system_socket_is_found_without_any_command(computer: _Computer) -> None:
    url = computer.listen("var/run/docker.sock")
    assert computer.find() == url


@pytest.mark.parametrize(
    "path",
    [
        "rt/docker.sock",
        "home/.docker/run/docker.sock",
        "home/.docker/desktop/docker.sock",
        "home/.colima/default/docker.sock",
        "home/.orbstack/run/docker.sock",
        "home/.rd/docker.sock",
        "rt/podman/podman.sock",
    ],
)
def test_sockets_of_other_kinds_of_docker_are_found(computer: _Computer, path: str) -> None:
    url = computer.listen(path)
    assert computer.find() == url


def test_a_living_socket_goes_before_a_dead_one(computer: _Computer) -> None:
    computer.leave_dead_socket("var/run/docker.sock")
    url = computer.listen("rt/docker.sock")
    assert computer.find() == url


def test_podman_does_not_stand_in_for_a_docker_that_is_down(computer: _Computer) -> None:
    computer.leave_dead_socket("var/run/docker.sock")
    computer.listen("rt/podman/podman.sock")
    assert computer.fail().state is RuntimeState.NOT_RUNNING


def test_docker_host_goes_before_everything(computer: _Computer) -> None:
    computer.listen("var/run/docker.sock")
    computer.use_context("gone")
    url = computer.listen("mine.sock")
    computer.environment |= {"DOCKER_HOST": url, "DOCKER_CONTEXT": "gone"}
    assert computer.find() == url


def test_docker_host_may_be_a_network_address(computer: _Computer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        computer.environment["DOCKER_HOST"] = f"127.0.0.1:{server.getsockname()[1]}"
        assert computer.find() == f"tcp://{computer.environment['DOCKER_HOST']}"


@pytest.mark.parametrize("host", ["unix:///nowhere.sock", "tcp://127.0.0.1:1", "tcp://", "x://y"])
def test_docker_host_that_names_nothing_is_a_wrong_context(computer: _Computer, host: str) -> None:
    computer.environment["DOCKER_HOST"] = host
    error = computer.fail()
    assert error.state is RuntimeState.WRONG_CONTEXT
    assert error.detail == f"DOCKER_HOST says {host}, where nothing answers"


def test_the_context_in_the_config_file_is_used(computer: _Computer) -> None:
    url = computer.listen("mine.sock")
    computer.use_context("mine", host=url)
    assert computer.find() == url


def test_the_default_context_is_the_usual_search(computer: _Computer) -> None:
    computer.use_context("default")
    url = computer.listen("var/run/docker.sock")
    assert computer.find() == url


def test_docker_context_goes_before_the_config_file(computer: _Computer) -> None:
    url = computer.listen("var/run/docker.sock")
    computer.use_context("gone")
    computer.environment["DOCKER_CONTEXT"] = "default"
    assert computer.find() == url


def test_a_context_that_does_not_exist_is_told(computer: _Computer) -> None:
    computer.listen("var/run/docker.sock")
    computer.use_context("gone")
    error = computer.fail()
    assert error.state is RuntimeState.WRONG_CONTEXT
    assert error.detail == "the context “gone” is chosen but does not exist"


def test_a_context_of_a_stopped_docker_desktop_means_not_running(computer: _Computer) -> None:
    place = computer.home / ".docker/desktop/docker.sock"
    computer.use_context("desktop-linux", host=f"unix://{place}")
    assert computer.fail().state is RuntimeState.NOT_RUNNING


def test_the_same_with_another_docker_running_is_a_wrong_context(computer: _Computer) -> None:
    place = computer.home / ".docker/desktop/docker.sock"
    computer.use_context("desktop-linux", host=f"unix://{place}")
    url = computer.listen("var/run/docker.sock")
    error = computer.fail()
    assert error.state is RuntimeState.WRONG_CONTEXT
    assert error.detail.endswith(f"Docker answers at {url}")


@pytest.mark.parametrize("text", ["", "[]", "{", '{"currentContext": 5}', "\udcff"])
def test_a_broken_config_file_is_as_good_as_none(computer: _Computer, text: str) -> None:
    url = computer.listen("var/run/docker.sock")
    config = computer.home / ".docker/config.json"
    config.parent.mkdir(parents=True)
    config.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert computer.find() == url


_FIND_WITHOUT_RIGHTS = """
import os, pathlib, sys
from acedesk.containers.endpoint import EndpointFinder
from acedesk.errors import RuntimeUnavailable
if os.geteuid() == 0:
    os.setgroups([])
    os.setegid(65534)
    os.seteuid(65534)
environment = {"HOME": "/nonexistent", **dict(part.split("=", 1) for part in sys.argv[2:])}
try:
    print(EndpointFinder(environment, pathlib.Path(sys.argv[1])).find())
except RuntimeUnavailable as exc:
    print(exc.state.name)
"""


@pytest.mark.parametrize("named", [False, True])
def test_a_socket_that_may_not_be_opened_means_no_permission(
    tmp_path: pathlib.Path, named: bool
) -> None:
    # The folders of tmp_path are closed to others; a socket there could not even be seen.
    root = pathlib.Path(f"/tmp/acedesk-{os.getpid()}-{tmp_path.name[-12:]}")
    with contextlib.ExitStack() as stack:
        url = _Computer(root, stack).listen("var/run/docker.sock")
        path = root / "var/run/docker.sock"
        path.chmod(0)
        arguments = [f"DOCKER_HOST={url}"] if named else []
        command = [sys.executable, "-c", _FIND_WITHOUT_RIGHTS, str(root), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
        path.unlink()
        for folder in (root / "var/run", root / "var", root):
            folder.rmdir()
    assert done.stdout.strip() == RuntimeState.NO_PERMISSION.name, done.stderr
